"""Proof apart from the product: reference solutions, observed exposure, and doses derived again."""
