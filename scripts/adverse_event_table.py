"""Adverse events against publication: `python -m scripts.adverse_event_table` writes the table of its page.

All arms of the studies with role `calibration` that have a trial file are simulated at once; studies with role
`validation` are not looked at. Each published number is read at its own data cut.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from cereblon.calibration.trial_panel import build_panel
from cereblon.core.marked_page import Markers
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.evidence import Fact, Study, load_study
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS
from cereblon.outcomes.adverse_events import GRADES
from cereblon.outcomes.dose_intensity import relative_dose_intensity
from cereblon.trials.changes import changed_parameters
from cereblon.trials.library import load_trial
from cereblon.vocabulary.endpoints import counts_in_any_line
from scripts.reference_pages.markdown import table

STUDIES = (
    *("first-mm020", "swog-s0777", "aspire", "pollux", "tourmaline-mm1", "mm009-mm010-pooled"),
    *("calgb-100104", "ifm-2005-02", "emn01", "ifm2009", "len-single-agent-014"),
)
EVENTS = ("neutropenia", "thrombocytopenia", "anaemia", "peripheral_neuropathy", *ADVERSE_EVENTS.members)
BETWEEN_SHARE = 0.33  # standard deviation of the logit
BETWEEN_TIME = 0.20  # standard deviation of the logarithm
PER_ARM, MONTHS = 512, 85.0
RECALLED = {"cardiac_failure": (3.8, 1.8), "ischaemic_heart_disease": (3.3, 2.1), "hypertension": (4.3, 1.8)}
PAGE = Path("docs/reference/adverse-event-rates.md")
MARKERS = Markers("<!-- adverse events -->", "<!-- end of adverse events -->")


@dataclass(frozen=True)
class Row:
    """One published number beside its simulated counterpart."""

    study: str
    arm: str
    what: str
    grade: str
    months: float
    n: int
    unit: str
    published: float
    simulated: float
    low: float
    high: float

    @property
    def is_set_aside(self) -> bool:
        """Tell whether the numbers mean different things: mild low counts are counted here and reported there."""
        return self.what in ("neutropenia", "thrombocytopenia", "anaemia") and self.grade == "any"

    @property
    def is_inside(self) -> bool:
        """Tell whether the published number lies in the expected interval, to the digit that is printed."""
        return self.low <= self.published <= self.high


class Run:
    """What was simulated, arm by arm, cut off where a publication was."""

    def __init__(self, names: Sequence[str], tables: Mapping[str, pa.Table]) -> None:
        arms = np.asarray(tables["subjects"]["arm"].cast(pa.string()).to_pylist())
        self._arm_rows = {name: np.flatnonzero(arms == name) for name in names}
        # Arms of one study hold the same people, so a subject is known by arm and number together.
        self._place = {name: self._numbers(tables["subjects"], rows) for name, rows in self._arm_rows.items()}
        self._events = self._split(tables["events"])
        self._harm = self._split(tables["adverse_events"])
        self.intensity: dict[str, dict[str, float]] = {name: {} for name in names}
        for row in relative_dose_intensity(tables["subjects"], tables["exposures"]).to_pylist():
            self.intensity[row["arm"]][row["drug"]] = row["mean"]

    @staticmethod
    def _numbers(subjects: pa.Table, rows: np.ndarray) -> dict[int, int]:
        ids = np.asarray(subjects["subject_id"])[rows]
        return {int(number): place for place, number in enumerate(ids)}

    def _split(self, rows: pa.Table) -> dict[str, pa.Table]:
        arm = np.asarray(rows["arm"].cast(pa.string()).to_pylist())
        return {name: rows.filter(pa.array(arm == name)) for name in self._arm_rows}

    def share(self, arm: str, event: str, grade: str, months: float) -> float:
        """Give the share of an arm whose worst grade of an event up to a month is in a range, percent."""
        rows, place = self._harm[arm], self._place[arm]
        least, greatest = GRADES[grade]
        name = np.asarray(rows["event"].cast(pa.string()).to_pylist())
        day, grades = np.asarray(rows["start_day"]), np.asarray(rows["grade"])
        line = np.asarray(rows["line"])
        chosen = (name == event) & (day <= months * DAYS_PER_MONTH) & ((line == 1) | counts_in_any_line(event))
        worst = np.zeros(len(place))
        who = [place[int(number)] for number in np.asarray(rows["subject_id"])[chosen]]
        np.maximum.at(worst, who, grades[chosen])
        return 100.0 * float(((worst >= least) & (worst <= greatest)).mean())

    def _first(self, arm: str, event: str, cause: str = "") -> np.ndarray:
        rows, place = self._events[arm], self._place[arm]
        name = np.asarray(rows["event"].cast(pa.string()).to_pylist())
        why = np.asarray(rows["cause"].cast(pa.string()).to_pylist())
        chosen = (name == event) & (np.asarray(rows["line"]) == 1) & ((why == cause) | (cause == ""))
        days = np.full(len(place), np.inf)
        who = [place[int(number)] for number in np.asarray(rows["subject_id"])[chosen]]
        np.minimum.at(days, who, np.asarray(rows["day"])[chosen])
        return days

    def stopped_for_harm(self, arm: str, months: float) -> float:
        """Give the share that stopped all drugs for toxicity up to a month, percent."""
        return 100.0 * float((self._first(arm, "treatment_stopped", "toxicity") <= months * DAYS_PER_MONTH).mean())

    def treated_months(self, arm: str, months: float) -> float:
        """Give the median time on treatment up to a data cut, months."""
        stop = np.minimum(self._first(arm, "treatment_stopped"), self._first(arm, "death"))
        return float(np.median(np.minimum(stop / DAYS_PER_MONTH, months)))

    def died_of_treatment(self, arm: str, months: float) -> float:
        """Give the share that died of treatment up to a month, percent."""
        return 100.0 * float((self._first(arm, "death", "toxicity") <= months * DAYS_PER_MONTH).mean())


def horizon(study: Study, fact: Fact, fallback: float) -> float:
    """Give the months of follow-up behind a number: the median at its data cut, or else the trial's own."""
    medians = [f for f in study.facts if f.endpoint == "follow_up_median" and f.value and f.arm in (fact.arm, "all")]
    of_cut = [f.value for f in medians if f.cut == fact.cut and f.value]
    named = re.match(r"([\d.]+) months", fact.cut or "")  # a cut may be called by its follow-up
    if of_cut and fact.cut:
        return min(of_cut[0], MONTHS)
    return min(float(named.group(1)) if named else fallback, MONTHS)


def rows_of(study_id: str, run: Run) -> Iterator[Row]:
    """Give the rows of one study."""
    study, plan = load_study(study_id), load_trial(study_id)
    if study.role != "calibration":
        raise ValueError(f"{study_id} has role {study.role}")
    arms = {plan.published_arm(key) for key in plan.arms}
    for fact in study.facts:
        if fact.arm not in arms or fact.value is None or fact.subgroup or fact.flag:
            continue
        months = horizon(study, fact, plan.follow_up_months)
        found = _simulated(run, f"{study_id}/{fact.arm}", fact, months)
        if found is None:
            continue
        what, simulated = found
        n = study.patients(fact.arm) or 100
        low, high = expected(simulated, n, fact.unit)
        yield Row(study_id, fact.arm, what, fact.grade or "", months, n, fact.unit, fact.value, simulated, low, high)


def _simulated(run: Run, arm: str, fact: Fact, months: float) -> tuple[str, float] | None:
    event = fact.endpoint.removeprefix("ae_")
    if fact.endpoint.startswith("ae_") and event in EVENTS and fact.grade in GRADES and fact.unit == "percent":
        return event.replace("_", " "), run.share(arm, event, fact.grade, months)
    if fact.endpoint == "discontinued_ae" and fact.unit == "percent" and not fact.drug:
        return "stopped for adverse events", run.stopped_for_harm(arm, months)
    if fact.endpoint == "treatment_duration_median" and not fact.drug and not fact.phase:
        return "median time on treatment", run.treated_months(arm, months)
    return None


def expected(simulated: float, n: int, unit: str) -> tuple[float, float]:
    """Give the 95 % interval for a trial of this size: sampling and a between-trial spread.

    Shares on the logit scale, times on the logarithm, where a median of n subjects has a standard error of about
    1.25 / sqrt(n) times the spread of an exponential time.
    """
    if unit == "months":
        spread = 1.96 * math.hypot(1.25 / math.sqrt(n), BETWEEN_TIME)
        return simulated * math.exp(-spread), simulated * math.exp(spread)
    share = min(max(simulated / 100.0, 0.5 / n), 1.0 - 0.5 / n)
    spread = 1.96 * math.hypot(1.0 / math.sqrt(n * share * (1.0 - share)), BETWEEN_SHARE)
    centre = math.log(share / (1.0 - share))
    low, high = (100.0 / (1.0 + math.exp(-(centre + sign * spread))) for sign in (-1.0, 1.0))
    return low, high


def simulate_all(per_arm: int = PER_ARM) -> dict[str, Run]:
    """Simulate every study; those whose trial file changes a parameter run again by themselves."""
    runs: dict[str, Run] = {}
    by_change: dict[str, list[str]] = {}
    for study in STUDIES:
        by_change.setdefault(repr(load_trial(study).parameters), []).append(study)
    everyone = {"follow_up_months": MONTHS, "enrolment_months": 0.0, "dropout_per_year": 0.0}
    for studies in by_change.values():
        parameters = changed_parameters(load_trial(studies[0]).parameters)
        panel = build_panel([load_trial(study).model_copy(update=everyone) for study in studies], per_arm=per_arm)
        run = Run(panel.names, panel.tables(parameters, seed=20260101, block=0, workers=2, whole=True))
        runs |= dict.fromkeys(studies, run)
    return runs


def page(rows: Sequence[Row], runs: Mapping[str, Run]) -> str:
    """Write what stands between the markers of the page."""
    aside, everything = [row for row in rows if row.is_set_aside], len(rows)
    all_inside = sum(row.is_inside for row in rows)
    rows = [row for row in rows if not row.is_set_aside]
    inside = sum(row.is_inside for row in rows)
    head = ["study", "arm", "what", "grade", "months", "n", "published", "simulated", "expected", "inside"]
    lines = [_cells(row) for row in rows]
    misses = [_cells(row)[:-1] for row in rows if not row.is_inside]
    share = 100.0 * inside / len(rows)
    return "\n".join(
        [
            f"{inside} of {len(rows)} published numbers ({share:.0f} %) lie in the expected interval; with the "
            f"{len(aside)} that are set aside below, {all_inside} of {everything}.\n",
            table(head, lines, right=range(4, 9)),
            "## Misses\n",
            table(head[:-1], misses, right=range(4, 9)) if misses else "None.\n",
            "## Set aside\n",
            "Low counts of any grade: the simulation counts every value below normal, the trials what an "
            "investigator reported.\n",
            table(head[:-1], [_cells(row)[:-1] for row in aside], right=range(4, 9)),
            "## Heart events, from memory\n",
            "The rates published for ASPIRE are from memory, so they do not count above. Pooled trials of "
            "carfilzomib,\nwhich were read, had 4.4 % cardiac failure and 5.9 % hypertension of grade 3 or "
            "more\n(doi:10.1182/bloodadvances.2017015545).\n",
            table(["arm", "what", "recalled", "simulated"], _recalled(runs), right=(2, 3)),
            "## Relative dose intensity\n",
            "Given dose in percent of planned, line 1, mean over subjects. No calibration study of the library "
            "reports it.\n",
            _intensity(runs),
            "## Simulated where nothing is published\n",
            "Percent of the arm at the follow-up of its trial, grade 3 or more unless it says otherwise.\n",
            _unprinted(runs),
        ]
    )


def _cells(row: Row) -> list[str]:
    mark = " months" if row.unit == "months" else " %"
    spread = f"{row.low:.1f} to {row.high:.1f}"
    numbers = [f"{row.months:.0f}", str(row.n), f"{row.published:g}{mark}", f"{row.simulated:.1f}", spread]
    return [f"`{row.study}`", f"`{row.arm}`", row.what, row.grade, *numbers, "yes" if row.is_inside else "**no**"]


def _recalled(runs: Mapping[str, Run]) -> list[list[str]]:
    """Give recalled rates of grade 3 or more at the interim analysis of ASPIRE, 32 months."""
    lines = []
    for event, shares in RECALLED.items():
        for arm, share in zip(("krd", "rd"), shares, strict=True):
            simulated = runs["aspire"].share(f"aspire/{arm}", event, "3-5", 32.0)
            lines.append([f"`aspire/{arm}`", event.replace("_", " "), f"{share:g} %", f"{simulated:.1f} %"])
    return lines


def _intensity(runs: Mapping[str, Run]) -> str:
    wanted = ("lenalidomide", "dexamethasone", "bortezomib", "ixazomib", "carfilzomib", "daratumumab")
    lines = []
    for study, run in runs.items():
        for arm, means in run.intensity.items():
            if arm.startswith(f"{study}/"):
                shown = [f"{means[drug]:.0f} %" if drug in means else "" for drug in wanted]
                lines.append([f"`{arm}`", *shown])
    return table(["arm", *wanted], lines, right=range(1, len(wanted) + 1))


def _unprinted(runs: Mapping[str, Run]) -> str:
    events = (
        *("infection", "pneumonia", "febrile_neutropenia", "vte", "cardiac_failure", "hypertension"),
        *("ischaemic_heart_disease", "diarrhoea", "rash", "fatigue", "hepatotoxicity", "peripheral_neuropathy"),
    )
    head = ["arm", *(event.replace("_", " ") for event in events), "second cancer, any", "died of treatment"]
    lines = []
    for study, run in runs.items():
        plan = load_trial(study)
        for key in plan.arms:
            arm, months = f"{study}/{plan.published_arm(key)}", min(plan.follow_up_months, MONTHS)
            shares = [run.share(arm, event, "3-5", months) for event in events]
            shares += [run.share(arm, "spm", "any", months), run.died_of_treatment(arm, months)]
            lines.append([f"`{arm}`", *(f"{share:.1f}" for share in shares)])
    return table(head, lines, right=range(1, len(head)))


def main() -> None:
    """Write the table into the page, or print it with `-`."""
    runs = simulate_all()
    rows = [row for study, run in runs.items() for row in rows_of(study, run)]
    text = page(rows, runs)
    if sys.argv[1:] == ["-"]:
        print(text)
        return
    MARKERS.write(PAGE, text)


if __name__ == "__main__":
    main()
