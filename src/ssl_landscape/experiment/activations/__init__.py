"""Activations of an encoder layer: f(linear, bias, normalise) -> (n, m)."""
