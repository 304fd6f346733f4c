"""How lenalidomide works: the published steps, and the markers that the simulator computes for one cycle."""

from __future__ import annotations

import re

import altair as alt
from markupsafe import Markup

from cereblon.model.mechanism.network import load_network
from cereblon.model.mechanism.scenarios import SHOWN, treatment
from cereblon.model.mechanism.solve import MarkerCourse, solve
from cereblon.model.mechanism.summary import full_labels, marker_rows
from cereblon.model.mechanism.treatment import adult
from cereblon.report import style
from cereblon.report.document import Block, Figure, Paragraph, Section, Table
from cereblon.report.narrow import NarrowLine, narrow_line
from cereblon.report.review.traces import Traces

MARKERS: tuple[str, ...] = ("vegf", "il_6", "cytochrome_c", "caspase_8", "effector", "direct_killing")
KEY = "mechanism"


def mechanism_chapter(traces: Traces) -> Section:
    """Write the chapter on the mechanism, with markers simulated for one cycle of the reference patient."""
    courses = solve([treatment(partners, adult()) for partners in SHOWN])
    traces.simulate(
        KEY,
        "the mechanism network of `cereblon mechanism`: one cycle of 28 days, lenalidomide 25 mg on days 1 to 21 and"
        " partners in their usual doses, reference patient; deterministic, without random numbers",
    )
    network = load_network()
    present = [name for name in MARKERS if name in network.nodes]
    published = sum(edge.quality == "published" for edge in network.edges)
    counted = f"{published} of {len(network.edges)} steps"
    opening = Markup(
        "Lenalidomide binds cereblon, the part of a ubiquitin ligase that chooses which proteins are destroyed,"
        " and turns it on {} and {}, two transcription factors that myeloma cells depend on. Their loss lowers {} and"
        " {}; the cells stop growing and die. In T cells the same loss raises {}, which arms T cells and"
        " natural killer cells against the myeloma and makes antibodies such as daratumumab work better."
        " Dexamethasone, proteasome inhibitors and antibodies kill in other ways, which is why they are combined. The"
        " same effect on the marrow's own cells causes the low neutrophils and platelets."
    ).format(*(traces.name(name) for name in ("Ikaros (IKZF1)", "Aiolos (IKZF3)", "IRF4", "MYC", "interleukin-2")))
    limits = Markup(
        "In the simulator the direction of {} comes from publications; the size of most is our judgement, so the"
        " picture shows an idea of the mechanism and no measurement."
    ).format(traces.simulation(KEY, "edges", counted))
    caption = Markup("Simulated markers over one cycle: {} of the untreated level. Not measured in patients.").format(
        Markup("share or multiple")
    )
    blocks: list[Block | Section] = [
        Paragraph(opening),
        Figure(
            _chart(courses, present),
            caption,
            "Simulated markers over one cycle, by treatment",
            lines=_lines(courses, present),
        ),
        Paragraph(limits, tone="caution"),
        Section("Simulated markers over one cycle", [_table(courses, present, traces)], folded=True),
        Section("The steps and their evidence", [_steps(traces)], folded=True),
    ]
    return Section("What it is and how it works", blocks, key="mechanism")


def _chart(courses: list[MarkerCourse], markers: list[str]) -> alt.VConcatChart:
    labels = full_labels()
    rows = []
    for course in courses:
        for index in range(0, len(course.day), max(1, len(course.day) // 220)):
            rows += [
                {
                    "treatment": course.treatment.name,
                    "marker": labels[marker],
                    "day": round(float(course.day[index]), 3),
                    "value": round(float(course.markers[marker][index]), 4),
                }
                for marker in markers
            ]
    names = [course.treatment.name for course in courses]
    chart = (
        style.chart(rows)
        .properties(width=250, height=120)
        .mark_line(strokeWidth=2.2)
        .encode(
            # Dashes of different length let a line show that runs under another one.
            strokeDash=alt.StrokeDash(
                "treatment:N",
                scale=alt.Scale(domain=names, range=[[1, 0], [7, 5], [4, 4], [2, 5]][: len(names)]),
            ),
            x=alt.X("day:Q", axis=alt.Axis(title="day", tickCount=4)),
            y=alt.Y("value:Q", axis=alt.Axis(title=None, tickCount=4), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "treatment:N",
                scale=alt.Scale(domain=names, range=list(style.SIMULATED[: len(names)])),
                legend=alt.Legend(title=None, orient="top", labelLimit=400, columns=2),
            ),
            facet=alt.Facet(
                "marker:N",
                columns=3,
                title=None,
                sort=[labels[marker] for marker in markers],
                header=alt.Header(labelFontSize=12, labelFontWeight="bold"),
            ),
        )
        .resolve_scale(y="independent")
    )
    return style.styled(alt.vconcat(chart))


def _lines(courses: list[MarkerCourse], markers: list[str]) -> list[NarrowLine]:
    """Give the mean of each marker over the cycle as a bar, for windows too narrow for six courses."""
    labels, means = full_labels(), _means(courses)
    return [
        narrow_line(
            (0.0, max(found[marker][0] for found in means.values())),
            {"low": 0.0, "high": found[marker][0]},
            ("" if place else f"{labels[marker]}, mean over the cycle", name, f"{found[marker][0]:.2f}"),
            color=style.SIMULATED[place % len(style.SIMULATED)],
        )
        for marker in markers
        for place, (name, found) in enumerate(means.items())
    ]


def _means(courses: list[MarkerCourse]) -> dict[str, dict[str, tuple[float, float]]]:
    """Give mean over the cycle and untreated level of each marker, by treatment."""
    return {
        course.treatment.name: {
            str(row["marker"]): (float(str(row["mean"])), float(str(row["untreated"]))) for row in marker_rows(course)
        }
        for course in courses
    }


def _table(courses: list[MarkerCourse], markers: list[str], traces: Traces) -> Table:
    rows = []
    summaries = _means(courses)
    labels = full_labels()
    for marker in markers:
        cells = [traces.name(labels[marker])]
        for name, found in summaries.items():
            mean, untreated = found[marker]
            words = f"{mean:.2f} (untreated {untreated:.0f})"
            cells.append(traces.simulation(KEY, f"{marker}-{name}", words))
        rows.append(cells)
    return Table(["mean over the cycle", *summaries], rows, Markup("Simulated, not measured."))


def _steps(traces: Traces) -> Table:
    network = load_network()
    labels = {**{name: source.label for name, source in network.inputs.items()}, **full_labels()}
    rows = []
    for edge in network.edges:
        verb = "raises" if edge.sign == "+" else "lowers"
        step = Markup("{} {} {}").format(
            traces.name(labels[edge.source_node]), verb, traces.name(labels[edge.target])
        )
        rows.append(
            [step, traces.name(edge.evidence), Markup("{}").format(edge.quality), _sources(edge.source, traces)]
        )
    return Table(["step", "evidence", "quality", "source"], rows)


def _sources(text: str, traces: Traces) -> Markup:
    """Link identifiers of documents; what is cited in words stays words."""
    parts = []
    for part in re.split(r"[,;] +", text):
        address = ""
        if found := re.match(r"PMID (\d+)", part):
            address = f"https://pubmed.ncbi.nlm.nih.gov/{found[1]}/"
        elif part.startswith("10."):
            address = f"https://doi.org/{part}"
        elif part.startswith("http"):
            address = part
        name = traces.name(part)
        parts.append(Markup('<a href="{}">{}</a>').format(address, name) if address else name)
    return Markup("; ").join(parts)
