"""For a reader at a terminal: how far a build is, what a result is made of, how two differ."""
