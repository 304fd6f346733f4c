"""What every room stands on: reading of tables, closed words, units, event indicators and bounds of plausibility."""
