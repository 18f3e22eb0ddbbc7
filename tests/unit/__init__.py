"""Unit tests: each topic against references of its own."""
