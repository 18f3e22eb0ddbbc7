"""``config.yaml``: typed model, validation with readable errors, and the plan of all jobs."""

from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.loading import load_config
from ssl_landscape.pipeline.plan import Plan

__all__ = ["Plan", "load_config", "read_yaml"]
