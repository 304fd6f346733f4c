"""The simulation: one subject week by week, mapped over many, and its subject tables."""
