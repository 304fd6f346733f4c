"""What an arm of a study file is given, read from its published regimen: the regimen that a simulation gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cereblon.core.errors import InputError
from cereblon.evidence import Arm, Study
from cereblon.evidence.study import DrugOrder, PublishedPhase, cycle_day_numbers
from cereblon.model.regimens import Regimen, grid_problems, parse_regimen
from cereblon.trials.published_regimen.canonical_orders import GivenDose, canonical
from cereblon.trials.published_regimen.completion import completion, library_regimen, section_of
from cereblon.trials.published_regimen.dose_words import OlderDose
from cereblon.trials.published_regimen.drug_orders import EarlierDoses, PhaseAtHand, given_doses
from cereblon.trials.published_regimen.span_words import cycles_of_name, read_cycles, read_length, read_procedure
from cereblon.trials.published_regimen.stand_ins import StandIn, drug_given, is_outside, stand_in
from cereblon.trials.published_regimen.transplantation import transplant_phases
from cereblon.vocabulary.drugs import find_regimen

_USUAL_CYCLE = 28
_ASSUMED = "assumed"  # the source of a phase whose numbers have none


@dataclass(frozen=True, kw_only=True)
class UnderstoodArm:
    """What a study file says of the treatment of an arm.

    Parameters
    ----------
    arm, label
        Key and label in the study.
    regimen
        What is given; None where it cannot be simulated.
    reason
        Why it cannot be simulated; empty where it can.
    assumed
        What the file does not say, and where it is taken from.
    remarks
        What the file says and a simulation does not do.
    older
        By drug, the dose of older patients.
    """

    arm: str
    label: str
    regimen: Regimen | None = None
    reason: str = ""
    assumed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    older: tuple[tuple[str, OlderDose], ...] = ()


def understand_study(study: Study) -> dict[str, UnderstoodArm]:
    """Read the regimen of every arm of a study but `all`; an arm that is not understood has a reason."""
    return {key: understand_arm(study, key) for key in study.arms if key != "all"}


def understand_arm(study: Study, key: str) -> UnderstoodArm:
    """Read the published regimen of an arm.

    Parameters
    ----------
    study
        With the arm.
    key
        Of the arm.
    """
    arm, section = study.arms[key], section_of(study)
    said = UnderstoodArm(arm=key, label=arm.label)
    if arm.pooled_of:
        return replace(said, reason=f"is pooled of {' and '.join(arm.pooled_of)}")
    if study.kind in ("meta-analysis", "pharmacovigilance"):
        return replace(said, reason=f"a {study.kind} study gives no treatment")
    if section is None:
        return replace(said, reason=f"no regimen can be given in the setting {study.setting}")
    if not arm.regimen:
        return _by_label(said, section)
    outside = _not_in_the_model(arm)
    if outside:
        return replace(said, reason=f"not in the model: {', '.join(outside)}")
    try:
        return _named_only(said, arm, section) or _ArmReader(study, key, section).read(said)
    except InputError as error:
        advice = f" ({error.hint})" if error.hint else ""
        return replace(said, reason=error.message.replace("\n", "; ") + advice)


def _by_label(said: UnderstoodArm, section: str) -> UnderstoodArm:
    """Give the library regimen of an arm without a regimen whose label is the name of one, such as Rd."""
    named = find_regimen(said.label)
    found = None if named is None else library_regimen(named.drugs, section)
    if named is None or found is None:
        return replace(said, reason="the file states no regimen for it")
    return replace(
        said, regimen=found, assumed=(f"the file has its label alone: given as the library regimen {found.id}",)
    )


def _not_in_the_model(arm: Arm) -> list[str]:
    found = [
        order.drug
        for phase in arm.regimen
        for order in phase.drugs
        if not _is_placebo(order) and is_outside(order, phase)
    ]
    return list(dict.fromkeys(found))


def _orders(arm: Arm) -> list[DrugOrder]:
    return [order for phase in arm.regimen for order in phase.drugs]


def _is_placebo(order: DrugOrder) -> bool:
    return re.search(r"\bplacebo\b", order.drug, flags=re.IGNORECASE) is not None


def _named_only(said: UnderstoodArm, arm: Arm, section: str) -> UnderstoodArm | None:
    """Give the library regimen of an arm of which the file names the drugs and no more."""
    says_more = any(
        (phase.cycle_days, phase.cycles, phase.duration, phase.procedure) != (None,) * 4 for phase in arm.regimen
    ) or any(
        (order.dose, order.days, order.every, order.cycles, order.months, order.condition) != (None,) * 6
        for order in _orders(arm)
    )
    stands_in = any(stand_in(order, phase) for phase in arm.regimen for order in phase.drugs)
    drugs = {drug_given(order, phase) for phase in arm.regimen for order in phase.drugs if not _is_placebo(order)}
    if stands_in or says_more or not drugs or len(arm.regimen) > 1:
        return None
    found = library_regimen(drugs, section)
    if found is None:
        raise InputError(
            f"the file gives no dose, and no library regimen has {', '.join(sorted(drugs))} ({section})",
            hint="give dose, route and days in the file",
        )
    return replace(
        said,
        regimen=found,
        assumed=(f"the file names the drugs alone: given as the library regimen {found.id}",),
        remarks=tuple(_notes(arm)),
    )


def _notes(arm: Arm) -> list[str]:
    """List what the file says in remarks of its own, which change nothing."""
    found = []
    for phase in arm.regimen:
        found += [f"{phase.phase}: {note}" for note in (phase.note,) if note]
        if phase.randomised:
            found.append(f"{phase.phase}: {phase.randomised}, by a randomisation of its own; not simulated")
        found += [
            f"{phase.phase}, {order.drug}: {note}"
            for order in phase.drugs
            for note in (order.note, order.flag)
            if note
        ]
        found += [
            f"{phase.phase}, {order.drug}: only if {order.condition}; not simulated"
            for order in phase.drugs
            if order.condition
        ]
    return found


class _ArmReader:
    """Reads the phases of an arm one after the other."""

    def __init__(self, study: Study, key: str, section: str) -> None:
        self._study, self._key, self._arm, self._section = study, key, study.arms[key], section
        self._source = "published"
        self._earlier: dict[str, EarlierDoses] = {}
        self._assumed: list[str] = []
        self._remarks = _notes(self._arm)
        self._older: dict[str, OlderDose] = {}
        self._cycles_before = 0

    def read(self, said: UnderstoodArm) -> UnderstoodArm:
        """Read the arm.

        Raises
        ------
        InputError
            Listing what is not understood.
        """
        phases: list[dict[str, object]] = []
        problems: list[str] = []
        for place, phase in enumerate(self._arm.regimen):
            try:
                phases += self._phase(phase, place)
            except (InputError, ValueError) as error:
                problems += [f"{phase.phase}: {line}" for line in str(error).replace("\n\nhint: ", " (").split("\n")]
                problems[-1] += ")" if "(" in problems[-1] and not problems[-1].endswith(")") else ""
        if problems:
            raise InputError("\n".join(problems))
        regimen = self._regimen(phases)
        if "dexamethasone" in regimen.drugs and "dexamethasone" not in self._older:
            self._assumed.append("dexamethasone above 75 years: as the dose rules say")
        return replace(
            said,
            regimen=regimen,
            assumed=tuple(dict.fromkeys(self._assumed)),
            remarks=tuple(dict.fromkeys(self._remarks)),
            older=tuple(self._older.items()),
        )

    def _regimen(self, phases: list[dict[str, object]]) -> Regimen:
        names: dict[str, int] = {}
        for phase in phases:
            name = str(phase["name"])
            names[name] = names.get(name, 0) + 1
            phase["name"] = name if names[name] == 1 else f"{name} {names[name]}"
        fields = {
            "id": regimen_id(self._study.id, self._key),
            "label": self._arm.label,
            "phases": phases,
            "sources": self._sources(phases),
        }
        regimen = parse_regimen(fields, where=f"arm {self._key}")
        if problems := grid_problems(regimen):
            raise InputError("\n".join(problems))
        return regimen

    def _sources(self, phases: Sequence[dict[str, object]]) -> dict[str, dict[str, str]]:
        used = {str(phase["source"]) for phase in phases}
        used |= {str(order["source"]) for phase in phases for order in phase.get("orders", [])}  # type: ignore[attr-defined]
        cited = {key: self._study.sources[key] for _, key in self._arm.cited}
        known = {
            key: {"citation": source.reference or source.link, "quality": str(source.quality)}
            for key, source in cited.items()
        }
        words = self._arm.regimen_assumed or "the file names no source"
        without = {"citation": f"study file {self._study.id}: {words}", "quality": "recalled"}
        known[self._source] = known.get(self._arm.regimen_source or "", without)
        others = {"citation": "assumed: not in the study file", "quality": "recalled"}
        return {key: known.get(key, {**others, "note": key}) for key in sorted(used)}

    def _phase(self, phase: PublishedPhase, place: int) -> list[dict[str, object]]:
        is_last = place == len(self._arm.regimen) - 1
        source = phase.source or (_ASSUMED if phase.assumed else self._source)
        self._assumed += [f"{phase.phase}: {phase.assumed}"] if phase.assumed else []
        if phase.procedure is not None:
            transplants = phase.transplants
            number = read_procedure(phase.procedure) if transplants is None else transplants
            if transplants is None and "single or tandem" in phase.procedure:
                self._assumed.append(f"{phase.phase}: one transplant")
            if "deferred" in phase.procedure or "late" in phase.procedure:
                self._assumed.append(f"{phase.phase}: upfront in everybody")
            before = any(read_procedure(one.procedure) == 0 for one in self._arm.regimen[:place] if one.procedure)
            made, assumed = transplant_phases(phase, number, collected=before, is_last=is_last, source=source)
            self._assumed += [f"{phase.phase}: {what}" for what in assumed]
            return made
        ordered = [order for order in phase.drugs if not _is_placebo(order) and order.condition is None]
        drugs = tuple(dict.fromkeys(drug_given(order, phase) for order in ordered))
        self._assumed += [f"{phase.phase}: {one.in_words()}" for order in ordered if (one := stand_in(order, phase))]
        cycle_days = self._cycle_days(phase, drugs)
        cycles = self._cycles(phase, drugs, cycle_days, is_last=is_last)
        at_hand = PhaseAtHand(
            name=phase.phase,
            drugs=drugs,
            section=self._section,
            cycle_days=cycle_days,
            cycles=cycles,
            offset=self._offset(ordered, cycles),
            source=source,
            earlier=self._earlier,
            older=self._older,
        )
        orders: list[dict[str, object]] = []
        problems: list[str] = []
        for drug in drugs:
            try:
                of_drug = [(order, stand_in(order, phase)) for order in ordered if drug_given(order, phase) == drug]
                orders += self._drug(drug, of_drug, at_hand)
            except InputError as error:
                named = (
                    error.message if error.message.startswith((drug, "the dose of")) else f"{drug}: {error.message}"
                )
                problems.append(named + (f" ({error.hint})" if error.hint else ""))
        if problems:
            raise InputError("\n".join(problems))
        self._assumed += at_hand.assumed
        self._remarks += at_hand.remarks
        self._cycles_before += cycles or 0
        if any(_is_placebo(order) for order in phase.drugs):
            self._remarks.append(f"{phase.phase}: the placebo is nothing")
        length: dict[str, object] = {"until": "progression"} if cycles is None else {"cycles": cycles}
        return [{"name": phase.phase, "cycle_days": cycle_days, **length, "source": source, "orders": orders}]

    def _drug(
        self, drug: str, orders: Sequence[tuple[DrugOrder, StandIn | None]], at_hand: PhaseAtHand
    ) -> list[dict[str, object]]:
        given = [one for order, other in orders for one in _doses(order, drug, other, at_hand)]
        made = canonical(drug, given, at_hand.cycles)
        if any(other for _, other in orders):  # what stands for a drug may be far from its own doses
            made = [{**order, "allow_implausible": True} for order in made]
        at_hand.earlier[drug] = EarlierDoses(
            drugs=frozenset(at_hand.drugs), cycle_days=at_hand.cycle_days, doses=tuple(given)
        )
        return made

    def _cycle_days(self, phase: PublishedPhase, drugs: Sequence[str]) -> int:
        if phase.cycle_days is not None:
            return phase.cycle_days
        if not drugs:
            return _USUAL_CYCLE
        days = [day for order in phase.drugs if order.days for day in cycle_day_numbers(order.days)]
        lengths = {
            before.cycle_days
            for drug in drugs
            if (before := self._earlier.get(drug)) is not None and before.drugs == frozenset(drugs)
        }
        if len(lengths) == 1 and max(days, default=1) <= min(lengths):
            (length,) = lengths
            self._assumed.append(f"{phase.phase}: cycles of {length} days as in the phase before")
            return length
        known = completion(drugs[0], drugs, self._section, None)
        length = known.phase.cycle_days if known and max(days, default=1) <= known.phase.cycle_days else _USUAL_CYCLE
        of = f" as in the library regimen {known.regimen.id}" if known and length == known.phase.cycle_days else ""
        self._assumed.append(f"{phase.phase}: cycles of {length} days{of}")
        return length

    def _cycles(self, phase: PublishedPhase, drugs: Sequence[str], cycle_days: int, *, is_last: bool) -> int | None:
        """Give the number of cycles; None until progression."""
        stated = [
            read_length(text, field=name)
            for name, text in (("duration", phase.duration), ("until", phase.until))
            if text
        ]
        limits = [cycles for one in stated if (cycles := one.in_cycles(cycle_days)) is not None]
        named = phase.cycles or cycles_of_name(phase.phase)
        if named is not None:
            wrong = [one for one in limits if abs(one - named) > 1]
            if wrong:
                raise InputError(
                    f"{named} cycles of {cycle_days} days, yet {phase.duration or phase.until!r} is {wrong[0]}",
                    hint="correct cycles, cycle_days or the duration",
                )
            return named
        if limits:
            return min(limits)
        if any(one.until for one in stated) or is_last:
            if not is_last:
                raise InputError(
                    "goes on until progression, yet another phase follows", hint="give it a number of cycles"
                )
            if not any(one.until for one in stated):
                self._assumed.append(f"{phase.phase}: until progression")
            return None
        ends = [read_cycles(order.cycles)[-1].last for order in phase.drugs if order.cycles]
        if ends and all(ends):
            return max(end for end in ends if end)
        known = completion(drugs[0], drugs, self._section, cycle_days) if drugs else None
        if (
            known is not None
            and known.phase.cycles is not None
            and set(drugs) == {one.drug for one in known.phase.orders}
        ):
            self._assumed.append(
                f"{phase.phase}: {known.phase.cycles} cycles as in the library regimen {known.regimen.id}"
            )
            return known.phase.cycles
        raise InputError("how many cycles is not said", hint="give cycles: 4, or duration: 1 year")

    def _offset(self, orders: Sequence[DrugOrder], cycles: int | None) -> int:
        """Give the cycles of earlier phases, where the file counts cycles through the whole regimen."""
        before = self._cycles_before
        named = [one for order in orders if order.cycles for one in read_cycles(order.cycles)]
        first = min((one.first for one in named), default=1)
        if before == 0 or first != before + 1:
            return 0
        if cycles is not None and max(one.last or one.first for one in named) <= cycles:
            return 0
        return before


def _doses(order: DrugOrder, drug: str, other: StandIn | None, at_hand: PhaseAtHand) -> list[GivenDose]:
    """Give what an order says, in doses of the drug that stands for its own where there is one."""
    if other is None:
        return given_doses(order, drug, at_hand)
    if order.dose is None:
        raise InputError(
            f"the dose of {other.of} is missing, and the library has none", hint="give its dose and days in the file"
        )
    before = at_hand.older.pop(drug, None)
    given = [other.scaled(one) for one in given_doses(replace(order, route=other.route), drug, at_hand)]
    if drug in at_hand.older:
        at_hand.older[drug] = other.scaled_older(at_hand.older[drug])
    if before is not None:
        at_hand.older[drug] = before
    return given


def regimen_id(study: str, arm: str) -> str:
    """Name the regimen of an arm after study and arm."""
    return re.sub(r"[^a-z0-9]+", "-", f"{study}-{arm}".lower()).strip("-")[:60].rstrip("-")
