"""Which network learns from which in a step: f(networks, views, step, loss) -> (loss, learner).

Beside its function a block says how many ``networks_needed`` there are, and their ``roles``: for
each step of a period the number of the first view's network, which learns, and of the second's.
"""
