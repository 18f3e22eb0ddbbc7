"""Errors that a user can fix: printed as one message, without a traceback."""

AGAIN = "delete it and rerun Snakemake"  # the remedy for a damaged file


class UserError(Exception):
    """Bad input; the message names the key or file, what is wrong and what is allowed."""


class DivergedError(UserError):
    """A loss or weight stopped being finite during training."""
