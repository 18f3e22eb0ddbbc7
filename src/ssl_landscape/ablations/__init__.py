"""Other readings of the paper, trained and compared with its published numbers.

Its jobs raise a UserError for an input that cannot be read or lacks runs, before they write.
"""
