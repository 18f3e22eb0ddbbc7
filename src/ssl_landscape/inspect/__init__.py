"""For a reader at a terminal: how far a run is, what a result is made of, how two differ."""
