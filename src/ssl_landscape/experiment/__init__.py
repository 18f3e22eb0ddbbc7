"""The paper's experiments: data, networks, losses, updates, training."""
