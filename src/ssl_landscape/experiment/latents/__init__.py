"""Distributions of the sparse latents z: f(n, d, sparsity, generator) -> (n, d) of {-1, 0, 1}."""
