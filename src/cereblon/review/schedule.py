"""The schedule of a treatment as a picture, and the dose adjustments that the simulated doctor makes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from cereblon.parameter import load_parameters
from cereblon.regimens import load_regimen
from cereblon.regimens.calendar import calendar_rows
from cereblon.report.calendar import calendar_chart
from cereblon.review.blocks import Block, Paragraph, Picture, Section, Table
from cereblon.review.topics import Topic
from cereblon.review.traces import Traces


def rule_groups() -> list[str]:
    """Name the parameter files that hold rules of dosing."""
    return sorted(path.stem for path in (Path(str(files("cereblon.dosing"))) / "parameters").glob("*.yaml"))


def schedule_section(topic: Topic, traces: Traces) -> Section:
    """Draw the schedule of the regimen of the library that stands for the treatment."""
    regimen = load_regimen(topic.regimen)
    name = traces.name(regimen.label)
    caption = Markup(
        "{}: one panel per kind of cycle, from the regimen library (<code>cereblon regimen show {}</code>)."
    )
    caption = caption.format(name, traces.name(topic.regimen))
    chart = calendar_chart(list(calendar_rows(regimen)))
    return Section("Schedule", [Picture(chart, caption, f"Dosing calendar of {regimen.label}")])


def adjustment_section(topic: Topic, traces: Traces) -> Section:
    """List the rules of the label by which doses start, are held and are lowered in the simulator."""
    rows = [
        [
            traces.name(parameter.meaning),
            traces.parameter(group, parameter),
            traces.name(group.replace("_", " ")),
            Markup("{}").format(parameter.basis),
        ]
        for group in rule_groups()
        for name, parameter in load_parameters(group).items()
        if name.startswith(topic.rules) or group.startswith(topic.rules)
    ]
    blocks: list[Block] = [
        Table(["rule", "limit or dose", "set of rules", "basis"], rows, Markup("As the simulated doctor doses."))
    ]
    if any(str(row[-1]) == "assumed" for row in rows):
        words = "A rule whose basis is “assumed” was not read in a label; do not rely on it."
        blocks.append(Paragraph(Markup("{}").format(words), is_caution=True))
    return Section("Dose adjustment", blocks)
