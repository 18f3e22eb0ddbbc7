"""``config.yaml``: the typed model, and validation with readable errors."""

from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.loading import load_config

__all__ = ["load_config", "read_yaml"]
