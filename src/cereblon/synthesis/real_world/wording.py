"""What trial and practice side by side say in words: what was seen, and never why."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.plain_text import signed
from cereblon.synthesis.real_world.comparison import ENDPOINTS, MEDIANS, PracticeRow
from cereblon.synthesis.real_world.population import TRAITS, PopulationRow
from cereblon.vocabulary.endpoints import vocabulary

CAUTIONS: tuple[str, ...] = (
    "Patients in practice were chosen by their doctors, not by lot, and no ratio or difference here is adjusted for"
    " who they were. So none of them measures the effect of the regimen, of care or of selection alone.",
    "Progression is assessed less often in practice, which makes it look later; response is often judged without"
    " every test that the criteria ask for.",
    "Each interval is that of sampling alone. A wide one is uninformative; a narrow one is no protection from bias.",
    "What a study did not publish is absent, and most cohorts publish little about their patients.",
)

NAMES: dict[str, str] = {name: vocabulary().endpoints[name].description for name in ENDPOINTS}


def compared_words(row: PracticeRow) -> str:
    """Write ratio or difference with its interval; a bound is marked as one."""
    if row.compared is None:
        return ""

    def shown(value: float) -> str:
        return f"{value:.2f}" if row.measure == "ratio" else signed(value, 1)

    text = f"{'ratio ' if row.measure == 'ratio' else ''}{shown(row.compared)}"
    if row.compared_low is None or row.compared_high is None:
        return text
    wider = " or wider" if row.is_least_width else ""
    return f"{text} ({shown(row.compared_low)} to {shown(row.compared_high)}{wider})"


def readings(rows: Sequence[PracticeRow], population: Sequence[PopulationRow], setting: str) -> tuple[str, ...]:
    """Write one sentence per endpoint that was measured in both, and one on what is known of the patients.

    Parameters
    ----------
    rows
        From `practice_rows`.
    population
        From `population_rows`.
    setting
        The setting to write about.
    """
    here = [row for row in rows if row.setting == setting]
    said = []
    for endpoint in NAMES:
        compared = [row for row in here if row.endpoint == endpoint and row.compared is not None]
        if compared:
            said.append(_sentence(compared))
    both = _described_in_both([row for row in population if row.setting == setting])
    if here:
        none = "Trials and cohorts reported no trait of their patients in common."
        said.append(f"Trials and cohorts both reported of their patients: {', '.join(both)}." if both else none)
    return tuple(said)


def _sentence(rows: Sequence[PracticeRow]) -> str:
    is_median = rows[0].endpoint in MEDIANS
    values = sorted(row.compared for row in rows if row.compared is not None)
    cohorts = f"{len(rows)} {'cohort' if len(rows) == 1 else 'cohorts'} of routine care"
    name, reference = NAMES[rows[0].endpoint], " or ".join(dict.fromkeys(row.reference_name for row in rows))
    if is_median:
        spread = _spread([f"{value:.2f}" for value in values])
        text = f"{_capital(name)} in {cohorts} was {spread} times that of the largest trial arm ({reference})"
    else:
        spread = _spread([f"{value:+.0f}" for value in values])
        text = f"{_capital(name)} in {cohorts} differed by {spread} percentage points from the largest trial arm"
        text += f" ({reference})"
    return f"{text}; {_interval_words(rows, is_median)}."


def _interval_words(rows: Sequence[PracticeRow], is_median: bool) -> str:
    """Say what the intervals carry: one that is a bound can show that 1 is included, never that it is excluded."""
    none, what = (1.0, "1") if is_median else (0.0, "0")
    known = [(row, row.compared_low, row.compared_high) for row in rows]
    spans = [(row, low, high) for row, low, high in known if low is not None and high is not None]
    if not spans:
        return "no interval can be derived"
    firm = [low <= none <= high for row, low, high in spans if not row.is_least_width]
    bounds = [low <= none <= high for row, low, high in spans if row.is_least_width]
    said = []
    if firm:
        said.append(_including(firm, what))
    if bounds:
        said.append(_including(bounds, what, ", which may be too narrow,"))
    return "; ".join(said)


_A_PAIR = 2


def _including(includes: Sequence[bool], what: str, though: str = "") -> str:
    if len(includes) == 1:
        return f"its interval{though} {'includes' if includes[0] else 'excludes'} {what}"
    count, of = sum(includes), len(includes)
    some = {0: f"none of the {of} intervals", of: f"all {of} intervals"}.get(count, f"{count} of the {of} intervals")
    if of == _A_PAIR:
        some = ("neither interval", "one of the two intervals", "both intervals")[count]
    return f"{some}{though} {'include' if count > 1 else 'includes'} {what}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _spread(values: Sequence[str]) -> str:
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _described_in_both(population: Sequence[PopulationRow]) -> list[str]:
    found = []
    for trait, endpoints in TRAITS.items():
        for endpoint in endpoints:
            groups = {row.group for row in population if row.endpoint == endpoint}
            if groups == {"trial", "practice"} and trait not in found:
                found.append(trait)
    return found
