"""The trials of a synthesis: published ones of a setting, or those of a table of one's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cereblon.core.arguments import kind_or_none, need_numbers, need_text, refuse_unused, several_texts, text_or_none
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError, unknown_name
from cereblon.core.given_tables import GivenTable, name_of, short_name_of
from cereblon.core.plain_text import capital
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.contrasts import read_contrasts
from cereblon.synthesis.frequentist.measure import Row, is_ratio
from cereblon.synthesis.trial_networks.nodes import find_treatment
from cereblon.synthesis.trial_networks.parts import keep_part
from cereblon.synthesis.trial_networks.published_trials import published_network
from cereblon.vocabulary.settings import ASKED_SETTING, SETTING_NAMES

_USUAL_CORRECTION = 0.5
_OF_PUBLISHED = "it chooses among published trials, and a table of your own was given"
_OF_TABLES = "published numbers were checked, and their direction and correlations are known"


@dataclass(frozen=True, kw_only=True)
class TrialSelection:
    """Which trials and numbers enter a synthesis, and how they are read.

    Attributes
    ----------
    measure
        Scale: log_or, log_rr, risk_difference (counts), log_irr (rates), log_hr or difference (effects); the usual
        one if None.
    grades
        Grade of a published adverse event, or several taken as one, the preferred one first.
    at
        Time point of a published response, for example 'after induction'.
    cut
        Data cut of each published trial: latest or first.
    strict
        Keep only published trials of exactly this setting.
    exclude
        Study to leave out, or several.
    part
        Where the network falls apart, keep the part with this treatment; the part with most trials if None.
    correction
        Added to the cells of a trial of counts with a zero cell.
    larger_is_better
        With a table of your own: a larger effect favours a treatment.
    equal_arms
        With a table of your own: take correlation 0.5 where a trial lacks some pairs of its arms.
    allow_implausible
        With a table of your own: take numbers that can hardly be right, and note each of them.
    """

    measure: str | None = None
    grades: str | Sequence[str] = ()
    at: str | None = None
    cut: str = "latest"
    strict: bool = False
    exclude: str | Sequence[str] = ()
    part: str | None = None
    correction: float = _USUAL_CORRECTION
    larger_is_better: bool = False
    equal_arms: bool = False
    allow_implausible: bool = False

    def __post_init__(self) -> None:
        """Refuse what no trials could be chosen by."""
        need_text(cut=self.cut)
        text_or_none(measure=self.measure, at=self.at, part=self.part)
        need_numbers(correction=self.correction)
        for name in ("grades", "exclude"):
            object.__setattr__(self, name, several_texts(name, getattr(self, name)))
        if not 0.0 <= self.correction < math.inf:
            raise ArgumentError(f"the correction is {self.correction:g}; a number from 0 on, e.g. 0.5")
        if self.cut not in ("latest", "first"):
            raise ArgumentError(f"the cut is {self.cut}; latest or first")


@dataclass(frozen=True)
class ChosenTrials:
    """What is synthesised, and what is said about it.

    Attributes
    ----------
    title
        Endpoint and setting, or the file, in words.
    data
        Trials; may fall apart into several networks if all parts were asked for.
    smaller_is_better
        Direction.
    patients, incomplete
        Per treatment, as far as known; treatments with an arm of unknown size.
    used, left_out
        Numbers with their sources; studies that are not used, with reasons.
    lost
        Treatments that only such studies have, with reasons.
    about
        Endpoint, setting or file for machines.
    """

    title: str
    data: ContrastData
    smaller_is_better: bool
    patients: Mapping[str, int]
    incomplete: tuple[str, ...]
    used: tuple[Row, ...]
    left_out: tuple[Row, ...]
    lost: tuple[tuple[str, str], ...]
    about: Row

    def find(self, name: str) -> str:
        """Find a treatment by a name it goes under.

        Raises
        ------
        UnknownNameError
            If there is none, or none any more, with the reason.
        """
        try:
            return find_treatment(name, self.data.treatments)
        except UnknownNameError as error:
            lost = dict(self.lost)
            try:
                gone = find_treatment(name, tuple(lost))
            except UnknownNameError:
                raise error from None
            raise UnknownNameError(
                f"treatment {gone} is lost, since no trial that is left has it ({lost[gone]})"
            ) from None

    def joined(self, above: str, below: str) -> ChosenTrials:
        """Keep the part of the network that holds both treatments.

        Raises
        ------
        InputError
            If both are the same, or no chain of trials joins them.
        """
        if above == below:
            raise InputError(f"{above} cannot be compared with itself")
        data, gone = keep_part(self.data, above)
        if below not in data.treatments:
            joined = ", ".join(name for name in data.treatments if name != above)
            raise InputError(
                f"{self.title}: no chain of trials joins {above} and {below}", hint=f"{above} is joined to {joined}"
            )
        why = "no trial joins it to the two treatments"
        left_out: list[Row] = [{"study": study, "what": what, "why": why} for study, what in gone]
        used = tuple(row for row in self.used if row["study"] in data.studies)
        lost = (*self.lost, *_lost_with(self.data, data, left_out))
        return replace(self, data=data, used=used, left_out=(*self.left_out, *left_out), lost=lost)


def read_as(given: str | None, found: str | None) -> tuple[str, ...]:
    """Say how the name of a treatment was read, where it is written otherwise."""
    return () if given in (None, found) else (f"treatment {given!r} was read as {found}",)


def choose_trials(
    setting: str | None,
    endpoint: str | None,
    data: GivenTable | None,
    selection: TrialSelection | None,
    *,
    whole: bool = False,
) -> ChosenTrials:
    """Collect the trials of a synthesis.

    Parameters
    ----------
    setting, endpoint
        Of published trials; no endpoint is progression-free survival.
    data
        A table of one's own instead: path, data frame of polars, or columns by name.
    selection
        Which of them, and how they are read; all, in the usual way, if None.
    whole
        Keep all parts of a network that falls apart.

    Raises
    ------
    ArgumentError
        If neither or both of setting and table are given, or something given would change nothing.
    InputError
        If the trials cannot be synthesised.
    """
    text_or_none(setting=setting, endpoint=endpoint)
    kind_or_none(TrialSelection, selection=selection)
    selection = selection or TrialSelection()
    if data is not None:
        chosen = {"setting": setting, "endpoint": endpoint, "strict": selection.strict, "grades": selection.grades}
        refuse_unused(chosen | {"at": selection.at, "cut": selection.cut != "latest"}, _OF_PUBLISHED)
        return _own_table(data, selection, whole)
    if setting is None:
        raise ArgumentError(
            "the setting is missing: settings are never pooled silently; e.g. rrmm, or a table of data"
        )
    read = ("larger_is_better", "equal_arms", "allow_implausible")
    refuse_unused({name: getattr(selection, name) for name in read}, _OF_TABLES)
    return _published(setting, endpoint or "pfs_hr", selection, whole)


def _published(setting: str, endpoint: str, selection: TrialSelection, whole: bool) -> ChosenTrials:
    word = ASKED_SETTING.find(setting) or setting
    read = () if word == setting else (f"setting {setting} is read as {word}",)
    found = published_network(
        endpoint,
        word,
        strict=selection.strict,
        measure=selection.measure,
        grades=tuple(selection.grades),
        at=selection.at,
        cut="first" if selection.cut == "first" else "latest",
        part=selection.part,
        whole=whole,
        exclude=tuple(selection.exclude),
        correction=selection.correction,
    )
    data = replace(found.data, notes=(*read, *found.data.notes, *_lost_notes(found.lost)))
    return ChosenTrials(
        title=f"{capital(found.meaning)}: {SETTING_NAMES[found.setting]} ({found.endpoint}, {found.setting})",
        data=_with_correction_checked(data, selection.correction),
        smaller_is_better=found.smaller_is_better,
        patients=found.patients,
        incomplete=found.incomplete,
        used=tuple(number.to_row() for number in found.used),
        left_out=tuple(entry.to_row() for entry in found.left_out),
        lost=found.lost,
        about={"endpoint": found.endpoint, "setting": found.setting, "settings": ", ".join(found.settings)},
    )


def _own_table(given: GivenTable, selection: TrialSelection, whole: bool) -> ChosenTrials:
    read = read_contrasts(
        given,
        measure=selection.measure,
        correction=selection.correction,
        missing_pairs="equal-arms" if selection.equal_arms else "refuse",
        allow_implausible=selection.allow_implausible,
    )
    read = _with_correction_checked(read, selection.correction)
    if selection.equal_arms and not any("correlation 0.5 was assumed" in note for note in read.notes):
        raise ArgumentError("equal arms change nothing: no trial lacks a pair of its arms")
    data, left_out = _without(read, selection.exclude)
    if selection.part is not None and not whole:
        kept_with = find_treatment(selection.part, data.treatments)
        data, gone = keep_part(data, kept_with)
        data = replace(data, notes=(*read_as(selection.part, kept_with), *data.notes))
        left_out += [{"study": study, "what": what, "why": "no trial joins it to this part"} for study, what in gone]
    lost = (*read.lost, *_lost_with(read, data, left_out))
    notes = [*data.notes, *_lost_notes(lost[len(read.lost) :])]
    if data.measure != "log_hr" and not selection.larger_is_better:
        way = "ratio or difference" if is_ratio(data.measure) else "effect"
        notes.append(f"a smaller {way} is taken as better in ranks; --larger-is-better turns this round")
    patients, incomplete = _sizes(data)
    return ChosenTrials(
        title=f"{short_name_of(given)} ({data.measure})",
        data=replace(data, notes=tuple(notes)),
        smaller_is_better=not selection.larger_is_better,
        patients=patients,
        incomplete=incomplete,
        used=(),
        left_out=tuple(left_out),
        lost=lost,
        about={"file": name_of(given), "endpoint": None, "setting": None},
    )


def _without(data: ContrastData, exclude: Sequence[str]) -> tuple[ContrastData, list[Row]]:
    """Leave studies out on request, and list all that are left out."""
    left_out: list[Row] = [{"study": study, "what": "all", "why": why} for study, why in data.excluded]
    for study in exclude:
        if study not in data.studies:
            raise unknown_name("study", study, data.studies)
        left_out.append({"study": study, "what": "all", "why": "left out on request"})
    kept = tuple(trial for trial in data.trials if trial.study not in exclude)
    if not kept:
        raise ArgumentError("no study is left: all are excluded")
    names = {trial.study for trial in kept}
    return replace(data, trials=kept, counts=tuple(arm for arm in data.counts if arm.study in names)), left_out


def _sizes(data: ContrastData) -> tuple[dict[str, int], tuple[str, ...]]:
    """Add up the patients per treatment, and name the treatments with an arm of unknown size."""
    patients = dict[str, int]()
    sized = [arm for arm in data.counts if not math.isnan(arm.n)]
    for arm in sized:
        patients[arm.treatment] = patients.get(arm.treatment, 0) + int(arm.n)
    counted = {arm.study for arm in sized}
    uncounted = {name for trial in data.trials if trial.study not in counted for name in trial.treatments}
    return patients, tuple(sorted(uncounted))


def _lost_with(before: ContrastData, after: ContrastData, left_out: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """Name the treatments that go with the studies left out."""
    why = {str(row["study"]): str(row["why"]) for row in left_out}
    gone = {name: [t.study for t in before.trials if name in t.treatments] for name in before.treatments}
    return tuple(
        (name, "; ".join(f"study {study}: {why.get(study, 'left out')}" for study in studies))
        for name, studies in gone.items()
        if name not in after.treatments
    )


def _lost_notes(lost: Sequence[tuple[str, str]]) -> list[str]:
    return [f"treatment {name} is lost, since no other study has it ({why})" for name, why in lost]


def _with_correction_checked(data: ContrastData, correction: float) -> ContrastData:
    """Refuse a correction where nothing is counted, and say so where no cell is zero."""
    if correction == _USUAL_CORRECTION or any("a cell is zero" in note for note in data.notes):
        return data
    if not data.counts:
        raise ArgumentError("the correction changes nothing: no trial is given by counts")
    return replace(data, notes=(*data.notes, f"the correction {correction:g} is not used: no cell is zero"))
