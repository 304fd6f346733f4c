"""Observed cohorts: from the records of a database to lines of therapy, response and outcomes of each patient."""
