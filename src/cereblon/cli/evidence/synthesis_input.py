"""The trials that a command synthesises: from the evidence library, or from a person's own table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from cereblon.cli.evidence.synthesis_options import Asked, AskedOfSampler
from cereblon.cli.running import one_format

if TYPE_CHECKING:
    from cereblon.evidence.bayes import BayesianNetwork, BayesianSplit, Priors
    from cereblon.evidence.synthesis import ContrastData, NetworkResult
    from cereblon.evidence.synthesis.measure import Row


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
    about: Row


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
    if asked.cut not in ("latest", "first"):
        raise typer.BadParameter(f"--cut is {asked.cut}; latest or first")
    one_format(asked.as_json, asked.as_csv)
    if asked.data is not None:
        if asked.setting is not None:
            raise typer.BadParameter("give --setting for published trials, or --data for your own, not both")
        return _own_table(asked, whole)
    if asked.setting is None:
        raise typer.BadParameter(
            "--setting is missing: settings are never pooled silently; e.g. --setting rrmm, or --data FILE"
        )
    if asked.larger_is_better or asked.equal_arms:
        raise typer.BadParameter("--larger-is-better and --equal-arms belong to --data")
    return _published(asked, whole)


def _published(asked: Asked, whole: bool) -> Material:
    from cereblon.evidence.trial_networks import gather

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
    return Material(
        title=f"{found.endpoint} ({found.meaning}), setting {found.setting}",
        data=found.data,
        smaller_is_better=found.smaller_is_better,
        patients=found.patients,
        incomplete=found.incomplete,
        used=tuple(number.to_row() for number in found.used),
        left_out=tuple(entry.to_row() for entry in found.left_out),
        about={"endpoint": found.endpoint, "setting": found.setting, "settings": ", ".join(found.settings)},
    )


def _own_table(asked: Asked, whole: bool) -> Material:
    from dataclasses import replace

    from cereblon.evidence.synthesis import read_contrasts
    from cereblon.evidence.synthesis.measure import is_ratio
    from cereblon.evidence.trial_networks import find_treatment, keep_part

    assert asked.data is not None  # by load_material
    data = read_contrasts(
        asked.data,
        measure=asked.measure,
        correction=asked.correction,
        missing_pairs="equal-arms" if asked.equal_arms else "refuse",
    )
    left_out: list[Row] = [{"study": study, "what": "all", "why": why} for study, why in data.excluded]
    for study in asked.exclude or ():
        if study not in data.studies:
            from cereblon.errors import unknown_name

            raise unknown_name("study", study, data.studies)
        left_out.append({"study": study, "what": "all", "why": "left out on request"})
    kept = tuple(trial for trial in data.trials if trial.study not in (asked.exclude or ()))
    if not kept:
        raise typer.BadParameter("--exclude leaves no study")
    names = {trial.study for trial in kept}
    data = replace(data, trials=kept, counts=tuple(arm for arm in data.counts if arm.study in names))
    if asked.part is not None and not whole:
        data, gone = keep_part(data, find_treatment(asked.part, data.treatments))
        left_out += [{"study": study, "what": what, "why": "no trial joins it to this part"} for study, what in gone]
    if data.measure != "log_hr" and not asked.larger_is_better:
        way = "ratio or difference" if is_ratio(data.measure) else "effect"
        note = f"a smaller {way} is taken as better in ranks; --larger-is-better turns this round"
        data = replace(data, notes=(*data.notes, note))
    patients = dict[str, int]()
    for arm in data.counts:
        patients[arm.treatment] = patients.get(arm.treatment, 0) + int(arm.n)
    counted = {arm.study for arm in data.counts}
    uncounted = {name for trial in data.trials if trial.study not in counted for name in trial.treatments}
    return Material(
        title=f"{asked.data.name} ({data.measure})",
        data=data,
        smaller_is_better=not asked.larger_is_better,
        patients=patients,
        incomplete=tuple(sorted(uncounted)),
        used=(),
        left_out=tuple(left_out),
        about={"file": str(asked.data), "endpoint": None, "setting": None},
    )


def run_network(material: Material, asked: Asked) -> NetworkResult:
    """Make the frequentist network meta-analysis that was asked for."""
    from cereblon.errors import unknown_name
    from cereblon.evidence.synthesis import network_meta_analysis
    from cereblon.evidence.synthesis.measure import Interval
    from cereblon.evidence.trial_networks import find_treatment

    kinds: tuple[Interval, ...] = ("wald", "hartung-knapp", "hartung-knapp-adhoc")
    interval = next((kind for kind in kinds if kind == asked.interval), None)
    if interval is None:
        raise unknown_name("interval", asked.interval, kinds)
    reference = None
    if asked.reference is not None:
        reference = find_treatment(asked.reference, material.data.treatments)
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
    from cereblon.evidence.bayes import bayesian_network

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
    from cereblon.evidence.bayes import split_posterior

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
    from dataclasses import replace

    from cereblon.evidence.bayes import default_priors, parse_heterogeneity_prior

    priors = default_priors(result.data)
    if sampler.prior is not None:
        priors = replace(priors, heterogeneity=parse_heterogeneity_prior(sampler.prior))
    if sampler.effect_sd is not None:
        priors = replace(priors, effect_sd=sampler.effect_sd)
    return priors
