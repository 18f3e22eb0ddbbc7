"""Augmentations by random masking: f(samples, keep, generator, out, workspace) -> two views."""
