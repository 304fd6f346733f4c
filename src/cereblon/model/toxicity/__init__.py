"""Adverse events: blood counts and nerves from day to day, and hazards of everything else."""
