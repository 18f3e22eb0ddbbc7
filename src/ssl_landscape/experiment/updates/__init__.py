"""Which network learns from which in a step: f(networks, views, step, loss) -> turns.

A turn is a loss and the network that learns from it; all learn at once. Each module also names its
networks (``NETWORKS``) as they are called in ``weights.safetensors``.
"""
