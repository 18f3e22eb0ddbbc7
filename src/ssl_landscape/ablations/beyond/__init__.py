"""Studies beyond the paper: a question each, with a table, a picture and a verdict.

Its jobs raise a UserError for an input that cannot be read or lacks runs, before they write.
"""
