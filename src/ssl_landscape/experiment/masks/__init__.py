"""Augmentations by random masking: f(samples, keep, generator) -> two views."""
