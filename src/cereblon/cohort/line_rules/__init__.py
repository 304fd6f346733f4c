"""Rules that make lines of therapy of what was given, as data."""
