"""How fast training is: against plain PyTorch, against the machine's floor, and by size."""
