"""Definitions of cohorts that come with the package, as data."""
