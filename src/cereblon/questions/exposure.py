"""Which exposure a dose gives: concentration over time and its metrics, in one kind of patient or a population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from cereblon.core.bounds import need_between
from cereblon.core.errors import ArgumentError, unknown_name
from cereblon.core.plain_text import capital, table_text
from cereblon.core.rows import Row
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.covariates import COVARIATES, Covariates, Written, read_covariate
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.exposure.percentiles import curve_of, describe_patients, metrics_of
from cereblon.model.exposure.profile import ExposureSetting, Profile, event_data, notes_of, profile
from cereblon.model.exposure.request import (
    DoseRequest,
    describe,
    describe_change,
    from_regimen,
    other_request,
    request_label,
    told_apart,
)
from cereblon.model.exposure.subjects import Subjects
from cereblon.model.exposure.variations import COMPARABLE, LONGEST_COURSE, Pairs, pairs_text, read_changes, read_pairs
from cereblon.questions.exposure_refusals import refuse_idle, refuse_same
from cereblon.questions.result import MadeWhenAsked, Result
from cereblon.report.document import Bullets, Document, Paragraph, Section, notes_sections, part

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike

BAND = "5 to 95 % of subjects"
_MISSED = "Known misses: observed, and not met by the model (cereblon pk --checks gives the simulated values)."


def pk(
    drug: str,
    *,
    dose: str | None = None,
    schedule: str | None = None,
    route: str | None = None,
    infusion: float | None = None,
    fed: bool = False,
    regimen: str | None = None,
    cycles: int | None = None,
    days: float | None = None,
    steady_state: bool = False,
    compare: Pairs | None = None,
    change: Sequence[str] | Mapping[float, Pairs] = (),
    subjects: Subjects | None = None,
    allow_implausible: bool = False,
    **patient: Unpack[Covariates],
) -> ExposureResult:
    """Ask which exposure a dose gives.

    A patient not described is a man of 65 years, 75 kg and 172 cm, creatinine clearance 90 mL/min, albumin 37 g/L,
    IgG myeloma. Bands run from 5 to 95 % of subjects. Steady state is computed in closed form.

    Parameters
    ----------
    drug
        By its name, brand or short form.
    dose
        "25 mg", "1.3 mg/m2", "16 mg/kg"; the usual one if None.
    schedule
        Days of a cycle as "1-21/28" or "21 of 28 days", an interval as "q24h" or "q7d", or "once"; the usual one
        if None.
    route
        oral, iv or sc; the usual one if None.
    infusion
        Length of an infusion, minutes; the usual one if None.
    fed
        Taken with a high-fat meal (lenalidomide).
    regimen
        Take dose, schedule and route from this regimen of the library.
    cycles
        Number of cycles given, 1 to 400, and shown unless `days` says otherwise; what suits the drug if None.
    days
        Length of the curve, 0.01 to 4000 days; what suits the drug if None.
    steady_state
        Show doses at steady state, not the first.
    compare
        A second patient or dose, as {"crcl": 25, "dose": "10 mg"} or "crcl=25,dose=10 mg".
    change
        What changes so many days after the first dose, as {14: {"crcl": 30}} or ["14: crcl=30,dose=15 mg"].
    subjects
        Whom to draw; 1,000 copies of the patient who differ in what is not described, unless given.
    allow_implausible
        Accept a dose far outside what is given.
    **patient
        Covariates; see `Covariates`. One stated beside a population holds for all of its patients.

    Returns
    -------
        Tables `curve` and `metrics`, pictures `linear` and `logarithmic`.

    Raises
    ------
    UnknownNameError
        If drug, covariate, regimen or population is not known.
    InputError
        If a value cannot be read, is not possible, or changes nothing beside the others.

    Examples
    --------
    >>> import cereblon as cb
    >>> found = cb.pk("lenalidomide", dose="10 mg", crcl=40, subjects=cb.Subjects(typical=True))
    >>> round(found.median("auc_inf"))  # ng h/mL
    1956
    """
    from cereblon.core.small_programs import keep_small_programs
    from cereblon.vocabulary.drugs import need_drug

    need_between("cycles", cycles, 1, 400)
    need_between("days", days, 0.01, LONGEST_COURSE)
    name = need_drug(drug, DRUGS)
    setting = ExposureSetting(
        kinetics=load_kinetics(name),
        subjects=subjects or Subjects(),
        cycles=cycles,
        days=days,
        steady_state=steady_state,
        changes=read_changes(change),
    )
    ordered = {"dose": dose, "schedule": schedule, "route": route}
    given = {one for one, value in {**ordered, "regimen": regimen}.items() if value is not None}
    if regimen is not None:
        from cereblon.trials.library import load_one_line

        from_library = dict(zip(ordered, from_regimen(load_one_line(regimen), name), strict=True))
        ordered = {one: value or from_library[one] for one, value in ordered.items()}
    stated = _stated(patient)
    first = DoseRequest(
        label=request_label(stated, setting.subjects.population),
        covariates=dict(read_covariate(one, value) for one, value in stated.items()),
        fed=fed,
        infusion_min=infusion,
        allow_implausible=allow_implausible,
        **ordered,
    )
    other = None if compare is None else pairs_text(compare)
    requests = [first] if other is None else [told_apart(first, other), other_request(first, other)]
    compared = {} if other is None else read_pairs("--compare", other, COMPARABLE)
    refuse_idle(given | set(stated), compared, requests, setting)
    keep_small_programs()
    drawn = _covariates_of(setting.subjects)
    profiles = tuple(profile(one, setting, drawn) for one in requests)
    refuse_same(compared, profiles, setting.kinetics)
    return ExposureResult(asked_drug=drug, profiles=profiles, setting=setting)


def _stated(patient: Covariates) -> dict[str, Written]:
    """Give the covariates that were stated, in their usual order.

    Raises
    ------
    UnknownNameError
        If one is not known.
    """
    written: dict[str, Written] = {
        name.replace("_", "-"): value  # type: ignore[misc]  # the values of a TypedDict are objects to mypy
        for name, value in patient.items()
        if value is not None
    }
    for name in written:
        if name not in COVARIATES:
            raise unknown_name("covariate", name, list(COVARIATES))
    return {name: written[name] for name in COVARIATES if name in written}


def _covariates_of(subjects: Subjects) -> Mapping[str, ArrayLike]:
    """Draw the patients of a population, as covariates by field of `Patient`; none without a population."""
    if subjects.population is None:
        return {}
    from cereblon.core.random_streams import root_key
    from cereblon.model.patients import load_population

    patients = load_population(subjects.population).draw(root_key(subjects.root_seed), np.arange(subjects.count))
    return {
        "age": patients.age,
        "male": patients.male.astype(float),
        "weight_kg": patients.weight_kg,
        "height_cm": patients.height_cm,
        "crcl_ml_min": patients.crcl_ml_min,
        "albumin_g_l": patients.albumin_g_l,
        "igg": (patients.isotype == 0).astype(float),
        "b2m_mg_l": patients.b2m_mg_l,
        "m_protein_g_l": patients.m_protein_g_l,
    }


@dataclass(frozen=True, eq=False, repr=False)
class ExposureResult(Result):
    """Exposure of one kind of patient, or of two that are compared.

    Parameters
    ----------
    asked_drug
        The drug as it was named.
    profiles
        Request, subjects and exposure, one or two.
    setting
        What both share.
    """

    asked_drug: str
    profiles: tuple[Profile, ...]
    setting: ExposureSetting

    @property
    def drug(self) -> str:
        """The drug."""
        return self.setting.kinetics.drug

    @property
    def notes(self) -> tuple[str, ...]:
        """What was understood of names, doses, schedules and changes."""
        renamed = [f"drug {self.asked_drug!r} is read as {self.drug}"] if self.asked_drug != self.drug else []
        return (*renamed, *notes_of(self.profiles, self.setting))

    def median(self, metric: str, number: int = 0) -> float:
        """Give the median of a metric over subjects; `number` 1 is the second patient.

        Raises
        ------
        ArgumentError
            If there is no such metric or patient.
        """
        if not 0 <= number < len(self.profiles):
            raise ArgumentError(f"there is no patient {number}; the first is 0")
        found = metrics_of(self.profiles[number].exposure)
        if metric not in found:
            raise ArgumentError(f"metric {metric!r} is not known here; known: {', '.join(found)}")
        return found[metric]["median"]

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give percentiles over subjects: `curve` by time, and `metrics`."""
        curve: list[Row] = [
            {"patient": one.request.label, **row} for one in self.profiles for row in curve_of(one.exposure)
        ]
        metrics: list[Row] = [
            {"patient": one.request.label, "metric": name, **summary, "meaning": one.exposure.metrics[name].meaning}
            for one in self.profiles
            for name, summary in metrics_of(one.exposure).items()
        ]
        return {"curve": curve, "metrics": metrics}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw concentration over time on a `linear` and a `logarithmic` axis."""
        title = self._words()[0] if len(self.profiles) == 1 else self._title()
        axes = {"linear": False, "logarithmic": True}
        return MadeWhenAsked({name: partial(self._chart, title, log=log) for name, log in axes.items()})

    def _chart(self, title: str, *, log: bool = False) -> alt.TopLevelMixin:
        from cereblon.report.concentration import concentration_chart

        rows = self.tables()["curve"]
        return concentration_chart(rows, unit=self.setting.kinetics.unit, title=title, band=BAND, log=log)

    def _title(self) -> str:
        return f"{capital(self.drug)}: concentration over time"

    def _words(self) -> list[str]:
        """Say what was asked, of whom, and what the curve is."""
        kinetics, subjects = self.setting.kinetics, self.setting.subjects
        lines = [
            describe(one.request, kinetics, one.order, describe_patients(one.patient, kinetics.covariates))
            for one in self.profiles
        ]
        first = self.profiles[0]
        lines += [describe_change(one, kinetics, first.order.route, first.request) for one in self.setting.changes]
        when = "at steady state" if self.setting.steady_state else "from the first dose"
        error = ", with residual error" if subjects.measured else ""
        return [*lines, f"{subjects.description}; {when}{error}"]

    def text(self) -> str:
        """Give what was asked, a small picture and the metrics."""
        from cereblon.report.exposure_text import MARKS, sketch

        labels = [one.request.label for one in self.profiles]
        marks = ", ".join(
            f"{dot} median and {shade} {BAND.removesuffix(' of subjects')} of {label}"
            for label, (shade, dot) in zip(labels, MARKS, strict=False)
        )
        picture = sketch([curve_of(one.exposure) for one in self.profiles])
        shown = [self.sentence, *self._words(), picture, f"{' ' * 10}{marks}\n"]
        return "\n".join([*shown, self._metrics_text(), *self._misses()])

    def answer(self) -> str:
        """Give the main metrics, what was asked, and all metrics; a notebook draws the curve itself."""
        return "\n".join([self.sentence, *self._words(), "", self._metrics_text(), *self._misses()])

    @property
    def known_misses(self) -> tuple[str, ...]:
        """What was observed of this drug and is known not to come out of the model, in sentences."""
        from cereblon.verification.exposure_checks.checks import observations

        return tuple(
            f"{one.quantity}: observed {one.observed:g}{'' if one.unit == '1' else f' {one.unit}'}; {one.reason}."
            for one in observations().values()
            if one.drug == self.drug and one.known_miss
        )

    def _misses(self) -> list[str]:
        lines = [f"  {one}" for one in self.known_misses]
        return ["", _MISSED, *lines] if lines else []

    @property
    def sentence(self) -> str:
        """Area, peak and half-life; of two patients how the second differs from the first."""
        from cereblon.report.exposure_text import main_metrics

        return main_metrics(self.drug, self.tables()["metrics"])

    def _metrics_text(self) -> str:
        from cereblon.report.exposure_text import metric_rows

        rows = metric_rows(self.tables()["metrics"])
        values = [name for name in rows[0] if name not in ("metric", "unit", "meaning")]
        lines: list[list[str]] = []
        for row in rows:
            heading = ", ".join(filter(None, (row["meaning"], row["unit"])))
            lines += [[heading], [f"  {row['metric']}", *(row[name] for name in values)]]
        return f"median ({BAND})\n{table_text(['metric', *values], lines)}"

    def content(self) -> Mapping[str, object]:
        """Give drug, notes, and metrics and curve of each kind of patient."""
        parts = [{"metrics": metrics_of(one.exposure), "curve": curve_of(one.exposure)} for one in self.profiles]
        about: dict[str, object] = {"drug": self.drug, "notes": self.notes}
        if len(parts) == 1:
            return {**about, **parts[0]}
        labels = [one.request.label for one in self.profiles]
        named = [{"patient": label, **part} for label, part in zip(labels, parts, strict=True)]
        return {**about, "compare": named}

    def document(self) -> Document:
        """Give both pictures, which can be moved and zoomed, and the metrics as a document."""
        from cereblon.report.exposure_text import metric_rows

        axes = {"Concentration over time": False, "The same on a logarithmic axis": True}
        rows = metric_rows(self.tables()["metrics"])
        panels = [part(title=name, chart=self._chart(name, log=log)) for name, log in axes.items()]
        panels.append(part(title="Metrics", rows=rows, sentences=("Median (5 to 95 % of subjects).",)))
        if self.known_misses:
            panels.append(Section("Known misses", [Paragraph(_MISSED), Bullets(self.known_misses)]))
        panels += notes_sections(self.notes)
        return Document(title=self._title(), lead=[self.sentence, *self._words()], sections=panels, is_live=True)

    def event_data(self) -> str:
        """Write doses and observations as a NONMEM-style data set, CSV.

        Raises
        ------
        InputError
            If two patients are compared, or the course is at steady state or changes.
        """
        if len(self.profiles) > 1:
            raise ArgumentError("--events does not apply with --compare: a data set holds one of the two")
        return event_data(self.profiles[0], self.setting)

    def save_event_data(self, path: Path | str) -> str:
        """Write `event_data` into a file, and say in a sentence what it holds.

        Raises
        ------
        InputError
            As `event_data`, or if the file cannot be written.
        """
        from cereblon.core.output_files import write_text
        from cereblon.model.exposure.event_columns import centre, compartments

        text, kinetics = self.event_data(), self.setting.kinetics
        write_text(Path(path), text)
        places = ", ".join(f"{number} {name}" for number, name in compartments(kinetics).items())
        return (
            f"{path}: {text.count(chr(10)) - 1} rows; TIME and II in h, AMT in mg, RATE in mg/h; "
            f"doses into {places}, concentrations of {centre(kinetics)}"
        )
