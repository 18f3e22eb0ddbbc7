"""Ours against the paper: every published cell, and a verdict on every claim."""
