"""A cohort beside simulation and publications: its own patients simulated, and what was published of its regimens."""
