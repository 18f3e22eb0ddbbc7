"""Losses between the representations of two views: f(first, second, *, options) -> scalar."""
