"""One step of training: views of a batch, loss, gradient, new weights."""

from ssl_landscape.steps.choice import Step, make_step

__all__ = ["Step", "make_step"]
