"""Observed exposure beside the simulated one, each with the band in which the ratio is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row
from cereblon.questions.result import Listing
from cereblon.verification.exposure_checks.checks import Check, check_rows


def pk_checks(drug: str | None = None) -> ExposureChecks:
    """Set observed exposure beside the simulated one.

    Parameters
    ----------
    drug
        By its name, brand or short form; None for all that have kinetics.

    Returns
    -------
        Table `checks`: a row for each observed value with its simulated counterpart, ratio, band and verdict.

    Raises
    ------
    UnknownNameError
        If the drug has no kinetics here.

    Examples
    --------
    >>> import cereblon as cb
    >>> set(cb.pk_checks("melphalan").table()["verdict"])
    {'inside'}
    """
    from cereblon.model.drugs import DRUGS
    from cereblon.vocabulary.drugs import need_drug

    name = None if drug is None else need_drug(drug, DRUGS)
    notes = (f"drug {drug!r} is read as {name}",) if name != drug else ()
    return ExposureChecks(checks=tuple(check_rows(name)), reading_notes=notes)


@dataclass(frozen=True, repr=False)
class ExposureChecks(Listing):
    """Check-values of exposure; see `pk_checks`."""

    checks: tuple[Check, ...]
    reading_notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is listed."""
        return "Observed and simulated exposure"

    @property
    def notes(self) -> tuple[str, ...]:
        """How the drug was read."""
        return self.reading_notes

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `checks`."""
        return {"checks": [_full(row) for row in self.checks]}

    def text(self) -> str:
        """Align observed, simulated, ratio, band and verdict."""
        lines = [line for row in self.checks for line in _lines(row)]
        return table_text(("observed", "simulated", "unit", "ratio", "band", "verdict"), lines)


def _full(row: Check) -> Row:
    seen = row.observation
    return {
        **{"key": row.key, "drug": seen.drug, "quantity": seen.quantity},
        **{"observed": seen.observed, "simulated": row.simulated, "unit": seen.unit},
        **{"ratio": row.ratio, "band_low": seen.band[0], "band_high": seen.band[1]},
        **{"verdict": row.verdict, "grade": seen.grade, "reason": seen.reason},
        "source": seen.source,
    }


def _lines(row: Check) -> list[list[str]]:
    """Give the heading of a check, and its numbers below."""
    from cereblon.report.exposure_text import number

    seen = row.observation
    unit, band = "" if seen.unit == "1" else seen.unit, f"{seen.band[0]:g} to {seen.band[1]:g}"
    numbers = [f"  {number(seen.observed)}", number(row.simulated), unit, f"{row.ratio:.2f}", band, row.verdict]
    return [[f"{seen.drug}: {seen.quantity}"], numbers]
