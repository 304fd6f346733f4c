"""Counts of spontaneous reports and how far a drug and an event stand out together."""
