"""Scores of the builder of cohorts, written to docs/reference/cohort.md."""
