"""The word that marks what only a person can decide."""

from __future__ import annotations

TO_COMPLETE = "TO_COMPLETE"
"""Stands in an imported draft where a person must decide; a study file that holds it does not load."""
