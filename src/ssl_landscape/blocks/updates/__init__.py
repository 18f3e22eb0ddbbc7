"""Which network learns from which in a step: f(networks, views, step, loss) -> (loss, learner)."""
