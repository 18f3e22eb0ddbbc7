"""The plan of all jobs, and what aggregates and draws their results."""
