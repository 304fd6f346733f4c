"""What `cereblon mechanism` shows: the question, its courses, and the same as text, data and picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from cereblon.core.errors import InputError

if TYPE_CHECKING:
    from cereblon.model.drugs.disposition import Person
    from cereblon.model.mechanism.solve import Course
    from cereblon.model.mechanism.treatment import Treatment
    from cereblon.report.mechanism import Drawing, MechanismContents

RESEARCH = "For research, not for the treatment of a patient."
_STANDARD: Mapping[str, float] = {"crcl_ml_min": 90.0, "weight_kg": 75.0, "height_cm": 172.0}
_BY_SURFACE = ("bortezomib", "ixazomib", "carfilzomib")
"""Drugs whose dose or kinetics go by body surface."""


@dataclass(frozen=True)
class Question:
    """What was asked on the command line."""

    partners: tuple[str, ...]
    mg: float | None  # lenalidomide; None for 25 mg, or what the regimen orders
    covariates: Mapping[str, float]
    knockout: tuple[str, ...]
    changes: Mapping[str, float]
    cycles: int
    regimen: str | None = None

    @property
    def days(self) -> int:
        """Length of the course."""
        from cereblon.cli.mechanism_regimen import days_of, regimen_of

        return 28 * self.cycles if self.regimen is None else days_of(regimen_of(self.regimen), self.cycles)

    @property
    def usual(self) -> str:
        """The dose of the standard case."""
        return "25 mg" if self.regimen is None else f"{self.regimen} as written"

    @property
    def is_what_if(self) -> bool:
        """Whether anything departs from the usual dose in the reference patient with an intact network."""
        usual = (None,) if self.regimen else (None, 25.0)
        return self.mg not in usual or self.covariates != _STANDARD or bool(self.knockout or self.changes)

    @property
    def words(self) -> str:
        """The case in one line."""
        mg = 25.0 if self.mg is None else self.mg
        if self.regimen is not None:
            given = self.regimen if self.mg is None else f"{self.regimen} with lenalidomide {mg:g} mg"
        else:
            given = f"lenalidomide {mg:g} mg on days 1 to 21 of 28" if mg else "no lenalidomide"
        c = self.covariates
        parts = [given, f"creatinine clearance {c['crcl_ml_min']:g} mL/min", f"{c['weight_kg']:g} kg"]
        parts += [f"{c['height_cm']:g} cm"] if c.get("height_cm", 172.0) != 172.0 else []
        parts += [f"without answer: {', '.join(self.knockout)}"] if self.knockout else []
        parts += [f"{name} = {value:g}" for name, value in self.changes.items()]
        return "; ".join(parts)


@dataclass(frozen=True, eq=False)
class Answer:
    """Courses of the question, and of the standard case if that differs."""

    question: Question
    courses: tuple[Course, ...]
    standard: tuple[Course, ...]  # empty unless the question is a what-if

    @property
    def shown(self) -> Course:
        """The course that is drawn and exported: what --with or --regimen names, else the first."""
        return self.courses[-1 if self.question.partners or self.question.regimen else 0]


def answer(question: Question) -> Answer:
    """Solve the network for a question.

    Raises
    ------
    CereblonError
        If the question does not fit the drugs or the person.
    """
    from cereblon.model.mechanism.solve import LONGEST, solve
    from cereblon.model.mechanism.treatment import adult

    if question.days > LONGEST:
        raise InputError(f"{question.cycles} cycles are {question.days} days; at most {LONGEST} can be solved")

    def courses(
        mg: float | None, covariates: Mapping[str, float], knockout: tuple[str, ...], changes: Mapping[str, float]
    ) -> tuple[Course, ...]:
        given = [one for one in _treatments(question, mg, adult(covariates)) if one.doses]
        _check_size(covariates, given)
        return tuple(solve(given, days=question.days, covariates=covariates, knockout=knockout, changes=changes))

    own = courses(question.mg, question.covariates, question.knockout, question.changes)
    plain = courses(None, _STANDARD, (), {}) if question.is_what_if else ()
    return Answer(question=question, courses=own, standard=plain[-len(own) :])


def _treatments(question: Question, mg: float | None, person: Person) -> list[Treatment]:
    from cereblon.cli.mechanism_regimen import regimen_of, treatments_of
    from cereblon.model.mechanism.scenarios import SHOWN, STANDARD_MG, treatment

    if question.regimen is not None:
        return treatments_of(regimen_of(question.regimen), person, question.cycles, mg)
    chosen = ((), question.partners) if question.partners else SHOWN
    amount = STANDARD_MG if mg is None else mg
    return [treatment(partners, person, mg=amount, cycles=question.cycles) for partners in chosen]


def _check_size(covariates: Mapping[str, float], given: Sequence[Treatment]) -> None:
    """Refuse to guess a weight, or the height that body surface needs."""
    drugs = {dose.drug for one in given for dose in one.doses}
    if "weight_kg" not in covariates:
        raise InputError("weight is not known, but acts on the drugs", hint="state weight and height together")
    by_surface = [drug for drug in _BY_SURFACE if drug in drugs]
    if "height_cm" not in covariates and by_surface:
        raise InputError(
            f"height is not known, but {by_surface[0]} goes by body surface", hint="state weight and height together"
        )


def print_text(found: Answer) -> None:
    """Print the table."""
    typer.echo(f"Lenalidomide's mechanism over {found.question.days} days: {found.question.words}")
    if found.standard:
        usual = f"{found.question.usual}, 90 mL/min, 75 kg"
        typer.echo(f"Mean over the course: standard case ({usual}, intact network) > what was asked")
    else:
        typer.echo(
            "Mean over the course; in brackets what is farthest from untreated, and its day, the first dose on day 0"
        )
    typer.echo("Untreated is 1; rows with a % sign are shares of a maximum and start from 0\n")
    heads = [course.treatment.name.replace("lenalidomide + ", "+ ") for course in found.courses]
    groups = list(table_rows(found))
    cells = [heads, *(values for _, rows in groups for _, values in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]

    def line(label: str, values: Sequence[str]) -> str:
        laid = "  ".join(f"{value:<{width}}" for value, width in zip(values, widths, strict=True))
        return f"{label:<26}{laid}".rstrip()

    typer.echo(line("", heads))
    for cell, rows in groups:
        typer.echo(cell)
        for label, values in rows:
            typer.echo(line(f"  {label}", values))
    typer.echo(f"\n{RESEARCH}", err=True)
    typer.echo("Directions are published, most sizes judged: cereblon parameters mechanism", err=True)


def table_rows(found: Answer) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Give the rows of the table by cell: label, and one text for each treatment."""
    from cereblon.model.mechanism.network import load_network
    from cereblon.model.mechanism.summary import full_labels, mean

    network, labels = load_network(), full_labels()

    def text(name: str, number: int) -> str:
        course, untreated = found.courses[number], network.nodes[name].untreated
        scale, digits = (100.0, 0) if untreated == 0.0 else (1.0, 2)
        own = mean(course.markers[name])
        if found.standard:
            before = mean(found.standard[number].markers[name])
            return f"{scale * before:.{digits}f} > {scale * own:.{digits}f}"
        at = int(abs(course.markers[name] - untreated).argmax())
        if abs(course.markers[name][at] - untreated) < 0.005:
            return f"{scale * own:.{digits}f}"
        extreme, day = scale * float(course.markers[name][at]), float(course.day[at])
        return f"{scale * own:.{digits}f} ({extreme:.{digits}f}, day {day:.0f})"

    for cell in [*(cell.label for cell in network.cells), "effect on the clone"]:
        own = [name for name in network.nodes if _cell_of(name) == cell]
        yield (
            cell,
            [
                (
                    labels[name].split(",")[0] + (" %" if network.nodes[name].untreated == 0.0 else ""),
                    [text(name, number) for number in range(len(found.courses))],
                )
                for name in own
            ],
        )


def _cell_of(name: str) -> str:
    from cereblon.model.mechanism.network import load_network

    network = load_network()
    x, y = network.nodes[name].at
    inside = (c.label for c in network.cells if c.box[0] <= x <= c.box[2] and c.box[1] <= y <= c.box[3])
    return next(inside, "effect on the clone")


def as_data(found: Answer, every: float) -> dict[str, object]:
    """Give everything as plain data."""
    from dataclasses import asdict

    from cereblon.model.mechanism.network import constants
    from cereblon.model.mechanism.summary import curve_rows, edge_rows, marker_rows

    asked, numbers = found.question, constants(found.question.changes)
    return {
        "remark": RESEARCH,
        "days": asked.days,
        "patient": dict(asked.covariates),
        "knockout": list(asked.knockout),
        "changes": dict(asked.changes),
        "treatments": [
            {
                "name": course.treatment.name,
                "doses": [asdict(dose) for dose in course.treatment.doses],
                "markers": marker_rows(course),
                "edges": edge_rows(course, numbers),
            }
            for course in found.courses
        ],
        "standard": [row for course in found.standard for row in marker_rows(course)],
        "curve": [row for course in found.courses for row in curve_rows(course, every)],
    }


def contents_of(found: Answer) -> MechanismContents:
    """Gather what the page and the pictures show."""
    from cereblon.model.mechanism.network import load_network
    from cereblon.model.mechanism.summary import curve_rows, edge_rows, full_labels
    from cereblon.report.mechanism import MechanismContents

    network, asked = load_network(), found.question
    labels = full_labels() | {name: source.label for name, source in network.inputs.items()}
    shown = found.shown
    first = [shown, *(course for course in found.courses if course is not shown)]
    names = [course.treatment.name for course in found.courses]
    return MechanismContents(
        title="What lenalidomide does",
        about=f"{asked.words}; {asked.days} days",
        treatments=tuple(names),
        markers={name: labels[name] for name in network.nodes},
        curves=[row for course in found.courses for row in curve_rows(course, 1.0 * asked.cycles)],
        drawings=tuple(_drawing(course, found) for course in first),
        summary=[
            {"where": cell, "marker": label, **dict(zip(names, values, strict=True))}
            for cell, rows in table_rows(found)
            for label, values in rows
        ],
        edges=[_edge(row, labels) for row in edge_rows(shown, _numbers(found))],
    )


def _edge(row: Mapping[str, object], labels: Mapping[str, str]) -> dict[str, str]:
    """Give an edge in words."""
    words = {name: str(row[name]) for name in ("sign", "quality", "evidence", "source")}
    return {"from": labels[str(row["from"])], "to": labels[str(row["to"])]} | words


def _numbers(found: Answer) -> Mapping[str, float]:
    from cereblon.model.mechanism.network import constants

    return constants(found.question.changes)


def _drawing(course: Course, found: Answer) -> Drawing:
    from cereblon.model.mechanism.network import load_network
    from cereblon.model.mechanism.summary import edge_rows, mean, strengths
    from cereblon.report.mechanism import Drawing
    from cereblon.report.network import Frame, Link, Place

    network, strength = load_network(), strengths(course)
    places = [
        Place(name, source.label, *source.at, strength[name], kind="input") for name, source in network.inputs.items()
    ]
    for name, node in network.nodes.items():
        held = name in found.question.knockout
        value = "no answer" if held else f"{mean(course.markers[name]):.2f}"
        places.append(Place(name, node.label, *node.at, strength[name], value, "held" if held else "node"))
    links = [
        Link(
            str(row["from"]),
            str(row["to"]),
            row["sign"] == "+",
            float(str(row["strength"])),
            f"{row['evidence']} ({row['source']})",
            bool(row["off"]),
        )
        for row in edge_rows(course, _numbers(found))
    ]
    frames = tuple(Frame(cell.label, cell.box) for cell in network.cells)
    about = f"{found.question.words}; {found.question.days} days"
    return Drawing(course.treatment.name, about, tuple(places), tuple(links), frames)
