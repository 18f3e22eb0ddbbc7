"""Which network learns from which in a step: f(networks, views, step, loss) -> (loss, learner).

Each module also names its networks (``NETWORKS``) as they are called in ``weights.safetensors``.
"""
