"""The published trials of one setting and endpoint, as data of a synthesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cereblon.core.errors import InputError, unknown_name
from cereblon.evidence.library import load_all
from cereblon.evidence.study import Fact, Study
from cereblon.synthesis.frequentist.contrast_data import ContrastData, assemble
from cereblon.synthesis.frequentist.measure import Measure
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount, Contrast
from cereblon.synthesis.trial_networks.choice_checks import (
    check_endpoint,
    check_excluded,
    check_options,
    checked_grades,
    count_scale,
)
from cereblon.synthesis.trial_networks.counts import arm_counts
from cereblon.synthesis.trial_networks.nodes import ArmRole, contained_in, find_treatment, settings_of
from cereblon.synthesis.trial_networks.parts import keep_part, largest_part
from cereblon.synthesis.trial_networks.ratios import PrintedRatios, ratio_contrasts
from cereblon.synthesis.trial_networks.selection import Cut, ExcludedEvidence, UsedNumber, roles_in
from cereblon.vocabulary.endpoints import Endpoint, vocabulary

_GOOD_IF_MORE = ("response",)


@dataclass(frozen=True)
class PublishedNetwork:
    """The randomised trials of one setting that report one endpoint.

    Attributes
    ----------
    setting, settings
        As asked for, and the settings of studies it holds.
    endpoint, meaning
        Name and meaning of the vocabulary.
    data
        For the synthesis; one connected network unless everything was asked for.
    smaller_is_better
        Whether a smaller effect favours the treatment above the line.
    patients
        Patients per treatment in the trials used, as far as the sizes of arms are published.
    incomplete
        Treatments with an arm of unknown size: they have more patients than `patients` says.
    used, left_out
        Every number that entered, with its source, and every trial that did not, with the reason.
    lost
        Treatments of trials that did not enter and of no other, with the reason.
    """

    setting: str
    settings: tuple[str, ...]
    endpoint: str
    meaning: str
    data: ContrastData
    smaller_is_better: bool
    patients: Mapping[str, int]
    incomplete: tuple[str, ...]
    used: tuple[UsedNumber, ...]
    left_out: tuple[ExcludedEvidence, ...]
    lost: tuple[tuple[str, str], ...] = ()


def published_network(
    endpoint: str,
    setting: str,
    *,
    strict: bool = False,
    measure: str | None = None,
    grades: Sequence[str] = (),
    at: str | None = None,
    cut: Cut = "latest",
    part: str | None = None,
    whole: bool = False,
    exclude: Sequence[str] = (),
    correction: float = 0.5,
    studies: Iterable[Study] | None = None,
) -> PublishedNetwork:
    """Collect the randomised trials of one setting that report an endpoint.

    Settings are never pooled beyond `SETTING_GROUPS`; studies that are not randomised, and meta-analyses, whose
    trials are counted themselves, are not used.

    Parameters
    ----------
    endpoint
        A hazard ratio (`pfs_hr`), a response (`orr`), adverse events (`ae_neutropenia`) or disposition of the
        vocabulary.
    setting, strict
        See `settings_of`.
    measure
        Scale for counts: log_or, log_rr or risk_difference; None for log_or. Hazard ratios fix theirs.
    grades
        Grades of an adverse event that are taken as one, the preferred one first. Needed when trials print several.
    at
        Clinical time point of a response, for example `after induction`; None for numbers without one.
    cut
        `latest` or `first` data cut of each trial; cuts are never averaged.
    part
        Treatment whose part of the network to keep when it falls apart; None for the part with most trials.
    whole
        Keep all parts.
    exclude
        Studies to leave out on request.
    correction
        Added to the cells of a trial with a zero cell; noted.
    studies
        To choose from; None for those of the package.

    Raises
    ------
    UnknownNameError
        If an endpoint, setting, grade or study is not known.
    InputError
        If the endpoint cannot be synthesised, a grade must be chosen, or no trial remains.
    """
    entry, held = vocabulary().endpoint(endpoint), settings_of(setting, strict=strict)
    check_endpoint(entry, measure)
    check_options(entry, grades, at)
    known = tuple(load_all() if studies is None else studies)
    unknown = [name for name in exclude if name not in {study.id for study in known}]
    if unknown:
        raise unknown_name("study", unknown[0], [study.id for study in known])
    chosen, left_out = _choose(known, held, entry.name, exclude)
    check_excluded(entry.name, setting, exclude, left_out)
    if entry.section == "safety":
        grades = checked_grades(entry.name, chosen, grades)
    scale: Measure = "log_hr" if entry.is_hazard_ratio else count_scale(measure)
    found = _collect(chosen, entry, scale, grades=grades, at=at, cut=cut)
    contrasts, arms, used, notes = found.contrasts, found.arms, found.used, found.notes
    left_out += found.left_out
    _refuse_none(found, left_out, endpoint, setting)
    if arms:
        who = "treated" if entry.section == "safety" else "randomised"
        notes.append(f"events are published percentages times the patients {who} per arm, rounded")
    data = assemble(contrasts, arms, measure=scale, correction=correction, missing_pairs="equal-arms", notes=notes)
    left_out += [ExcludedEvidence(study, "all", why) for study, why in data.excluded]
    if not whole:
        data, gone = _one_part(data, part)
        left_out += gone
    trials = set(data.studies)
    entered = [(study, roles) for study, roles in chosen if study.id in trials]
    first = [*_setting_notes(setting, held, entered), *_name_notes(entered, data.treatments)]
    data = replace(data, notes=(*first, *(note for note in data.notes if _is_about(note, trials, known))))
    sizes, incomplete = _patients(chosen, data)
    lost = _lost(chosen, data.treatments, left_out)
    return PublishedNetwork(
        setting=setting,
        settings=held,
        endpoint=entry.name,
        meaning=entry.meaning,
        data=data,
        smaller_is_better=entry.section not in _GOOD_IF_MORE,
        patients=sizes,
        incomplete=incomplete,
        used=tuple(number for number in used if number.study in trials),
        left_out=tuple(dict.fromkeys(left_out)),
        lost=lost,
    )


def _refuse_none(found: _TrialNumbers, left_out: Sequence[ExcludedEvidence], endpoint: str, setting: str) -> None:
    """Refuse a setting of which no trial can be used."""
    if not found.contrasts and not found.arms:
        listed = "; ".join(f"{entry.study}: {entry.why}" for entry in left_out) or "no randomised trial reports it"
        raise InputError(
            f"{endpoint} in the setting {setting}: no trial can be used ({listed})",
            hint="see what is published: cereblon evidence table --endpoint " + endpoint,
        )


def _one_part(data: ContrastData, part: str | None) -> tuple[ContrastData, list[ExcludedEvidence]]:
    """Keep the part of a network with a treatment, or the largest, and name what is lost."""
    start = largest_part(data) if part is None else find_treatment(part, data.treatments)
    if part not in (None, start):
        data = replace(data, notes=(*data.notes, f"treatment {part!r} was read as {start}"))
    data, gone = keep_part(data, start)
    return data, [
        ExcludedEvidence(study, what, "no trial joins it to the rest of the network") for study, what in gone
    ]


def _choose(
    known: Sequence[Study], held: Sequence[str], endpoint: str, exclude: Sequence[str]
) -> tuple[list[tuple[Study, dict[str, ArmRole]]], list[ExcludedEvidence]]:
    """Choose the randomised trials of some settings that print an endpoint, and say why others are left out."""
    chosen, left_out = list[tuple[Study, dict[str, ArmRole]]](), list[ExcludedEvidence]()
    for study in known:
        roles = roles_in(study, held)
        if not roles or not any(fact.arm in roles for fact in _facts_of(study, endpoint)):
            continue
        why = _why_not_a_trial(study, exclude)
        if why:
            left_out.append(ExcludedEvidence(study.id, "all", why))
        else:
            chosen.append((study, roles))
    return chosen, left_out


@dataclass
class _TrialNumbers:
    """The numbers of all trials."""

    contrasts: list[Contrast] = field(default_factory=list)
    arms: list[ArmCount] = field(default_factory=list)
    used: list[UsedNumber] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[ExcludedEvidence] = field(default_factory=list)


def _collect(
    chosen: Sequence[tuple[Study, Mapping[str, ArmRole]]],
    entry: Endpoint,
    scale: Measure,
    *,
    grades: Sequence[str],
    at: str | None,
    cut: Cut,
) -> _TrialNumbers:
    """Take counts where a trial prints them, and printed ratios where it does not."""
    got, is_hazard = _TrialNumbers(), entry.is_hazard_ratio
    for study, roles in chosen:
        if not is_hazard:
            counted = arm_counts(
                study,
                [fact for fact in study.facts if fact.endpoint == entry.name],
                roles,
                grades=grades,
                at=at,
                cut=cut,
                safety=entry.section == "safety",
            )
            if counted.arms or scale != "log_or":
                got.arms += counted.arms
                got.used += counted.used
                got.left_out += counted.left_out or ([] if counted.arms else _nothing(study, roles, PrintedRatios()))
                continue
        found = _ratios(study, entry.name, roles, cut, is_hazard, at)
        got.contrasts += found.contrasts
        got.used += found.used
        got.notes += found.notes
        if found.left_out or found.contrasts or is_hazard:
            got.left_out += found.left_out or _nothing(study, roles, found)
        else:
            got.left_out += counted.left_out or _nothing(study, roles, found)
    return got


def _facts_of(study: Study, endpoint: str) -> list[Fact]:
    return [f for f in study.facts if f.endpoint == endpoint or (f.endpoint == "or" and f.of == endpoint)]


def _ratios(
    study: Study, endpoint: str, roles: Mapping[str, ArmRole], cut: Cut, is_hazard: bool, at: str | None
) -> PrintedRatios:
    if is_hazard:
        facts = [fact for fact in study.facts if fact.endpoint == endpoint]
        return ratio_contrasts(study, facts, roles, cut, "hazard ratio")
    facts = [fact for fact in study.facts if fact.endpoint == "or" and fact.of == endpoint and at is None]
    return ratio_contrasts(study, facts, roles, cut, "odds ratio")


def _nothing(study: Study, roles: Mapping[str, ArmRole], found: PrintedRatios) -> list[ExcludedEvidence]:
    if found.contrasts:
        return []
    names = " versus ".join(dict.fromkeys(role.treatment for role in roles.values()))
    return [ExcludedEvidence(study.id, names, "published for subgroups or other analyses only")]


def _why_not_a_trial(study: Study, exclude: Sequence[str]) -> str:
    if study.id in exclude:
        return "left out on request"
    if study.kind != "randomised":
        return f"not a randomised trial ({study.kind})"
    parent = contained_in(study.id)
    return f"its patients are counted in {parent}" if parent else ""


def _lost(
    chosen: Sequence[tuple[Study, Mapping[str, ArmRole]]], left: Sequence[str], left_out: Sequence[ExcludedEvidence]
) -> tuple[tuple[str, str], ...]:
    """Name the treatments that only trials have that did not enter."""
    why = {entry.study: entry.why for entry in left_out}
    gone = dict[str, list[str]]()
    for study, roles in chosen:
        for name in dict.fromkeys(role.treatment for role in roles.values()):
            if name not in left:
                reason = f"study {study.id}: {why.get(study.id, 'its number for this arm is not published')}"
                gone.setdefault(name, []).append(reason)
    return tuple((name, "; ".join(whys)) for name, whys in sorted(gone.items()))


def _setting_notes(
    setting: str, held: Sequence[str], chosen: Sequence[tuple[Study, Mapping[str, ArmRole]]]
) -> list[str]:
    """Say in words when a network holds studies of more than one setting."""
    by_setting = {
        name: sorted(s.id for s, roles in chosen if any(role.setting == name for role in roles.values()))
        for name in held
    }
    mixed = {name: studies for name, studies in by_setting.items() if studies}
    if len(mixed) < 2:
        return []
    listed = "; ".join(f"{name}: {', '.join(studies)}" for name, studies in mixed.items())
    return [f"setting {setting} joins {listed}; --strict keeps one setting"]


def _is_about(note: str, trials: set[str], known: Sequence[Study]) -> bool:
    """Tell whether a note concerns the trials that are left; one that names no study always does."""
    named = [study.id for study in known if note.startswith(f"study {study.id}:")]
    return not named or any(study in trials for study in named)


def _name_notes(chosen: Sequence[tuple[Study, Mapping[str, ArmRole]]], treatments: Sequence[str]) -> list[str]:
    """Say which treatments have the name that their trial gives them, since our list of treatments lacks them."""
    own = {
        study.id: " and ".join(
            dict.fromkeys(
                role.treatment for role in roles.values() if not role.is_listed and role.treatment in treatments
            )
        )
        for study, roles in chosen
    }
    called = [f"{names} ({study})" for study, names in own.items() if names]
    return (
        [f"treatments called as their trial calls them, equal names taken as equal treatments: {'; '.join(called)}"]
        if called
        else []
    )


def _patients(
    chosen: Sequence[tuple[Study, Mapping[str, ArmRole]]], data: ContrastData
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Add up the patients per treatment over the trials used, and name treatments with an arm of unknown size."""
    total, unknown = dict[str, int](), set[str]()
    arms = {trial.study: trial.treatments for trial in data.trials}
    for study, roles in chosen:
        for arm, role in roles.items():
            if role.treatment in arms.get(study.id, ()):
                size = study.patients(arm)
                if size is None:
                    unknown.add(role.treatment)
                else:
                    total[role.treatment] = total.get(role.treatment, 0) + size
    return total, tuple(sorted(unknown))
