"""What happens to the encoder's weights after every step: f(weight) in place."""
