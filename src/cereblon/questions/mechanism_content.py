"""What the mechanism network shows: the same courses as a table in words, as plain values and as a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from cereblon.core import plain_text
from cereblon.core.plain_text import capital
from cereblon.model.mechanism.network import constants, load_network
from cereblon.model.mechanism.solve import MarkerCourse
from cereblon.model.mechanism.summary import curve_rows, edge_rows, full_labels, marker_rows, mean, strengths
from cereblon.questions.mechanism_question import MechanismCourses
from cereblon.report.document import RESEARCH
from cereblon.report.mechanism import MechanismReportData, NetworkDrawing
from cereblon.report.network import Frame, Link, Place

_MOST_CHANGED = 3  # markers that a sentence names
_MAIN = {
    "ikaros": "IKZF1 in the myeloma cell",
    "irf4": "IRF4",
    "direct_killing": "direct killing",
    "growth": "growth of the clone",
    "maturation": "maturation of marrow cells",
}


def table_text(found: MechanismCourses) -> str:
    """Lay the table out: markers by cell, a column for each treatment."""
    asked = found.question
    lines = [*told(found), "", f"Lenalidomide's mechanism over {asked.days} days: {asked.description}"]
    if found.standard:
        usual = f"{asked.usual}, 90 mL/min, 75 kg"
        lines.append(f"Mean over the course: standard case ({usual}, intact network) > what was asked")
    else:
        lines.append(
            "Mean over the course; in brackets what is farthest from untreated, and its day, the first dose on day 0"
        )
    lines.append("Untreated is 1; rows with a % sign are shares of a maximum and start from 0\n")
    heads = [course.treatment.name.replace("lenalidomide + ", "+ ") for course in found.courses]
    rows = [
        line
        for cell, members in table_rows(found)
        for line in ([cell], *([f"  {name}", *of] for name, of in members))
    ]
    lines.append(plain_text.table_text(["", *heads], rows, narrowest=30))
    return "\n".join(lines)


def table_rows(found: MechanismCourses) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Give the rows of the table by cell: label, and one text for each treatment."""
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
    network = load_network()
    x, y = network.nodes[name].at
    inside = (c.label for c in network.cells if c.box[0] <= x <= c.box[2] and c.box[1] <= y <= c.box[3])
    return next(inside, "effect on the clone")


def as_data(found: MechanismCourses, every: float) -> dict[str, object]:
    """Give everything as plain data."""
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


def report_data_of(found: MechanismCourses) -> MechanismReportData:
    """Gather what the page and the pictures show."""
    network, asked = load_network(), found.question
    labels = full_labels() | {name: source.label for name, source in network.inputs.items()}
    shown = found.shown
    first = [shown, *(course for course in found.courses if course is not shown)]
    names = [course.treatment.name for course in found.courses]
    return MechanismReportData(
        title="What lenalidomide does",
        about=f"{asked.description}; {asked.days} days",
        treatments=tuple(names),
        markers={name: labels[name] for name in network.nodes},
        curves=[row for course in found.courses for row in curve_rows(course, 1.0 * asked.cycles)],
        told=told(found),
        drawings=tuple(_drawing(course, found) for course in first),
        summary=[
            {"where": cell, "marker": label, **dict(zip(names, values, strict=True))}
            for cell, rows in table_rows(found)
            for label, values in rows
        ],
        edges=[_edge(row, labels) for row in edge_rows(shown, _numbers(found))],
    )


def told(found: MechanismCourses) -> list[str]:
    """Say of the first treatment what becomes of transcription factors, clone and marrow, and what others change.

    Values are means over the course. Where a standard case was asked for beside, each treatment is set against it.
    """
    if found.standard:
        return _against_standard(found)
    first, *others = found.courses
    share = {name: f"{100 * mean(values):.0f} %" for name, values in first.markers.items()}
    said = (
        f"{capital(first.treatment.name)}, mean over {found.question.days} days: IKZF1 in the myeloma cell is at "
        f"{share['ikaros']} and IRF4 at {share['irf4']} of untreated, direct killing at {share['direct_killing']} of "
        f"its maximum; the clone grows at {share['growth']} of its rate, and marrow cells mature at "
        f"{share['maturation']} of theirs."
    )
    return [said, *(_changed(f"{course.treatment.name} changes most", course, first) for course in others)]


def _against_standard(found: MechanismCourses) -> list[str]:
    """Say what the change does to the first treatment, and to growth of the clone under the others."""

    def both(number: int, marker: str) -> str:
        own, usual = (100 * mean(courses[number].markers[marker]) for courses in (found.courses, found.standard))
        return f"{own:.0f} % instead of {usual:.0f} %"

    names = [course.treatment.name for course in found.courses]
    parts = [f"{words} {both(0, marker)}" for marker, words in _MAIN.items()]
    first = f"{capital(names[0])}, mean over {found.question.days} days, against the standard case"
    others = [f"{name} {both(number, 'growth')}" for number, name in enumerate(names) if number]
    said = [f"{first}: {'; '.join(parts)}."]
    return [*said, f"Growth of the clone with the others: {'; '.join(others)}."] if others else said


def _changed(name: str, course: MarkerCourse, usual: MarkerCourse) -> str:
    """Name the markers whose means differ most from those of another course."""
    labels = full_labels()
    pairs = {marker: (100 * mean(usual.markers[marker]), 100 * mean(own)) for marker, own in course.markers.items()}
    most = sorted(pairs, key=lambda marker: -abs(pairs[marker][1] - pairs[marker][0]))[:_MOST_CHANGED]
    parts = [
        f"{labels[marker]} {pairs[marker][1]:.0f} % instead of {pairs[marker][0]:.0f} %"
        for marker in most
        if abs(pairs[marker][1] - pairs[marker][0]) >= 1
    ]
    return f"{capital(name)}: {'; '.join(parts) or 'no marker by a percentage point'}."


def _edge(row: Mapping[str, object], labels: Mapping[str, str]) -> dict[str, str]:
    """Give an edge in words."""
    words = {name: str(row[name]) for name in ("sign", "quality", "evidence", "source")}
    return {"from": labels[str(row["from"])], "to": labels[str(row["to"])]} | words


def _numbers(found: MechanismCourses) -> Mapping[str, float]:
    return constants(found.question.changes)


def _drawing(course: MarkerCourse, found: MechanismCourses) -> NetworkDrawing:
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
    about = f"{found.question.description}; {found.question.days} days"
    return NetworkDrawing(course.treatment.name, about, tuple(places), tuple(links), frames)
