"""The kinds of dirt of an example: each with its name, its rate, and what it does to the records."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cereblon.cohort.simulated import damaged_drugs, damaged_labs, damaged_persons
from cereblon.cohort.simulated.records import Records
from cereblon.core.errors import ArgumentError, unknown_name

Damage = Callable[[Records, float, np.random.Generator], Records]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of dirt.

    Parameters
    ----------
    rate
        In the preset `published`.
    basis
        Whether the rate is published or assumed.
    meaning
        What is damaged, and of what the rate is a share.
    damage
        Does it.
    """

    rate: float
    basis: Literal["published", "assumed"]
    meaning: str
    damage: Damage


KINDS: dict[str, Kind] = {
    "first_line_missed": Kind(
        0.14,
        "published",
        "persons whose first line was given elsewhere: no record of it",
        damaged_drugs.miss_first_line,
    ),
    "drug_start_missing": Kind(
        0.15, "published", "drugs of a line without the records of their first 28 days", damaged_drugs.miss_starts
    ),
    "late_fills": Kind(0.10, "assumed", "fills that come 1 to 21 days late", damaged_drugs.delay_fills),
    "date_shifts": Kind(0.02, "assumed", "drug records dated 1 to 3 days off", damaged_drugs.shift_dates),
    "pauses": Kind(0.05, "assumed", "lines with a treatment pause of 70 to 150 days", damaged_drugs.pause),
    "duplicates": Kind(
        0.05, "assumed", "drug records that appear twice, the second time as an order", damaged_drugs.duplicate
    ),
    "no_serum_baseline": Kind(
        0.208, "published", "persons without M-protein before the first line", damaged_labs.miss_serum_baseline
    ),
    "no_light_chain_baseline": Kind(
        0.419, "published", "persons without light chains before the first line", damaged_labs.miss_flc_baseline
    ),
    "sparse_light_chains": Kind(
        1.0, "published", "persons whose light chains are measured every 42 days on average", damaged_labs.thin_flc
    ),
    "light_chains_off_by_ten": Kind(
        0.02, "assumed", "light chains written ten times too high", damaged_labs.multiply_flc
    ),
    "light_chains_swapped": Kind(
        0.02, "assumed", "samples with kappa written as lambda and the reverse", damaged_labs.swap_flc
    ),
    "fraction_as_g_dl": Kind(
        0.05,
        "assumed",
        "persons whose M-protein is also recorded as a percentage of total protein, labelled g/dL",
        damaged_labs.add_fractions,
    ),
    "unit_absent": Kind(
        0.41, "published", "tests of a laboratory that are recorded without a unit", damaged_labs.drop_units
    ),
    "not_mapped": Kind(0.12, "published", "tests of a laboratory that have no standard concept", damaged_labs.unmap),
    "death_missed": Kind(0.09, "published", "deaths that are not recorded", damaged_persons.miss_deaths),
    "left_truncation": Kind(
        0.05, "assumed", "persons whose records begin 30 to 400 days late", damaged_persons.truncate
    ),
    "false_cases": Kind(
        0.26, "published", "of the persons with two codes, those without myeloma", damaged_persons.add_false_cases
    ),
}
"""In the order in which they are applied.

Of death the published sensitivity is that of composite sources, 91 %; from the record alone it is 66 %, a rate of
0.34. Of a published range the middle is taken. The simulator measures no urine, so there is none in any example; in
practice 72.3 % of patients lack it at baseline.
"""

PRESETS = ("clean", "published")


def read_rates(dirt: str | Mapping[str, float]) -> dict[str, float]:
    """Read what is to be damaged.

    Parameters
    ----------
    dirt
        `clean`, `published`, rates by kind, or both as text: `published,pauses=0.2` or `death_missed=0.34`.

    Returns
    -------
        Rates above 0, in the order of `KINDS`.

    Raises
    ------
    UnknownNameError
        If there is no such preset or kind.
    ArgumentError
        If a rate is no share.
    """
    if isinstance(dirt, str):
        rates: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in dirt.split(","))):
            rates |= _read_part(part)
    else:
        rates = dict(dirt)
    for kind, rate in rates.items():
        if kind not in KINDS:
            raise unknown_name("kind of dirt", kind, list(KINDS))
        if not (isinstance(rate, (int, float)) and 0 <= rate <= 1):
            raise ArgumentError(f"dirt, {kind}: {rate!r} is no share from 0 to 1")
    if rates.get("false_cases", 0) > _MOST_FALSE:
        raise ArgumentError(f"dirt, false_cases: {rates['false_cases']:g} is above {_MOST_FALSE:g}")
    return {kind: rates[kind] for kind in KINDS if rates.get(kind, 0) > 0}


_MOST_FALSE = 0.9


def _read_part(part: str) -> dict[str, float]:
    name, equals, number = part.partition("=")
    if not equals:
        if name == "published":
            return {kind: known.rate for kind, known in KINDS.items()}
        if name == "clean":
            return dict.fromkeys(KINDS, 0.0)
        if name in KINDS:
            return {name: KINDS[name].rate}
        raise unknown_name("kind of dirt", name, [*PRESETS, *KINDS])
    try:
        return {name.strip(): float(number)}
    except ValueError as error:
        raise ArgumentError(
            f"dirt, {name.strip()}: {number!r} is no number", hint="for example pauses=0.1"
        ) from error


def damaged(records: Records, rates: Mapping[str, float], *, seed: int) -> Records:
    """Damage records; each kind has its own random numbers, so that it does the same alone and beside others.

    Parameters
    ----------
    records
        Clean.
    rates
        Of `read_rates`.
    seed
        Of the damage.
    """
    for kind, rate in rates.items():
        generator = np.random.default_rng([seed, zlib.crc32(kind.encode())])
        records = KINDS[kind].damage(records, rate, generator)
    return records
