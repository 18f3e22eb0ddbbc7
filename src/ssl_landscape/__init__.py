"""Contrastive and non-contrastive learning of a sparse-coding dictionary, as a pipeline.

Stages, one module each: ``datasets`` -> ``training`` -> ``metrics`` -> ``figures``, ``tables``.
What a run is made of stands in ``blocks``; what is run, in ``config.yaml`` (read by ``config``).
"""
