"""Observed against simulated exposure, each inside its stated band or a known miss, and the table in the docs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jax
import pytest

from cereblon.model.drugs import DRUGS
from cereblon.verification.exposure_checks.checks import (
    MARKERS,
    Check,
    check_rows,
    markdown_table,
    observations,
)

pytestmark = pytest.mark.slow  # every check-value is simulated, with solvers of their own
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "pharmacokinetics.md"


@cache
def _rows() -> dict[str, Check]:
    with jax.numpy_rank_promotion("raise"):
        return {row.key: row for row in check_rows()}


@pytest.mark.parametrize("key", list(observations()))
def test_simulated_exposure_is_inside_its_band_or_a_known_miss(key: str) -> None:
    """Observed value, band, reason and source stand in check_values.yaml; a miss that heals must be unmarked."""
    row = _rows()[key]
    assert row.inside != row.observation.known_miss, (
        f"{row.observation.drug}, {row.observation.quantity}: observed {row.observation.observed:g}, "
        f"simulated {row.simulated:.4g} {row.observation.unit}, ratio {row.ratio:.3f}, "
        f"band {row.observation.band}, known miss: {row.observation.known_miss}"
    )


def test_one_drug_is_simulated_alone_and_as_among_all() -> None:
    with jax.numpy_rank_promotion("raise"):
        alone = check_rows("melphalan")
    assert alone == [row for row in _rows().values() if row.observation.drug == "melphalan"]


def test_every_drug_is_checked_and_the_known_misses_are_there() -> None:
    assert {row.observation.drug for row in _rows().values()} == set(DRUGS)
    misses = {key for key, row in _rows().items() if row.observation.known_miss}
    assert {"lenalidomide_cmax", "ixazomib_cmax"} <= misses


@pytest.mark.parametrize("key", list(observations()))
def test_bands_enclose_agreement(key: str) -> None:
    low, high = observations()[key].band
    assert 0.5 <= low <= 1.0 <= high <= 2.0
    assert low < high


def test_the_table_in_the_docs_is_current() -> None:
    """Remedy: python -m cereblon.verification.exposure_checks.checks docs/reference/pharmacokinetics.md."""
    page = PAGE.read_text(encoding="utf-8")
    assert MARKERS.fill(page, markdown_table(list(_rows().values())), where=PAGE.name) == page


def test_known_misses_stand_out_in_the_table() -> None:
    lines = {line for line in markdown_table(list(_rows().values())).splitlines() if "known miss" in line}
    assert len(lines) == sum(row.observation.known_miss for row in _rows().values())
    assert any(line.startswith("| ixazomib | Cmax") and "(recalled)" in line for line in lines)
