"""Check-values: what was observed, what the model gives, and whether the ratio is inside a stated band.

`cereblon pk --checks` prints them; `python -m cereblon.verification.exposure_checks.checks PAGE` rewrites the table
in a documentation page between its two markers.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field

from cereblon.core.errors import InputError
from cereblon.core.marked_page import Markers
from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import parse_yaml
from cereblon.model.drugs import DRUGS

MARKERS = Markers("<!-- check-values: start -->", "<!-- check-values: end -->")


class Observation(StrictModel):
    """One observed value with the band in which the simulated one is expected."""

    drug: str
    quantity: str
    unit: str
    observed: float = Field(gt=0.0)
    band: tuple[float, float]
    known_miss: bool
    grade: Literal["primary", "recalled"]
    reason: str = Field(min_length=1)
    source: str = Field(min_length=1)


class _File(StrictModel):
    checks: dict[str, Observation]


class Check(StrictModel):
    """An observed value beside the simulated one."""

    key: str
    observation: Observation
    simulated: float

    @property
    def ratio(self) -> float:
        """Simulated over observed."""
        return self.simulated / self.observation.observed

    @property
    def inside(self) -> bool:
        """Whether the ratio is in the band."""
        low, high = self.observation.band
        return low <= self.ratio <= high

    @property
    def verdict(self) -> str:
        """Say in a word how the check ended."""
        if self.inside:
            return "inside" if not self.observation.known_miss else "inside, though marked a miss"
        return "known miss" if self.observation.known_miss else "outside"


@cache
def observations() -> dict[str, Observation]:
    """Load the observed values, by key.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    path = files("cereblon.verification.exposure_checks") / "check_values.yaml"
    return validate(_File, parse_yaml(path.read_text(encoding="utf-8"), where=path.name), where=path.name).checks


def check_rows(drug: str | None = None) -> list[Check]:
    """Simulate check-values, in 64 bit.

    Parameters
    ----------
    drug
        Whose; None for all.

    Raises
    ------
    InputError
        If an observed value has no simulated counterpart or the other way round.
    """
    import jax

    from cereblon.verification.exposure_checks.check_simulations import simulate_checks

    observed = {key: one for key, one in observations().items() if drug in (None, one.drug)}
    with jax.enable_x64(True):
        simulated = simulate_checks(drug)
    if odd := set(observed) ^ set(simulated):
        raise InputError(f"check_values.yaml: {', '.join(sorted(odd))} observed or simulated, but not both")
    rows = [Check(key=key, observation=o, simulated=simulated[key]) for key, o in observed.items()]
    return sorted(rows, key=lambda row: DRUGS.index(row.observation.drug))


def markdown_table(rows: list[Check]) -> str:
    """Write the checks as a Markdown table."""
    lines = [
        "| drug | quantity | observed | simulated | unit | ratio | band | verdict | reason for the band | source |",
        "|---|---|--:|--:|---|--:|---|---|---|---|",
    ]
    for row in rows:
        o = row.observation
        observed = f"{o.observed:g}" + (" (recalled)" if o.grade == "recalled" else "")
        verdict = row.verdict if row.verdict == "inside" else f"**{row.verdict}**"
        unit = "" if o.unit == "1" else o.unit
        lines.append(
            f"| {o.drug} | {o.quantity} | {observed} | {_shown(row.simulated)} | {unit} | {row.ratio:.2f} "
            f"| {o.band[0]:g} to {o.band[1]:g} | {verdict} | {o.reason} | {o.source} |"
        )
    return "\n".join(lines)


def _shown(value: float) -> str:
    """Write three significant digits, and no power of ten."""
    return f"{value:.0f}" if value >= 100.0 else f"{value:.3g}"


if __name__ == "__main__":
    MARKERS.write(Path(sys.argv[1]), markdown_table(check_rows()))
