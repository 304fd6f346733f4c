"""Dose rules: rule sets as files, starting doses, holds and reductions."""
