"""The form of a rule set: ladders of doses, starting doses, and rules that hold, change, stop or give."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from cereblon.core.validation import Name, StrictModel
from cereblon.model.dosing.conditions import Condition, Conditions, model_drug, read_conditions
from cereblon.model.dosing.measures import MEASURES, SUPPORTS
from cereblon.model.drugs import DRUGS

SCHEDULES: tuple[str, ...] = ("as-ordered", "three-weeks-of-four", "every-other-day", "weekly")
"""How often a drug is taken, the sparser the later.

As ordered; not after day 21 of a cycle; on odd days of the cycle; only the first dose of each week.
"""

Schedule = Literal["as-ordered", "three-weeks-of-four", "every-other-day", "weekly"]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+-]{0,59}$")]
Text = Annotated[str, Field(min_length=1)]
Dose = Annotated[float, Field(gt=0, le=1e5)]
Basis = Literal["published", "assumed"]
MOST_THEN = 4


def _written(conditions: Conditions) -> dict[str, Any]:
    """Write conditions as they are read."""
    written: dict[str, Any] = {}
    for one in conditions:
        limits = {
            key: value
            for key, value in (
                ("from", one.at_least),
                ("above", one.more_than),
                ("to", one.at_most),
                ("below", one.less_than),
            )
            if abs(value) != float("inf")
        }
        if one.for_days:
            limits["for_days"] = one.for_days
        if one.measure == "earlier":
            written["after"] = {"rule": one.of, "times": limits}
        elif one.measure.startswith("with_"):
            written.setdefault("with" if one.at_least == 1.0 else "without", []).append(
                one.measure.removeprefix("with_")
            )
        else:
            words = MEASURES[one.measure].words
            equal = one.at_least == one.at_most
            written[one.measure] = words[int(one.at_least)] if words and equal and not one.for_days else limits
    return written


When = Annotated[
    tuple[Condition, ...],
    BeforeValidator(lambda data: data if isinstance(data, tuple) else read_conditions(data)),
    PlainSerializer(_written),
]


class RuleSource(StrictModel):
    """Where a rule was read.

    Parameters
    ----------
    citation, address
        The document, with its edition, and the copy of it that was read.
    official
        Where the authority keeps the text, if that is not what was read.
    quality
        primary, secondary or recalled.
    """

    citation: Text
    address: str = ""
    official: str = ""
    quality: Literal["primary", "secondary", "recalled"] = "secondary"


class DrugForm(StrictModel):
    """Dose levels of one drug.

    Parameters
    ----------
    unit
        Of the levels: the unit that regimens order the drug in.
    ladders
        Each from the highest level down. A course takes the ladder with the lowest top that reaches its ordered dose.
    relapsed
        The ladder of relapsed disease, where the label has another one for it.
    below_lowest
        What a reduction from the lowest level does: keep it, or stop the drug.
    surface_cap
        Body surface counts up to this, m2.
    source, basis, note
        Where the levels were read, and how sure that is.
    """

    unit: Literal["mg", "mg/m2", "mg/kg"]
    ladders: tuple[tuple[Dose, ...], ...] = ()
    relapsed: tuple[Dose, ...] = ()
    below_lowest: Literal["keep", "stop"] = "keep"
    surface_cap: Annotated[float, Field(gt=1, le=4)] | None = None
    source: Text
    basis: Basis = "published"
    note: str = ""

    @field_validator("ladders")
    @classmethod
    def _descends(cls, ladders: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        if len(ladders) > 3:
            raise ValueError(f"{len(ladders)} ladders; at most 3")
        for ladder in ladders:
            _check_ladder(ladder)
        if len({ladder[0] for ladder in ladders}) < len(ladders):
            raise ValueError("two ladders begin with the same dose")
        return tuple(sorted(ladders))

    @field_validator("relapsed")
    @classmethod
    def _descends_too(cls, ladder: tuple[float, ...]) -> tuple[float, ...]:
        _check_ladder(ladder)
        return ladder

    @property
    def levels(self) -> tuple[float, ...]:
        """Every dose on any ladder."""
        return tuple(sorted({level for ladder in (*self.ladders, self.relapsed) for level in ladder}, reverse=True))


def _check_ladder(ladder: tuple[float, ...]) -> None:
    if not 1 <= len(ladder) <= 8:
        raise ValueError(f"a ladder of {len(ladder)} levels; 1 to 8 are possible")
    if any(lower >= upper for upper, lower in pairwise(ladder)):
        raise ValueError(f"ladder {list(ladder)} does not descend")


class Change(StrictModel):
    """What happens to a drug's dose.

    Parameters
    ----------
    reduce
        Levels down the ladder.
    at_most
        New upper limit, in the drug's unit; on the ladder.
    schedule
        How often the drug is taken from now on.
    raise_levels
        Levels up the ladder, not above the starting dose (written `raise`).
    raise_to
        Dose to rise to, also above the starting dose, not above the order.
    stop
        `drug` or `all`, for good.
    """

    reduce: Annotated[int, Field(ge=0, le=3)] = 0
    at_most: Dose | None = None
    schedule: Schedule = "as-ordered"
    raise_levels: Annotated[int, Field(ge=0, le=2, alias="raise")] = 0
    raise_to: Dose | None = None
    stop: Literal["drug", "all"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Change:
        lowers = self.reduce > 0 or self.at_most is not None or self.schedule != "as-ordered"
        raises = self.raise_levels > 0 or self.raise_to is not None
        idle = [
            name for name in ("reduce", "raise_levels") if name in self.model_fields_set and not getattr(self, name)
        ]
        if idle:
            raise ValueError(f"{idle[0].removesuffix('_levels')}: 0 levels change nothing; write then: same")
        if lowers and raises:
            raise ValueError("lowers and raises the dose at once")
        if self.stop and (lowers or raises):
            raise ValueError("stops the drug and changes its dose at once")
        return self

    @property
    def lowers(self) -> bool:
        """Whether it takes the dose down, spreads it or ends it."""
        return bool(self.reduce or self.at_most is not None or self.schedule != "as-ordered" or self.stop)

    @property
    def raises(self) -> bool:
        """Whether it takes the dose up."""
        return self.raise_levels > 0 or self.raise_to is not None


def _read_change(data: Any) -> Any:
    return Change() if data == "same" else data


def _read_changes(data: Any) -> Any:
    listed = list(data) if isinstance(data, (list, tuple)) else [data]
    return tuple(_read_change(one) for one in listed)


def _read_drugs(data: Any) -> Any:
    if data == "all":
        return DRUGS
    listed = [data] if isinstance(data, str) else data
    return tuple(map(_read_drug, listed)) if isinstance(listed, (list, tuple)) else listed


def _read_drug(data: Any) -> Any:
    return model_drug(data) if isinstance(data, str) else data


Drugs = Annotated[tuple[str, ...], BeforeValidator(_read_drugs)]


class StartRule(StrictModel):
    """A starting dose; of several that apply the lowest counts.

    Parameters
    ----------
    id, drug
        Name of the rule; the drug it is about.
    when
        Conditions on the patient and the course.
    at_most
        Upper limit of the starting dose.
    share
        Part of the ordered dose.
    schedule
        How often.
    usual
        The label's full starting dose: limits nothing, and says where the full dose of a regimen stands.
    """

    id: Identifier
    drug: Annotated[str, BeforeValidator(_read_drug)]
    when: When
    at_most: Dose | None = None
    usual: Dose | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    schedule: Schedule = "as-ordered"
    source: Text
    basis: Basis = "published"
    note: str = ""

    @property
    def limits(self) -> bool:
        """Whether it can lower or spread a dose."""
        return self.at_most is not None or self.share < 1.0 or self.schedule != "as-ordered"


class Rule(StrictModel):
    """One rule of treatment.

    Parameters
    ----------
    id
        Name of the rule.
    drug
        One drug, several, or `all`; nothing for `give`.
    when
        Conditions; all must hold.
    do
        hold: leave out doses until `until`, then change the dose as `then` says. delay: on the first day of a cycle,
        begin it only when `until` holds, and count its days from there; then change the doses as after a hold.
        change: change it at once. stop, stop-all: end the drug, or all drugs of the line, for good. give: give `give`
        while the conditions hold. count: count blood cells in every week in which they hold, beside the usual visits.
    until
        End of a hold or a delay; without it that ends when its counts and grades are no longer as `when` says.
    then
        What becomes of the dose: one change, or one for the first time, one for the second and so on.
    again
        After the last of `then`: `last` repeats it, `cycle` begins again with the first.
    give
        aspirin, anticoagulant or g-csf.
    """

    id: Identifier
    drug: Drugs = ()
    when: When
    do: Literal["hold", "delay", "change", "stop", "stop-all", "give", "count"]
    until: When = ()
    then: Annotated[tuple[Change, ...], BeforeValidator(_read_changes), Field(min_length=1, max_length=MOST_THEN)] = (
        Change(),
    )
    again: Literal["last", "cycle"] = "last"
    give: str | None = None
    source: Text
    basis: Basis = "published"
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        problems = []
        strangers = [drug for drug in self.drug if drug not in DRUGS]
        if strangers:
            problems.append(f"drug: {', '.join(strangers)} is no drug of the model ({', '.join(DRUGS)})")
        if self.do == "give":
            if self.give not in SUPPORTS:
                problems.append(f"give: {self.give!r} is none of {', '.join(SUPPORTS)}")
            if self.drug:
                problems.append("drug: a rule that gives something is about no drug; use with: [drug]")
        elif self.do == "count":
            if self.drug:
                problems.append("drug: a rule that counts cells is about no drug; use with: [drug]")
            if self.give is not None:
                problems.append("give: belongs to do: give, not to do: count")
        elif not self.drug:
            problems.append("drug: none is named")
        elif self.give is not None:
            problems.append(f"give: belongs to do: give, not to do: {self.do}")
        if self.until and not self.holds:
            problems.append(f"until: belongs to do: hold or delay, not to do: {self.do}")
        if not (self.holds or self.do == "change") and self.then != (Change(),):
            problems.append(f"then: belongs to do: hold, delay or change, not to do: {self.do}")
        if self.do == "change" and self.then == (Change(),):
            problems.append("then: says nothing to change")
        if self.holds and any(change.raises for change in self.then):
            problems.append(
                f"then: a {self.do} cannot end with a higher dose than it began; write a change of its own"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def holds(self) -> bool:
        """Whether doses are left out while it lasts."""
        return self.do in ("hold", "delay")


class RuleSet(StrictModel):
    """A named set of dose rules.

    Parameters
    ----------
    id, title
        Name, and one line for people.
    drugs
        Levels by drug; a drug that is not named is given as ordered.
    start
        Starting doses.
    rules
        Rules of treatment.
    sources
        By key; a rule's `source` names one of them, or says where it is from.
    notes
        Remarks.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:-]{0,63}$")]
    title: Name
    drugs: dict[Annotated[str, BeforeValidator(_read_drug)], DrugForm] = Field(default_factory=dict)
    start: tuple[StartRule, ...] = ()
    rules: tuple[Rule, ...] = ()
    sources: dict[str, RuleSource] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def all_rules(self) -> tuple[StartRule | Rule, ...]:
        """Starting doses and rules of treatment."""
        return (*self.start, *self.rules)

    def source_of(self, key: str) -> str:
        """Write a source out: citation and address of a key, or the text itself."""
        source = self.sources.get(key)
        if source is None:
            return key
        official = f" (official text, not read: {source.official})" if source.official else ""
        return f"{source.citation} {source.address}".strip() + official
