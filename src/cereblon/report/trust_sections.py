"""What it rests on: population, parameters with their basis, limits, how to repeat the run, sources."""

from __future__ import annotations

from collections.abc import Mapping

from cereblon.core.rows import Row, Rows, grouped, number, text
from cereblon.report import wording
from cereblon.report.document import Block, Bullets, Code, Paragraph, Said, Section, Table
from cereblon.report.provenance import Page
from cereblon.report.references import address
from cereblon.report.report_data import INTERVAL_PARTS
from cereblon.vocabulary.endpoints import endpoint_label

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
    by_variable = grouped(rows, lambda row: text(row, "variable"))
    beside = {name: block for name, block in by_variable.items() if any(text(row, "published") for row in block)}
    alone = {name: block for name, block in by_variable.items() if name not in beside}
    title = f"Baseline of the virtual population: {page.population}"
    blocks: list[Block] = []
    if beside:
        blocks.append(_baseline(page, beside, title, "population"))
    elif page.data.publications:
        blocks.append(Paragraph("No published baseline table was given for this trial."))
    if alone:
        title = "What else is simulated at baseline" if beside else title
        blocks.append(_baseline(page, alone, title, "population-alone", folded=True))
    return Section("Population", blocks)


def _baseline(page: Page, blocks: Mapping[str, Rows], title: str, key: str, *, folded: bool = False) -> Table:
    """Make a table of some variables; arms and origins of which there is nothing have no column."""
    rows = [row for block in blocks.values() for row in block]
    columns = [
        (arm, origin)
        for arm in [*page.labels, "all"]
        for origin in ("simulated", "published")
        if any(text(row, "arm") == arm and text(row, origin) for row in rows)
    ]
    lines = []
    for variable, block in blocks.items():
        line = [Said(_variable_words(variable))]
        for arm, origin in columns:
            row: Row = next((row for row in block if text(row, "arm") == arm), {})
            said = text(row, origin).replace(" percent", " %") or wording.NOTHING
            line.append(Said(said, page.references.cite(row) if origin == "published" else (), tone="number"))
        lines.append(line)
    head = ["variable", *(f"{page.labels.get(arm, 'whole trial')}, {origin}" for arm, origin in columns)]
    published = [row for row in rows if text(row, "published")]
    said_of = page.origin(simulated=True, published=published)
    return Table(head, lines, title=title, key=key, origin=said_of, folded=folded)


def _variable_words(variable: str) -> str:
    """Put the name of a baseline variable into the words of the vocabulary."""
    return endpoint_label(f"baseline_{variable.replace(' ', '_')}").partition(";")[0]


def parameters_section(page: Page) -> Section:
    """Build the tables of parameters, folded."""
    rows = page.data.parameters
    if not rows:
        return Section(
            "Parameters",
            [Paragraph("The numbers of the model are not repeated here; cereblon parameters lists them.")],
        )
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
    parts = [one for one in page.data.limits if one.startswith(INTERVAL_PARTS)]
    blocks: list[Block | Section] = [Bullets([one for one in page.data.limits if one not in parts])]
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
