"""The individuals behind a published survival curve, models fitted to them, and what lies beyond the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cereblon.core.arguments import refuse_unused
from cereblon.core.errors import ArgumentError, InputError, unknown_name
from cereblon.core.given_tables import GivenTable, name_of
from cereblon.core.months import Months, read_month, read_months
from cereblon.core.plain_text import capital
from cereblon.core.rows import Row, relabelled
from cereblon.questions.curve_rows import CurveRows, describe, published_rows
from cereblon.questions.curve_text import curve_tables, curve_text, median_or_ratio
from cereblon.questions.result import Result
from cereblon.report.document import Document, part
from cereblon.synthesis.curves.arms import Counts, read_arms, rebuild_arms
from cereblon.synthesis.curves.guyot import Rebuilt
from cereblon.synthesis.curves.individuals import ENDPOINTS

if TYPE_CHECKING:
    import altair as alt

    from cereblon.evidence import Study

Origin = Literal["reconstructed", "observed", "reported"]

_WORDS = {"pfs": "progression-free survival", "os": "overall survival", "ttnt": "time to next therapy"}
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".parquet")
_NOBODY = "the library holds medians and rates of a study, not its curve"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SurvivalCurves(Result):
    """Survival curves: the individuals behind them, what was computed from them, and published numbers beside.

    Parameters
    ----------
    source
        Study, file or table that they come from.
    endpoint
        pfs, os or ttnt.
    origin
        Whether individuals were rebuilt, given, or nobody is known (numbers as published).
    arms
        The individuals, by arm.
    numbers
        What was computed and published; see `COLUMNS` of `curve_rows`.
    steps, fitted, hazards, published
        What the picture shows: Kaplan-Meier steps, fitted curves, observed hazards, published numbers.
    names
        Of the arms.
    follow_up
        Month where the data end; 0 where nobody is known.
    study_name
        Of the study as it is printed elsewhere; empty where there is none.
    labels
        What arms of the study are called where people read.
    """

    source: str
    endpoint: str
    origin: Origin
    arms: tuple[Rebuilt, ...]
    numbers: Sequence[Row]
    steps: Sequence[Row]
    fitted: Sequence[Row]
    hazards: Sequence[Row]
    published: Sequence[Row]
    names: Sequence[str]
    follow_up: float
    study_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def individuals(self) -> list[Row]:
        """One row for each patient, as `over_time` reads them: study, arm, month, and whether the event was seen."""
        return [
            {"study": self._study, "arm": arm.arm, "month": round(float(month), 6), "event": bool(seen)}
            for arm in self.arms
            for month, seen in zip(arm.month, arm.observed, strict=True)
        ]

    @property
    def _study(self) -> str:
        """The name of a file without its folder, or what else the source is called."""
        return Path(self.source).stem if self.source.endswith((".csv", ".yaml")) else self.source

    def text(self) -> str:
        """Give the numbers of each arm, and the fitted models, best first."""
        told = self._told()
        return "\n".join([*told, *([""] if told else []), curve_text(self._in_words(self.numbers))])

    def _told(self) -> list[str]:
        """Say medians and hazard ratios in a sentence; none where nothing can be said."""
        told = [sentence for row in self._in_words(self.numbers) if (sentence := median_or_ratio(row))]
        return [capital("; ".join(told)) + "."] if told else []

    def _in_words(self, rows: Sequence[Row]) -> list[Row]:
        """Call the arms of rows as people read them; files for programs have their keys."""
        return relabelled(rows, self.labels)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the numbers; where patients are known also them and the curves."""
        found: dict[str, Sequence[Row]] = {"numbers": self.numbers}
        if self.arms:
            found |= {"individuals": self.individuals, "kaplan_meier": self.steps}
        return found | ({"fitted": self.fitted, "hazards": self.hazards} if self.fitted else {})

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the curves with the fitted models, the hazards below."""
        from cereblon.report.extrapolation import extrapolation_chart

        drawn = extrapolation_chart(
            self._in_words(self.steps),
            self._in_words(self.fitted),
            self._in_words(self.hazards),
            [self.labels.get(name, name) for name in self.names],
            follow_up=self.follow_up,
            quantity=_WORDS[self.endpoint],
            published=self._in_words(self.published),
        )
        return {"curves": drawn}

    def content(self) -> Mapping[str, object]:
        """Give origin, numbers, individuals and warnings."""
        return {
            "origin": self.origin,
            "rows": self.numbers,
            "individuals": self.individuals,
            "warnings": self.warnings,
        }

    def document(self) -> Document:
        """Give curves and numbers as a document."""
        origin = "as published" if self.origin == "reported" else "reconstructed from a published curve"
        origin = "of the individuals given" if self.origin == "observed" else origin
        lead = [
            *self._told(),
            f"{_WORDS[self.endpoint].capitalize()}, {origin}. Source: {self.study_name or self.source}.",
            *self.warnings,
            *self.notes,
        ]
        if self.fitted:
            lead.append(
                "Beyond the dashed vertical line nothing was observed: each model is a guess of its own there. "
                "Models stand best first; * lies beyond the data."
            )
        tables = [part(title, rows=rows) for title, rows in curve_tables(self._in_words(self.numbers)).items()]
        panels = [part("Curves", chart=self.chart()), *tables]
        return Document(
            title=f"Survival curves: {self.study_name or self._study}", lead=lead, sections=panels, is_live=True
        )

    def save_individuals(self, path: Path | str) -> Path:
        """Write the individuals as CSV with the columns that `over_time` reads: study, arm, month, event.

        Raises
        ------
        InputError
            If nobody is known, or the file cannot be written.
        """
        from cereblon.core.output import csv_text
        from cereblon.core.output_files import write_text

        self._somebody()
        rows = [{**row, "month": f"{row['month']:.6g}", "event": int(bool(row["event"]))} for row in self.individuals]
        write_text(Path(path), csv_text(rows))
        return Path(path)

    def save_tables(self, folder: Path | str) -> Path:
        """Write the individuals as subject tables, one Parquet file each, to a new folder.

        Only the endpoint of the curve can be computed from them.

        Raises
        ------
        InputError
            If nobody is known, or the folder is there already or cannot be made.
        """
        from cereblon.core.durable_files import make_folders, making_folder
        from cereblon.synthesis.curves.individuals import subject_tables
        from cereblon.tables.parquet import parquet_bytes

        tables = subject_tables(self._somebody(), endpoint=self.endpoint, source_id=self.source)
        place = Path(folder)
        if place.exists():
            raise InputError(f"{folder}: is there already", hint="name a folder that is not there")
        try:
            make_folders(place.parent)
            with making_folder(place) as part:
                for name, table in tables.items():
                    (part / f"{name}.parquet").write_bytes(parquet_bytes(table))
        except OSError as error:
            raise InputError(f"{folder}: cannot be made ({error.strerror or error})") from error
        return place

    def _somebody(self) -> tuple[Rebuilt, ...]:
        if not self.arms:
            raise InputError(f"{self.source}: nobody is rebuilt; {_NOBODY}")
        return self.arms


def curve(
    study: str | Path | None = None,
    *,
    points: GivenTable | None = None,
    at_risk: GivenTable | None = None,
    data: GivenTable | None = None,
    patients: Counts = None,
    events: Counts = None,
    endpoint: str = "pfs",
    versus: str | None = None,
    models: str | Sequence[str] | None = None,
    landmark: Months | None = None,
    rmst: float | str | None = None,
    horizon: float | str | None = None,
    time_unit: str | None = None,
    event_coding: str | None = None,
    allow_implausible: bool = False,
) -> SurvivalCurves:
    """Rebuild individuals from a published survival curve, compare arms, fit models and extrapolate.

    Points need the numbers at risk, or at least the patients at the start; what had to be assumed and what does not
    fit together is said. With a study alone its published medians and rates are given; they are no curve, and nobody
    is rebuilt. Times are months, or text with a unit such as `2 years`.

    Parameters
    ----------
    study
        Id of a study or path of a study file, whose published medians and rates are given, alone or beside the curve.
    points
        Points read off the curve: columns month, survival or percent, and arm. A path or a table.
    at_risk
        Numbers at risk: month, at_risk, and arm, or one column for each arm. A path or a table.
    data
        Individuals instead of points: month, event, and arm. A path or a table.
    patients
        Patients at the start where there are no numbers at risk: of the only arm, or by arm.
    events
        Total number of events where it was published: of the only arm, or by arm.
    endpoint
        What the curve shows: pfs, os or ttnt.
    versus
        Arm that the others are compared with; the last in the alphabet if None.
    models
        Models to fit, by name; all, or none. All if None.
    landmark
        Months to read rates at.
    rmst
        Month to take restricted means to; the shortest follow-up if None.
    horizon
        Month to extrapolate to; twice the follow-up if None.
    time_unit
        Unit of a column called time, which does not say it: months, years, weeks, days.
    event_coding
        Events written as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).
    allow_implausible
        Accept times that no follow-up reaches.

    Returns
    -------
        Numbers of each arm and model, the individuals, and the curves.

    Raises
    ------
    ArgumentError
        If nothing to work on was given, or an argument is out of its range or would change nothing.
    UnknownNameError
        If a study, an arm or a model is not known.
    InputError
        If a file cannot be read, points and numbers contradict each other, or the study has no such number.

    Source
    ------
    Guyot et al., BMC Med Res Methodol 2012;12:9, for the reconstruction.

    Examples
    --------
    >>> import cereblon as cb
    >>> found = cb.curve("pollux", endpoint="pfs")
    >>> [(row["arm"], row["value"]) for row in found.numbers if row["quantity"] == "median"]
    [('drd', 44.5), ('rd', 17.5)]
    """
    endpoint = _known_endpoint(endpoint)
    lift = {"allow_implausible": allow_implausible}
    marks, mean_to = read_months(landmark, "landmark", **lift), read_month(rmst, "rmst", **lift)
    last = read_month(horizon, "horizon", **lift)
    if points is None and data is None:
        asked = {"models": models, "versus": versus, "landmark": landmark, "horizon": horizon, "rmst": rmst}
        if study is None:
            raise ArgumentError("give a study, points or data")
        refuse_unused(asked | {"time_unit": time_unit, "event_coding": event_coding}, _NOBODY)
    known = None if study is None else _study(study)
    published = None if known is None else published_rows(known, endpoint)
    arms, notes = _arms(points, at_risk, data, patients, events, time_unit, event_coding, allow_implausible)
    source = str(study) if study is not None else name_of(points if data is None else data)  # type: ignore[arg-type]
    if arms:
        if versus is not None and versus not in [arm.arm for arm in arms]:
            raise unknown_name("arm", versus, [arm.arm for arm in arms])
        found = describe(arms, versus=versus, landmarks=marks, rmst=mean_to, models=_models(models), horizon=last)
        if published is not None:
            _put_beside(found, published, source)
    elif published is None or not published.rows:
        raise InputError(f"{source}: no {endpoint} median or rate in the library")
    else:
        found = published
        found.warnings.append("published medians and rates only; the line between them is not known and not drawn")
    return SurvivalCurves(
        source=source,
        endpoint=endpoint,
        origin="reported" if not arms else "observed" if data is not None else "reconstructed",
        arms=tuple(arms),
        numbers=found.rows,
        steps=found.steps,
        fitted=found.fitted,
        hazards=found.hazards,
        published=found.published,
        names=found.arms,
        follow_up=found.follow_up,
        study_name="" if known is None else known.name,
        labels={} if known is None else {key: arm.label for key, arm in known.arms.items()},
        notes=(*notes, *found.notes),
        warnings=tuple(found.warnings),
    )


def _known_endpoint(given: str) -> str:
    if given.lower() not in ENDPOINTS:
        raise ArgumentError(f"endpoint is {given!r}; allowed: {', '.join(ENDPOINTS)}")
    return given.lower()


def _study(study: str | Path) -> Study:
    from cereblon.evidence import load_study

    if str(study).lower().endswith(_TABLES):
        raise ArgumentError(
            f"{study} is a table, and a study is needed here",
            hint="give points read off a curve with --points (points=), individuals with --data (data=)",
        )
    return load_study(study)


def _arms(
    points: GivenTable | None,
    at_risk: GivenTable | None,
    data: GivenTable | None,
    patients: Counts,
    events: Counts,
    time_unit: str | None,
    event_coding: str | None,
    allow_implausible: bool,
) -> tuple[list[Rebuilt], list[str]]:
    """Rebuild the individuals of each arm, or read them; nobody if neither points nor data were given."""
    if points is None:
        of_points = {"at_risk": at_risk, "patients": patients, "events": events}
        refuse_unused(of_points, "it is said of points, and there are none")
        if data is None:
            return [], []
        return read_arms(data, time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible)
    refuse_unused({"data": data, "event_coding": event_coding}, "the individuals are rebuilt from points")
    if at_risk is not None:
        refuse_unused({"patients": patients}, "the numbers at risk say it")
    return rebuild_arms(
        points, at_risk, patients=patients, events=events, time_unit=time_unit, allow_implausible=allow_implausible
    )


def _models(given: str | Sequence[str] | None) -> Sequence[str]:
    from cereblon.synthesis.curves.fits import STANDARD_MODELS

    if given is None:
        return STANDARD_MODELS
    names = [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)
    alone = names[0].lower() if len(names) == 1 else ""
    return STANDARD_MODELS if alone == "all" else () if alone == "none" else names


def _put_beside(found: CurveRows, published: CurveRows, study: str) -> None:
    """Put a study's published numbers beside the curve."""
    found.rows += published.rows
    found.published = [row for row in published.published if row["arm"] in found.arms]
    if len(found.published) < len(published.published):
        found.warnings.append(
            f"published numbers of {study} are drawn for arms of its names only ({', '.join(published.arms)})"
        )
