"""One module a statement: its verdict, from the measured quantities and stated thresholds."""
