"""What is done to the weights after every step: f(weight) in place."""
