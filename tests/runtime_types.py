"""Annotations checked when a function is called: what stands in them is true, shapes of arrays included."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""As `beartype`, with the rule of the type checker that a whole number is a float."""
