"""Starting doses for a kind of patient, what a rule set does on the counts of today, and a rule set in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from cereblon.core.plain_text import capital
from cereblon.core.rows import Row
from cereblon.model.dosing.description import SCHEDULE_WORDS, describe_rules
from cereblon.model.dosing.library import find_rule_set
from cereblon.model.dosing.measures import UNSEEN
from cereblon.model.regimens import Regimen
from cereblon.questions.dose_patient import DoseAnswer, DosePatient, decide, dose_question
from cereblon.questions.result import Listing, Result
from cereblon.report.document import Document, notes_sections, part
from cereblon.trials.library import load_one_line

if TYPE_CHECKING:
    import altair as alt

    from cereblon.verification.replay.decisions import DrugDecision

WARNING = "A research tool: it does not know the patient and is not for treating one."


def dose(
    regimen: str,
    *,
    rules: str | Path = "us-label",
    cycle: int = 1,
    grades: Sequence[str] | Mapping[str, int] = (),
    given: Sequence[str] | Mapping[str, float | str] = (),
    allow_implausible: bool = False,
    **patient: Unpack[DosePatient],
) -> DoseDecisions:
    """Give starting doses for a kind of patient, or what a rule set does on the counts and grades of today.

    Every dose names its rule and source. It is not for treating patients.

    Parameters
    ----------
    regimen
        Regimen of the library, or a YAML file.
    rules
        Rule set of the library, or a YAML file.
    cycle
        Cycle of the regimen, 1 to 500.
    grades
        Grades of other adverse events, as {"rash": 3} or ["rash=3"].
    given
        Doses that drugs were lowered to before, as {"lenalidomide": 15} or ["Revlimid 15 mg"].
    allow_implausible
        Accept numbers of the patient that hardly any adult has.
    **patient
        Patient and counts of today; see `DosePatient`.

    Returns
    -------
        Table `decisions`: a row for each drug of the cycle, for each dose where it has several, and for what
        is given besides.

    Raises
    ------
    UnknownNameError
        If regimen, rules, drug or adverse event are not known.
    ArgumentError
        If a value is not possible, or changes nothing beside the others.
    InputError
        If the regimen is a strategy of several lines, or has no such cycle.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.dose("rd", crcl=45, age=80).table().select("drug", "action", "dose", "unit").row(0)
    ('lenalidomide', 'start', 10.0, 'mg')
    """
    question = dose_question(
        patient, cycle=cycle, grades=_pairs(grades), given=_pairs(given), allow_implausible=allow_implausible
    )
    found = load_one_line(regimen)
    answer = decide(question, found, find_rule_set(str(rules)))
    return DoseDecisions(regimen=found, cycle=cycle, rules=str(rules), decided=answer)


def explain_rules(rules: str | Path) -> RuleSetInWords:
    """Say in words what a rule set does.

    Parameters
    ----------
    rules
        Rule set of the library, or a YAML file.

    Returns
    -------
        Table `sentences`, one fact a row.

    Raises
    ------
    UnknownNameError
        If there is no such rule set.
    InputError
        Listing every problem of the file.

    Examples
    --------
    >>> import cereblon as cb
    >>> "hold lenalidomide; resume at 1 x 10^9/L or more" in str(cb.explain_rules("us-label"))
    True
    """
    found = find_rule_set(str(rules), unseen=UNSEEN)
    return RuleSetInWords(rules=found.id, sentences=tuple(describe_rules(found)))


def _pairs(given: Sequence[str] | Mapping[str, int] | Mapping[str, float | str]) -> tuple[str, ...]:
    if isinstance(given, Mapping):
        return tuple(f"{name}={value}" for name, value in given.items())
    return (given,) if isinstance(given, str) else tuple(given)


@dataclass(frozen=True, eq=False, repr=False)
class DoseDecisions(Result):
    """What a rule set decides for one kind of patient.

    Parameters
    ----------
    regimen, cycle, rules
        What is ordered, and by whose rules it is decided.
    decided
        Decisions, and what the patient was read as.
    """

    regimen: Regimen
    cycle: int
    rules: str
    decided: DoseAnswer

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the patient was not used."""
        return tuple(self.decided.notes)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `decisions`."""
        rows = [decision.as_dict() for decision in self.decided.decisions]
        return {"decisions": [{**row, "schedule": SCHEDULE_WORDS.get(str(row["schedule"]), "")} for row in rows]}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none: decisions have no picture."""
        return {}

    def text(self) -> str:
        """Give each drug with its dose, rule, reason and source, and what the answer is not for."""
        return f"{self.answer()}\n\n{WARNING}"

    def answer(self) -> str:
        """Give each drug with its dose, rule, reason and source."""
        decisions = self.decided.decisions
        lines = [*self._about(), ""]
        if not decisions:
            lines.append(self.sentence)
        width = max((len(decision.drug) for decision in decisions), default=0)
        wide = max((8, *(len(decision.action) for decision in decisions)))
        for one in decisions:
            orders = (f"{one.drug:<{width}}", f"{one.action:<{wide}}", _amount(one), _days(one))
            lines.append("  ".join(orders).rstrip())
        for one in decisions:
            rule = SCHEDULE_WORDS.get(one.rule, f"rule {one.rule}")  # no rule decides on what stands as ordered
            lines += ["", f"{one.drug}: {rule}: {one.because}.", f"  source {one.source}"]
        return "\n".join(lines)

    @property
    def sentence(self) -> str:
        """The dose of each drug, or what is done with it."""
        if not self.decided.decisions:
            return f"Nothing is ordered in cycle {self.cycle} of {self.regimen.id}."
        told = dict.fromkeys(_in_short(one) for one in self.decided.decisions)
        return capital(f"{', '.join(told)}.")

    def _about(self) -> list[str]:
        about = f"{self.regimen.label}, cycle {self.cycle}; rules: {self.decided.by_rules}"
        return [about, f"Read as: {self.decided.read_as}."]

    def content(self) -> Mapping[str, object]:
        """Give regimen, cycle, rules, what was understood, and the decisions."""
        return {
            "regimen": self.regimen.id,
            "cycle": self.cycle,
            "rules": self.rules,
            "indication": self.decided.indication,
            "read_as": self.decided.read_as,
            "warning": WARNING,
            "notes": self.notes,
            **self.tables(),
        }

    def document(self) -> Document:
        """Give the decisions as a document."""
        panel = part(
            title="Decisions", rows=[{name: row[name] for name in _SHOWN} for row in self.tables()["decisions"]]
        )
        return Document(
            title=f"Doses: {self.regimen.label}",
            lead=[self.sentence, *self._about()],
            notice=WARNING,
            sections=[panel, *notes_sections(self.notes)],
        )


_SHOWN = ("drug", "dose", "unit", "schedule", "days", "action", "because", "source")


def _in_short(decision: DrugDecision) -> str:
    """Say the dose, or where there is none what is done."""
    return f"{decision.drug} {_amount(decision)}" if decision.dose else f"{decision.action} {decision.drug}"


def _amount(decision: DrugDecision) -> str:
    often = "" if decision.schedule in ("", "as-ordered") else f" {SCHEDULE_WORDS[decision.schedule]}"
    return ("" if decision.dose is None else f"{decision.dose:g} {decision.unit}") + often


def _days(decision: DrugDecision) -> str:
    return f"day{'' if decision.days.isdigit() else 's'} {decision.days}" if decision.days else ""


@dataclass(frozen=True, repr=False)
class RuleSetInWords(Listing):
    """What a rule set does, one fact a sentence."""

    rules: str
    sentences: tuple[str, ...]

    @property
    def title(self) -> str:
        """What is listed."""
        return f"Dose rules {self.rules}"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `sentences`."""
        return {"sentences": [{"rules": self.rules, "sentence": sentence} for sentence in self.sentences]}

    def text(self) -> str:
        """Give the sentences, one a line."""
        return "\n".join(self.sentences)
