"""One step of training: views of a batch, loss, gradient, new weights."""

from ssl_landscape.experiment.fast.choice import Step, make_step

__all__ = ["Step", "make_step"]
