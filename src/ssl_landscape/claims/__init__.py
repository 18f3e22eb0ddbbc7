"""What judges the paper's claims: judges, and the cases that they return."""
