"""The trials that a command synthesises: from the evidence library, or from a person's own table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import typer

from cereblon.cli.evidence.synthesis_options import Asked, AskedOfSampler
from cereblon.cli.running import one_format, print_notes

if TYPE_CHECKING:
    from cereblon.synthesis.bayes import BayesianNetwork, BayesianSplit, Priors
    from cereblon.synthesis.frequentist import ContrastData, NetworkResult
    from cereblon.synthesis.frequentist.measure import Row


_USUAL_CORRECTION = 0.5


@dataclass(frozen=True)
class Material:
    """What is synthesised, and what is said about it.

    Attributes
    ----------
    title
        Endpoint and setting, or the file, in words.
    data
        Trials; may fall apart into several networks if `whole` was asked for.
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
        """Find a treatment by a name it goes under, and say on stderr how the name was read.

        Raises
        ------
        UnknownNameError
            If there is none, or none any more, with the reason.
        """
        from cereblon.core.errors import UnknownNameError
        from cereblon.synthesis.trial_networks import find_treatment

        try:
            found = find_treatment(name, self.data.treatments)
        except UnknownNameError as error:
            lost = {treatment: why for treatment, why in self.lost}
            try:
                gone = find_treatment(name, tuple(lost))
            except UnknownNameError:
                raise error from None
            raise UnknownNameError(
                f"treatment {gone} is lost, since no trial that is left has it ({lost[gone]})"
            ) from None
        if found != name:
            print_notes([f"treatment {name!r} was read as {found}"])
        return found

    def remarks(self, notes: Sequence[str]) -> dict[str, Any]:
        """Give the last keys of every answer for machines: numbers used, what was left out, and notes."""
        lost = [{"treatment": name, "why": why} for name, why in self.lost]
        return {"used": self.used, "left_out": self.left_out, "treatments_left_out": lost, "notes": list(notes)}

    def print_notes_beside_csv(self, notes: Sequence[str]) -> None:
        """Print on stderr what the other forms say beside the numbers."""
        print_notes([*notes, *(f"left out: {row['study']}, {row['what']}: {row['why']}" for row in self.left_out)])


def load_material(asked: Asked, *, whole: bool = False) -> Material:
    """Collect the trials that were asked for.

    Parameters
    ----------
    asked
        Options.
    whole
        Keep all parts of a network that falls apart.

    Raises
    ------
    typer.BadParameter
        If neither or both of --setting and --data are given.
    InputError
        If the trials cannot be synthesised.
    """
    if not 0.0 <= asked.correction < math.inf:
        raise typer.BadParameter(f"--correction is {asked.correction:g}; a number from 0 on, e.g. 0.5")
    if asked.cut not in ("latest", "first"):
        raise typer.BadParameter(f"--cut is {asked.cut}; latest or first")
    one_format(asked.as_json, asked.as_csv)
    if asked.data is not None:
        return _own_table(asked, whole)
    if asked.setting is None:
        raise typer.BadParameter(
            "--setting is missing: settings are never pooled silently; e.g. --setting rrmm, or --data FILE"
        )
    return _published(asked, whole)


def _published(asked: Asked, whole: bool) -> Material:
    from cereblon.synthesis.trial_networks import gather

    found = gather(
        asked.endpoint,
        asked.setting or "",
        strict=asked.strict,
        measure=asked.measure,
        grades=tuple(asked.grade or ()),
        at=asked.at,
        cut="first" if asked.cut == "first" else "latest",
        part=asked.part,
        whole=whole,
        exclude=tuple(asked.exclude or ()),
        correction=asked.correction,
    )
    data = replace(found.data, notes=(*found.data.notes, *_lost_notes(found.lost)))
    return Material(
        title=f"{found.endpoint} ({found.meaning}), setting {found.setting}",
        data=_with_correction_checked(data, asked),
        smaller_is_better=found.smaller_is_better,
        patients=found.patients,
        incomplete=found.incomplete,
        used=tuple(number.to_row() for number in found.used),
        left_out=tuple(entry.to_row() for entry in found.left_out),
        lost=found.lost,
        about={"endpoint": found.endpoint, "setting": found.setting, "settings": ", ".join(found.settings)},
    )


def _own_table(asked: Asked, whole: bool) -> Material:
    from cereblon.synthesis.frequentist import read_contrasts
    from cereblon.synthesis.frequentist.measure import is_ratio
    from cereblon.synthesis.trial_networks import find_treatment, keep_part

    assert asked.data is not None  # by load_material
    data = read_contrasts(
        asked.data,
        measure=asked.measure,
        correction=asked.correction,
        missing_pairs="equal-arms" if asked.equal_arms else "refuse",
        allow_implausible=asked.allow_implausible,
    )
    data = _with_correction_checked(data, asked)
    if asked.equal_arms and not any("correlation 0.5 was assumed" in note for note in data.notes):
        raise typer.BadParameter("--equal-arms changes nothing: no trial lacks a pair of its arms")
    read = data
    left_out: list[Row] = [{"study": study, "what": "all", "why": why} for study, why in data.excluded]
    for study in asked.exclude or ():
        if study not in data.studies:
            from cereblon.core.errors import unknown_name

            raise unknown_name("study", study, data.studies)
        left_out.append({"study": study, "what": "all", "why": "left out on request"})
    kept = tuple(trial for trial in data.trials if trial.study not in (asked.exclude or ()))
    if not kept:
        raise typer.BadParameter("--exclude leaves no study")
    names = {trial.study for trial in kept}
    data = replace(data, trials=kept, counts=tuple(arm for arm in data.counts if arm.study in names))
    if asked.part is not None and not whole:
        kept_with = find_treatment(asked.part, data.treatments)
        if kept_with != asked.part:
            print_notes([f"treatment {asked.part!r} was read as {kept_with}"])
        data, gone = keep_part(data, kept_with)
        left_out += [{"study": study, "what": what, "why": "no trial joins it to this part"} for study, what in gone]
    lost = (*read.lost, *lost_with(read, data, left_out))
    data = replace(data, notes=(*data.notes, *_lost_notes(lost[len(read.lost) :])))
    if data.measure != "log_hr" and not asked.larger_is_better:
        way = "ratio or difference" if is_ratio(data.measure) else "effect"
        note = f"a smaller {way} is taken as better in ranks; --larger-is-better turns this round"
        data = replace(data, notes=(*data.notes, note))
    patients = dict[str, int]()
    sized = [arm for arm in data.counts if not math.isnan(arm.n)]
    for arm in sized:
        patients[arm.treatment] = patients.get(arm.treatment, 0) + int(arm.n)
    counted = {arm.study for arm in sized}
    uncounted = {name for trial in data.trials if trial.study not in counted for name in trial.treatments}
    return Material(
        title=f"{asked.data.name} ({data.measure})",
        data=data,
        smaller_is_better=not asked.larger_is_better,
        patients=patients,
        incomplete=tuple(sorted(uncounted)),
        used=(),
        left_out=tuple(left_out),
        lost=lost,
        about={"file": str(asked.data), "endpoint": None, "setting": None},
    )


def lost_with(before: ContrastData, after: ContrastData, left_out: Sequence[Row]) -> tuple[tuple[str, str], ...]:
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


def _with_correction_checked(data: ContrastData, asked: Asked) -> ContrastData:
    """Refuse a correction where nothing is counted, and say so where no cell is zero."""
    if asked.correction == _USUAL_CORRECTION or any("a cell is zero" in note for note in data.notes):
        return data
    if not data.counts:
        raise typer.BadParameter("--correction changes nothing: no trial is given by counts")
    return replace(data, notes=(*data.notes, f"--correction {asked.correction:g} is not used: no cell is zero"))


def run_network(material: Material, asked: Asked) -> NetworkResult:
    """Make the frequentist network meta-analysis that was asked for."""
    from cereblon.core.errors import unknown_name
    from cereblon.synthesis.frequentist import network_meta_analysis
    from cereblon.synthesis.frequentist.measure import Interval

    kinds: tuple[Interval, ...] = ("wald", "hartung-knapp", "hartung-knapp-adhoc")
    interval = next((kind for kind in kinds if kind == asked.interval), None)
    if interval is None:
        raise unknown_name("interval", asked.interval, kinds)
    reference = None
    if asked.reference is not None:
        reference = material.find(asked.reference)
    return network_meta_analysis(
        material.data,
        model=asked.model,
        tau2_method=asked.tau2,
        reference=reference,
        interval=interval,
        level=asked.level,
    )


def run_sampler(result: NetworkResult, asked: Asked, sampler: AskedOfSampler) -> BayesianNetwork | None:
    """Sample the posterior if that was asked for."""
    if not sampler.bayes:
        return None
    from cereblon.synthesis.bayes import bayesian_network

    return bayesian_network(
        result.data,
        model=asked.model,
        reference=result.reference,
        priors=_priors(result, sampler),
        level=asked.level,
        chains=sampler.chains,
        draws=sampler.draws,
        seed=sampler.seed,
    )


def run_split(
    result: NetworkResult, treatment: str, versus: str, asked: Asked, sampler: AskedOfSampler
) -> BayesianSplit | None:
    """Sample direct and indirect evidence on one comparison, if the posterior was asked for and there are both."""
    if not sampler.bayes:
        return None
    from cereblon.synthesis.bayes import split_posterior

    return split_posterior(
        result.data,
        treatment,
        versus,
        model=asked.model,
        priors=_priors(result, sampler),
        level=asked.level,
        chains=sampler.chains,
        draws=sampler.draws,
        seed=sampler.seed,
    )


def _priors(result: NetworkResult, sampler: AskedOfSampler) -> Priors:
    from cereblon.synthesis.bayes import default_priors, parse_heterogeneity_prior

    priors = default_priors(result.data)
    if sampler.prior is not None:
        priors = replace(priors, heterogeneity=parse_heterogeneity_prior(sampler.prior))
    if sampler.effect_sd is not None:
        priors = replace(priors, effect_sd=sampler.effect_sd)
    return priors
