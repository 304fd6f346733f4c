"""What numbers may be: the bounds of each quantity, of each drug's dose, and of the work that a question makes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cereblon.core import delimited_text, json_files, text_files, yaml_files
from cereblon.core.bounds import BOUNDS, LIFT, Bounds
from cereblon.core.names import LONGEST_NAME
from cereblon.model.dosing.checks import MOST_RULES
from cereblon.model.drugs.drug import all_drugs
from cereblon.model.drugs.patient import FLAGS, LIMITS
from cereblon.model.exposure import dose_bounds, event_checks, variations
from cereblon.model.regimens.dose_size import LEAST_SHARE, MOST_TIMES
from cereblon.model.regimens.schedule import LONGEST_CYCLE, MOST_CYCLES
from cereblon.synthesis.curves.time_synthesis import LARGEST_DESIGN
from cereblon.synthesis.frequentist.contrasts import MOST_TREATMENTS
from cereblon.tables.parquet import MOST_UNPACKED
from cereblon.trials.folder import MOST_BLOCKS
from cereblon.trials.trial import TrialPlan
from scripts.reference_pages.markdown import NOTICE, cell, table

_INTRODUCTION = f"""
A number outside its bounds is most likely a mistake in a unit, a column or the decimal point, and is refused with the
reason. If you mean it, you can accept it; a note of the answer then says so:

- on the command line by `{LIFT}`, in Python by `allow_implausible=True`,
- in a regimen by `allow_implausible: true` in the order,
- in a study file, which holds what was published, by a `flag` that says why the number is right: it lifts any bound.

No option accepts a number beyond the last column, which is impossible.

"""

_DOSES = f"""
## Doses of a regimen

An order is accepted from {LEAST_SHARE:g} to {MOST_TIMES:g} times the largest usual dose of a day: the smallest dose
on sale is an eightieth, few dose-finding studies went beyond three times, and a wrong unit is usually a factor of
1,000. `cereblon pk` accepts {dose_bounds.LEAST:g} to
{dose_bounds.MOST:g} times the usual dose of each route.

"""

_KINETICS = """
## Patients of kinetics

These are the patients that `cereblon pk` and event data accept. No option accepts others: the effects of these
covariates were estimated in adults within about this range, and mean nothing beyond it. Patients drawn for a trial
have narrower limits, which are among the [parameters](parameters.md).

"""

_SIZES = """
## Sizes

These bounds limit not what can be true but the work of computing an answer; they cannot be lifted, for the reason
given. More limits of files are in [what a run keeps](../concepts/reliability.md#files-that-strangers-wrote).

"""


def bounds_page() -> str:
    """Write the page."""
    quantities = [
        (cell(name), _range(one.low, one.high), _unit(one), cell(one.reason), cell(_end(one)))
        for name, one in BOUNDS.items()
    ]
    doses = [
        (
            name,
            form.route,
            f"{form.largest * LEAST_SHARE:g} to {form.largest * MOST_TIMES:g} {form.unit}",
            cell(form.source),
        )
        for name, drug in sorted(all_drugs().items())
        for form in drug.forms
    ]
    return "".join(
        [
            "# Bounds\n",
            NOTICE,
            _INTRODUCTION,
            table(["quantity", "accepted", "unit", "why not beyond", "accepted by no option"], quantities),
            _DOSES,
            table(["drug", "route", "accepted", "source of the largest usual dose"], doses),
            _KINETICS,
            table(["covariate", "accepted"], [(f"`{name}`", _covariate(name)) for name in LIMITS]),
            _SIZES,
            table(["what", "at most", "cannot be lifted because"], list(_sizes())),
        ]
    )


def _covariate(name: str) -> str:
    low, high, unit = LIMITS[name]
    return unit if name in FLAGS else f"{_range(low, high)} {unit}"


def _unit(bounds: Bounds) -> str:
    return "" if bounds.unit == "1" else bounds.unit


def _range(low: float, high: float) -> str:
    return f"{_written(low)} to {_written(high)}"


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def _end(bounds: Bounds) -> str:
    ends = [
        text
        for value, text in (
            (bounds.least, f"below {_written(bounds.least)}"),
            (bounds.most, f"above {_written(bounds.most)}"),
        )
        if math.isfinite(value)
    ]
    return f"{', '.join(ends)}: {bounds.because}" if ends else ""


def _sizes() -> Iterator[tuple[str, str, str]]:
    def most(field: str) -> str:
        limits = (getattr(one, "le", None) for one in TrialPlan.model_fields[field].metadata)
        return next(_written(limit) for limit in limits if limit is not None)

    memory = "it has to fit into memory"
    yield "bytes of a text or Parquet file", f"{text_files.LARGEST_BYTES:,}", memory
    yield "bytes of a Parquet file when unpacked", f"{MOST_UNPACKED:,}", memory
    yield "blocks of a run", f"{MOST_BLOCKS:,}", "each is a folder that is looked at"
    yield "lines, columns, cells of a table", _of(delimited_text, "MOST_LINES", "MOST_COLUMNS", "MOST_CELLS"), memory
    yield "characters, values of YAML", _of(yaml_files, "MOST_CHARACTERS", "MOST_VALUES"), memory
    yield "characters of JSON", _of(json_files, "MOST_CHARACTERS"), memory
    deep = "files of a user nest to 10 and 15; a deeper one is made to exhaust the reader"
    yield "levels of YAML, of JSON", f"{yaml_files.DEEPEST}, {json_files.DEEPEST}", deep
    yield "digits of a whole number", f"{yaml_files.MOST_DIGITS}", "more are not exact in a float"
    yield "characters of a name", f"{LONGEST_NAME}", "no picture has room for a longer one"
    yield "days of a cycle", f"{LONGEST_CYCLE}", "a longer one is written as phases"
    yield "cycles of a phase", f"{MOST_CYCLES}", "a longer phase goes on `until: progression`"
    yield "dose rules", f"{MOST_RULES}", "each is asked in every simulated week"
    yield "treatments of a network", f"{MOST_TREATMENTS}", "each is compared with each"
    design = "intervals times terms of baseline hazards over time"
    yield design, f"{LARGEST_DESIGN:,}", memory
    yield "virtual trials of a run", most("replicates"), "prediction intervals change no more"
    yield (
        "months of follow-up of a run",
        most("follow_up_months"),
        "each day is simulated, and no trial was followed longer",
    )
    yield "months of enrolment of a run", most("enrolment_months"), "no trial enrolled longer"
    yield "days of a course of `cereblon pk`", _written(variations.LONGEST_COURSE), "each day is computed"
    hours = "nobody lives for 100 years after a first treatment as an adult"
    yield "hours in event data", _written(event_checks.LONGEST_HOURS), hours
    yield "further doses in event data", _written(event_checks.MOST_DOSES), "each is computed"


def _of(module: object, *names: str) -> str:
    return "; ".join(f"{getattr(module, name):,}" for name in names)
