"""The schedule of a treatment as a picture, and the dose adjustments that the simulated doctor makes."""

from __future__ import annotations

from markupsafe import Markup

from cereblon.parameter import load_parameters
from cereblon.regimens import load_regimen
from cereblon.regimens.calendar import calendar_rows
from cereblon.report.calendar import calendar_chart
from cereblon.review.blocks import Block, Paragraph, Picture, Section, Table
from cereblon.review.topics import Topic
from cereblon.review.traces import Traces

RULES = "us_label"


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
    rows = []
    for name, parameter in load_parameters(RULES).items():
        if name.startswith(topic.rules):
            rows.append(
                [
                    traces.name(parameter.meaning),
                    traces.parameter(RULES, parameter),
                    Markup("{}").format(parameter.basis),
                ]
            )
    blocks: list[Block] = [
        Table(["rule", "limit or dose", "basis"], rows, Markup("Rules of the US label, as simulated."))
    ]
    if any(str(row[-1]) == "assumed" for row in rows):
        words = "A rule whose basis is “assumed” was not read in a label; do not rely on it."
        blocks.append(Paragraph(Markup("{}").format(words), is_caution=True))
    return Section("Dose adjustment", blocks)
