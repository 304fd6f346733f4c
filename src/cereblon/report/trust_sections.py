"""What it rests on: population, parameters with their basis, limits, how to repeat the run, sources."""

from __future__ import annotations

from cereblon.core.rows import Row, Rows, grouped, number, text
from cereblon.report import wording
from cereblon.report.document import Block, Bullets, Code, Paragraph, Said, Section, Table
from cereblon.report.provenance import Page
from cereblon.report.references import address
from cereblon.report.report_data import INTERVAL_PARTS

_BASES = ("assumed", "fitted", "derived", "published")
_BASIS_WORDS = {
    "assumed": "judged by us; no publication settles the value",
    "fitted": "adjusted so that simulated trials resemble the calibration studies",
    "derived": "computed from published numbers",
    "published": "taken from a publication",
}
_PARAMETER_HEAD = ("basis", "group", "name", "value", "meaning", "source")
_PARAMETER_WIDTHS = ("8%", "12%", "17%", "12%", "27%", "24%")


def population_section(page: Page) -> Section:
    """Build the table of baseline characteristics, simulated beside published."""
    rows = page.data.population
    if not rows:
        return Section("Population", [Paragraph("No baseline table was given to this report.")])
    arms = [arm for arm in [*page.labels, "all"] if any(text(row, "arm") == arm for row in rows)]
    published = [row for row in rows if text(row, "published")]
    head = ["variable"]
    for arm in arms:
        label = page.labels.get(arm, "whole trial")
        head += [f"{label}, simulated", f"{label}, published"] if published else [f"{label}, simulated"]
    lines = []
    for variable, block in grouped(rows, lambda row: text(row, "variable")).items():
        line = [Said(variable)]
        for arm in arms:
            row: Row = next((row for row in block if text(row, "arm") == arm), {})
            line.append(Said(text(row, "simulated") or wording.NOTHING, tone="number"))
            if published:
                line.append(Said(text(row, "published") or wording.NOTHING, page.references.cite(row), tone="number"))
        lines.append(line)
    title = f"Baseline of the virtual population: {page.data.population_name}"
    blocks: list[Block] = [
        Table(head, lines, title=title, key="population", origin=page.origin(simulated=True, published=published))
    ]
    if not published:
        blocks.append(Paragraph("No published baseline table was given for this trial."))
    return Section("Population", blocks)


def parameters_section(page: Page) -> Section:
    """Build the tables of parameters, folded."""
    rows = page.data.parameters
    if not rows:
        return Section("Parameters", [Paragraph("No parameters were given to this report.")])
    by_basis = grouped(rows, lambda row: text(row, "basis"))
    order = [*_BASES, *(basis for basis in by_basis if basis not in _BASES)]
    counts = [
        f"{len(by_basis[basis])} {basis} ({_BASIS_WORDS.get(basis, 'see source')})"
        for basis in order
        if basis in by_basis
    ]
    blocks: list[Block] = [Paragraph(f"{len(rows)} numbers drive the model: {'; '.join(counts)}.")]
    assumed = by_basis.get("assumed", [])
    others = [row for basis in order if basis != "assumed" for row in by_basis.get(basis, [])]
    if assumed:
        blocks.append(_parameters(page, "parameters-assumed", "Assumed parameters", assumed))
    if others:
        blocks.append(_parameters(page, "parameters-other", "Fitted, derived and published parameters", others))
    return Section("Parameters", blocks)


def _parameters(page: Page, key: str, title: str, rows: Rows) -> Table:
    lines = [
        [
            Said(text(row, "basis"), tone="tag"),
            Said(text(row, "group")),
            Said(text(row, "name")),
            Said(_with_unit(row), tone="number"),
            Said(text(row, "meaning")),
            Said(text(row, "source"), tone="quiet", href=address(text(row, "source"))),
        ]
        for row in rows
    ]
    origin = page.origin(
        simulated=False, note=f"Parameter files of {page.run}; each number names its source in its row."
    )
    return Table(
        _PARAMETER_HEAD,
        lines,
        title=title,
        key=key,
        origin=origin,
        widths=_PARAMETER_WIDTHS,
        folded=True,
        filtered=True,
    )


def _with_unit(row: Row) -> str:
    shown = wording.amount(number(row, "value") or 0.0)
    unit = text(row, "unit").replace("1e9/L", "10\u2079/L")
    return shown if unit == "1" else f"{shown} {unit}"


def limits_section(page: Page) -> Section:
    """Build the list of what the result cannot tell."""
    first = (
        "This is a research tool. It is not for deciding the treatment of a patient, and it gives no clinical advice."
    )
    parts = [one for one in page.data.limits if one.startswith(INTERVAL_PARTS)]
    blocks: list[Block | Section] = [Bullets([first, *(one for one in page.data.limits if one not in parts)])]
    if parts:
        blocks.append(Section("What each interval is made of", [Bullets(parts)], key="interval-parts", folded=True))
    return Section("Limits", blocks)


def reproduce_section(page: Page) -> Section:
    """Build the instructions to repeat the run."""
    data = page.data
    facts: list[tuple[str, str]] = [
        ("trial", data.trial),
        ("run", data.run_id),
        ("date", data.created),
        ("seed", str(data.seed)),
        ("population", data.population_name),
        ("replicate trials", wording.count(data.replicates)),
    ]
    facts += [(f"subjects, {text(row, 'label')}", wording.count(number(row, "n") or 0)) for row in data.arms]
    facts += [(program, version) for program, version in data.versions.items()]
    facts += [(f"time, {step}", f"{seconds:.1f} s") for step, seconds in data.timings.items()]
    lines = [[Said(name), Said(value)] for name, value in facts]
    return Section(
        "How to reproduce",
        [
            Paragraph("The same command with the same seed and versions gives the same tables:"),
            Code(data.command),
            Table(
                ("", ""),
                lines,
                title="This run",
                folded=True,
                key="run",
                origin=page.origin(simulated=True),
                widths=("30%", "70%"),
            ),
        ],
        key="reproduce",
    )
