"""The schedule of a treatment as a picture, and the dose adjustments that the simulation makes."""

from __future__ import annotations

from markupsafe import Markup

from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.rule_set import Rule, StartRule
from cereblon.model.regimens import Regimen, load_regimen
from cereblon.model.regimens.calendar import calendar_rows
from cereblon.model.regimens.order import Order
from cereblon.report.calendar import calendar_chart, calendar_lines
from cereblon.report.document import Block, Figure, Paragraph, Section, Table
from cereblon.report.review.topics import Topic
from cereblon.report.review.traces import Traces


def schedule_section(topic: Topic, traces: Traces) -> Section:
    """Draw the schedule of the regimen of the library that stands for the treatment."""
    regimen = load_regimen(topic.regimen)
    name = traces.name(regimen.label)
    caption = Markup(
        "{}: one panel per kind of cycle, from the regimen library (<code>cereblon regimen show {}</code>)."
    )
    caption = caption.format(name, traces.name(topic.regimen))
    rows = list(calendar_rows(regimen))
    description = f"Dosing calendar of {regimen.label}"
    return Section("Schedule", [Figure(calendar_chart(rows), caption, description, lines=calendar_lines(rows))])


def adjustment_section(topic: Topic, traces: Traces) -> Section:
    """List the rules of the label by which doses start, are held and are lowered in the simulator."""
    rules, regimen = load_rule_set("us-label"), load_regimen(topic.regimen)
    rows = [
        [
            traces.name(" and ".join(_about(rule))),
            traces.rule(rules, rule, ordered_in=_unit_ordered(rule, regimen)),
            Markup("{}").format(rule.basis),
        ]
        for rule in rules.all_rules
        if _applies(rule, topic) and not _is_of_another_dose(rule, regimen)
    ]
    blocks: list[Block] = [Table(["drug", "rule", "basis"], rows, Markup("The rules by which the simulator doses."))]
    if any(str(row[-1]) == "assumed" for row in rows):
        words = "A rule whose basis is “assumed” was not read in a label; do not rely on it."
        blocks.append(Paragraph(Markup("{}").format(words), tone="caution"))
    return Section("Dose adjustment", blocks)


def _about(rule: StartRule | Rule) -> list[str]:
    if isinstance(rule, StartRule):
        return [rule.drug]
    return list(rule.drug) or [str(rule.give)]


def _orders(rule: StartRule | Rule, regimen: Regimen) -> list[Order]:
    """Give what the regimen orders of the drug whose starting dose a rule names; nothing for other rules."""
    if not isinstance(rule, StartRule):
        return []
    return [order for phase in regimen.phases for order in phase.orders if order.drug == rule.drug]


def _is_of_another_dose(rule: StartRule | Rule, regimen: Regimen) -> bool:
    """Tell whether a rule names the full dose of another schedule of the drug than the one that is drawn."""
    usual = rule.usual if isinstance(rule, StartRule) else None
    orders = _orders(rule, regimen)
    return usual is not None and bool(orders) and all(order.dose != usual for order in orders)


def _unit_ordered(rule: StartRule | Rule, regimen: Regimen) -> str | None:
    return next((order.unit for order in _orders(rule, regimen)), None)


def _applies(rule: StartRule | Rule, topic: Topic) -> bool:
    """Tell whether a rule can act in the regimens of a topic: by drug, use, and what is given besides."""
    about = {rule.drug} if isinstance(rule, StartRule) else set(rule.drug)
    if about and not about & topic.drugs:
        return False
    for condition in rule.when:
        if condition.measure == "use" and bool(condition.at_least) != topic.maintenance:
            return False
        drug = condition.measure.removeprefix("with_")
        if drug != condition.measure and (drug in topic.drugs) != bool(condition.at_least):
            return False
    return True
