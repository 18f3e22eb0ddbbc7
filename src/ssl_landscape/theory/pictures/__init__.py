"""One module a statement: its figure, drawn from the measurement alone."""
