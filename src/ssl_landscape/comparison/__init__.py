"""Ours against the paper: every published cell, and a verdict on every claim.

Its jobs raise a UserError for an input that cannot be read, before they write.
"""
