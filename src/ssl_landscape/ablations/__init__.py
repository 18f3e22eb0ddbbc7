"""Other readings of the paper, trained and compared with its published numbers."""
