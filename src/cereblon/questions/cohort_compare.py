"""A built cohort beside simulation and publications: observed, simulated and published for every endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from cereblon.calibration.prediction import Sizes
from cereblon.cohort.beside.adverse_events import EVENT_COLUMNS
from cereblon.cohort.beside.comparison import (
    Beside,
    compare_beside,
    endpoint_rows,
    gap_rows,
    patient_rows,
    published_rows,
)
from cereblon.cohort.folder import CohortTables, read_cohort_folder
from cereblon.core.arguments import need_counts, out_of_range
from cereblon.core.errors import ArgumentError
from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row, grouped, number, text
from cereblon.evidence.library import load_all
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.questions.validate import prediction_draws
from cereblon.report.document import Block, Bullets, Document, Figure, Paragraph, Section, part, table_of
from cereblon.vocabulary.endpoints import vocabulary

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine

_CAUTIONS = (
    "Treatment in routine care is not randomised. The unexplained remainder mixes selection, care, how response and "
    "progression were recorded, and the error of the simulation.",
    "The simulated patients are those of the cohort, with their age, sex, laboratory values, stage and earlier "
    "lines; unknown values are those of similar patients. Treatment is that of the named trial with the dose "
    "rules of the label, stopped as often as in routine care; later lines are assumed.",
    "Trials ask for adverse events at every visit; those observed here are blood counts that were taken and "
    "diagnoses that were coded.",
    "The interval of a simulated number includes the uncertainty of the parameters, the spread between studies and "
    "chance in as many patients; that of an observed one includes chance alone.",
)


@final
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CohortComparison(Result):
    """A cohort beside simulation and publications.

    Tables: `endpoints` (a row per group and endpoint), `gaps` (from trial to cohort, in parts), `published`,
    `patients` (what is known of them) and `left_out`. A chart per group, by its key. Numbers of fewer patients than
    the small-cell limit of the cohort are masked.

    Parameters
    ----------
    built
        The cohort.
    estimand
        Kind of response and progression.
    beside
        What stands beside each other.
    point_values
        Why point values of the parameters stand in; empty where draws were used.
    """

    built: CohortTables
    estimand: str
    beside: Beside
    point_values: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Whom a similar patient stands for, what has no trial to be simulated by, and what it cannot tell."""
        said = [self.point_values] if self.point_values else []
        for one in self.beside.groups:
            if one.group.is_maintenance:
                said.append(f"{one.group.label}: not simulated, as maintenance begins within a line")
            elif one.like is None:
                said.append(f"{one.group.label}: not simulated, as no trial of it can be")
            elif one.patients is not None and one.patients.impossible:
                count = one.patients.impossible
                patients = "1 patient has" if count == 1 else f"{count} patients have"
                said.append(
                    f"{one.group.label}: {patients} values outside those of the simulation, and similar patients "
                    "were simulated instead"
                )
        return (*said, *_CAUTIONS)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `endpoints`, `adverse_events`, `gaps`, `published`, `patients` and `left_out`."""
        limit = self.built.definition.small_cell
        return {
            "endpoints": endpoint_rows(self.beside),
            "adverse_events": [row for one in self.beside.groups for row in one.adverse_events],
            "gaps": gap_rows(self.beside),
            "published": published_rows(self.beside),
            "patients": patient_rows(self.beside, fewest=limit),
            "left_out": [
                {"regimen": name, "n_lines": lines if lines >= limit else None, "why": why}
                for name, lines, why in self.beside.left_out
            ],
        }

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of tables that may be without a row."""
        return _COLUMNS

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw each group by its key: observed, simulated, trials and practice, an endpoint in each panel."""
        from cereblon.report.points import points_chart

        return {key: points_chart(rows) for key, rows in self._points().items()}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the picture of each group as a list."""
        from cereblon.report.points import point_lines

        return {key: point_lines(rows) for key, rows in self._points().items()}

    def _points(self) -> dict[str, list[Row]]:
        from cereblon.report.cohort_beside import beside_points

        published = grouped(published_rows(self.beside), lambda row: text(row, "group"))
        return {
            key: beside_points(rows, published.get(key, []), _NAMES)
            for key, rows in grouped(endpoint_rows(self.beside), lambda row: text(row, "group")).items()
        }

    def answer(self) -> str:
        """Say of each group response and progression-free survival, observed, simulated and published."""
        rows = {(row["group"], row["endpoint"]): row for row in endpoint_rows(self.beside)}
        said = []
        for one in self.beside.groups:
            shown = [
                f"{_NAMES[endpoint]} {_sides(rows[one.group.key, endpoint])}"
                for endpoint in ("orr", "pfs_median")
                if (one.group.key, endpoint) in rows
            ]
            said.append(f"{one.group.label} ({one.group.lines.height:,} lines): {'; '.join(shown)}.")
        return "\n".join(said or ["No group of the cohort has a regimen with lenalidomide of the evidence set."])

    def text(self) -> str:
        """Give the answer, a table per group, the gaps in parts, and what is left out."""
        parts = [self.answer()]
        for rows in grouped(endpoint_rows(self.beside), lambda row: text(row, "group")).values():
            parts.append(f"{text(rows[0], 'label')}\n{_endpoints_text(rows)}")
        events = self.tables()["adverse_events"]
        for rows in grouped(events, lambda row: text(row, "group")).values():
            parts.append(f"{text(rows[0], 'label')}: lines with adverse events, percent\n{_events_text(rows)}")
        if self.beside.gaps:
            told = "From trial to this cohort: the trial, with the patients of the cohort, with its treatment too"
            parts.append(f"{told}\n{_gaps_text(gap_rows(self.beside))}")
        left = [[str(row["regimen"]), _counted(row["n_lines"]), str(row["why"])] for row in self.tables()["left_out"]]
        if left:
            parts.append(f"Not compared\n{table_text(('regimen', 'lines', 'why'), left)}")
        return "\n\n".join(parts)

    def content(self) -> Mapping[str, object]:
        """Give cohort, estimand and tables."""
        return {
            "cohort": self.built.definition.label,
            "estimand": self.estimand,
            **{name: list(rows) for name, rows in self.tables().items()},
        }

    def document(self) -> Document:
        """Give each group with its picture and tables, the gaps, and what was left out, as a document."""
        tables, charts, lists = self.tables(), self.charts(), self.lists()
        sections = []
        for one in self.beside.groups:
            key, told = one.group.key, f"{one.group.label}: observed, simulated and published"
            blocks: list[Block | Section] = [Figure(charts[key], description=told, lines=lists[key])]
            gaps = [row for row in tables["gaps"] if row["group"] == one.group.key]
            blocks += [Paragraph(sentence) for sentence in map(_gap_sentence, gaps)]
            for title, name in (
                ("Every endpoint", "endpoints"),
                ("Adverse events, observed and published", "adverse_events"),
                ("Published", "published"),
                ("Patients", "patients"),
            ):
                own = [_without_group(row) for row in tables[name] if row["group"] == one.group.key]
                if own:
                    blocks.append(Section(title, [table_of(own)], key=f"{one.group.key}-{name}", folded=True))
            sections.append(Section(one.group.label[0].upper() + one.group.label[1:], blocks, key=one.group.key))
        if tables["gaps"]:
            sections.append(
                part(
                    "From trial to this cohort, in parts",
                    rows=_named_groups(tables["gaps"]),
                    sentences=(_PARTS,),
                    folded="Parts of each gap",
                )
            )
        if tables["left_out"]:
            sections.append(part("Not compared", rows=tables["left_out"], folded="Lines that are not compared"))
        sections.append(Section("What this cannot tell", [Bullets(self.notes)]))
        return Document(
            title=f"{self.built.definition.label}: observed, simulated, published",
            lead=self.answer().splitlines(),
            sections=sections,
        )


_COLUMNS: dict[str, tuple[str, ...]] = {
    "endpoints": (
        *("group", "label", "endpoint", "month", "unit", "observed", "observed_low", "observed_high", "n"),
        *(
            "simulated",
            "simulated_low",
            "simulated_high",
            "simulated_beyond",
            "trials",
            "trial_least",
            "trial_greatest",
        ),
        *("practices", "practice_least", "practice_greatest"),
    ),
    "adverse_events": EVENT_COLUMNS,
    "gaps": (
        *(
            "group",
            "label",
            "endpoint",
            "study",
            "name",
            "unit",
            "trial",
            "with_patients",
            "with_treatment",
            "observed",
        ),
        *("part_population", "part_treatment", "part_remainder"),
    ),
    "published": (
        *("group", "endpoint", "kind", "study", "name", "arm", "value", "low", "high", "unit", "status", "n"),
        *("source", "link"),
    ),
    "patients": ("group", "covariate", "unit", "value", "n", "patients"),
    "left_out": ("regimen", "n_lines", "why"),
}
_PARTS = (
    "The gap between trial and cohort in three parts: how the prediction changes with the patients of the cohort, "
    "how it changes when treatment is stopped as in routine care, and the rest, which is not explained. Parts add "
    "up on the logit of a percentage and the logarithm of a time."
)
_NAMES: dict[str, str] = {
    name: entry.label or entry.description
    for name, entry in vocabulary().endpoints.items()
    if not entry.name.startswith("baseline_")
}


def _without_group(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("group", "label")}


def _named_groups(rows: Sequence[Row]) -> list[Row]:
    """Show groups by what they are called."""
    return [{name: value for name, value in row.items() if name != "group"} for row in rows]


def _counted(value: object) -> str:
    return "few" if value is None else f"{value}"


def _shown(row: Row, name: str) -> str:
    value = number(row, name)
    return "" if value is None else f"{value:.0f}" if row["unit"] == "percent" else f"{value:.1f}"


def _with_ends(row: Row, name: str) -> str:
    if name == "simulated" and (beyond := _beyond(row)):
        low = _shown(row, "simulated_low")
        return f"{beyond} ({low} or more)" if low else beyond
    middle, low, high = (_shown(row, f"{name}{end}") for end in ("", "_low", "_high"))
    return middle if not middle or not (low or high) else f"{middle} ({low or '?'} to {high or 'NR'})"


def _range(row: Row, name: str) -> str:
    low, high = _shown(row, f"{name}_least"), _shown(row, f"{name}_greatest")
    return low if low == high else f"{low} to {high}"


def _beyond(row: Row) -> str:
    beyond = number(row, "simulated_beyond")
    return "" if beyond is None else f"above {beyond:.0f}"


def _sides(row: Row) -> str:
    found = {
        "observed": _shown(row, "observed"),
        "simulated": _shown(row, "simulated") or _beyond(row),
        "trials": _range(row, "trial"),
        "routine care": _range(row, "practice"),
    }
    unit = "%" if row["unit"] == "percent" else "months"
    return ", ".join(f"{name} {value} {unit}" for name, value in found.items() if value) or "not known"


def _endpoints_text(rows: Sequence[Row]) -> str:
    cells = [
        [
            _NAMES[text(row, "endpoint")] + (f" at {row['month']:g} months" if row["month"] else ""),
            _with_ends(row, "observed"),
            _with_ends(row, "simulated"),
            _range(row, "trial"),
            _range(row, "practice"),
        ]
        for row in rows
    ]
    heads = ("endpoint", "observed (95 %)", "simulated (90 %)", "trials", "routine care")
    return table_text(heads, cells, folded=("endpoint",))


def _events_text(rows: Sequence[Row]) -> str:
    shown = [{**row, "unit": "percent"} for row in rows]
    cells = [
        [
            _NAMES.get(text(row, "endpoint"), text(row, "endpoint").removeprefix("ae_").replace("_", " ")),
            text(row, "grade"),
            _with_ends(row, "observed") or "few",
            _range(row, "trial"),
            _range(row, "practice"),
        ]
        for row in shown
    ]
    return table_text(("event", "grade", "observed (95 %)", "trials", "routine care"), cells, folded=("event",))


def _gaps_text(rows: Sequence[Row]) -> str:
    cells: list[list[str]] = []
    for own in grouped(rows, lambda row: text(row, "group")).values():
        cells.append([text(own[0], "label")])
        cells += [
            [f"  {_NAMES[text(row, 'endpoint')]}", f"{_shown(row, 'trial')} ({text(row, 'study')})"]
            + [_shown(row, name) for name in ("with_patients", "with_treatment", "observed")]
            for row in own
        ]
    heads = ("endpoint", "trial", "+ patients", "+ treatment", "observed")
    return table_text(heads, cells, folded=("endpoint",))


def _gap_sentence(row: Row) -> str:
    trial, patients, treatment, seen = (
        _shown(row, name) for name in ("trial", "with_patients", "with_treatment", "observed")
    )
    unit = "%" if row["unit"] == "percent" else "months"
    name = text(row, "name").split(" (")[0]
    return (
        f"{_NAMES[text(row, 'endpoint')]}: {trial} {unit} in {name}; {patients} with the patients of "
        f"the cohort, {treatment} with treatment as in routine care too; {seen} observed."
    )


def compare(
    folder: Path | str,
    *,
    estimand: str | None = None,
    draws: int = 12,
    per_arm: int = 64,
    seed: int = 90_210,
    progress: Progress = None,
) -> CohortComparison:
    """Set a built cohort beside simulation and publications.

    Lines of one regimen with lenalidomide, in first or later lines, with or without transplantation, are a group. Its
    own patients are simulated with the regimen as a trial of it gave it; trials and studies of routine care of the
    same regimen and setting stand beside, and the gap between trial and cohort is split into patients, treatment and
    remainder.

    Parameters
    ----------
    folder
        Of a built cohort.
    estimand
        Kind of response and progression: strict, relaxed or real_world; that of the definition unless given.
    draws
        Parameter sets; 1 takes the point values.
    per_arm
        Subjects of each group in one of two replicates of a draw.
    seed
        Of the simulation.
    progress
        As for `compare`.

    Raises
    ------
    InputError
        If the folder is none of a built cohort.
    UnknownNameError
        If there is no estimand of the name.
    ArgumentError
        If a number cannot be.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.cohort.compare("cohort").table("gaps")  # doctest: +SKIP
    """
    need_counts(draws=draws, per_arm=per_arm, seed=seed)
    if problems := out_of_range(draws=(draws, 1, 200), per_arm=(per_arm, 16, 5000)):
        raise ArgumentError(problems[0])
    built = read_cohort_folder(folder)
    kind = built.definition.estimand_or(estimand)
    reporter = Reporter(progress)
    ensemble, why = prediction_draws(None, draws)
    beside = compare_beside(
        built,
        load_all(),
        estimand=kind,
        ensemble=ensemble,
        sizes=Sizes(draws=draws, per_arm=per_arm, seed=seed),
        report=reporter.say,
    )
    return CohortComparison(built=built, estimand=kind, beside=beside, point_values=why)
