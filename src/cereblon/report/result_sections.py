"""What came of it: curves, response, single subjects, doses and adverse events."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.rows import Row, Rows, distinct, number, text
from cereblon.report import adverse_events, curves, doses, followed, response, rules, subjects
from cereblon.report.document import Block, Figure, Paragraph, Said, Section, Table
from cereblon.report.provenance import Page
from cereblon.vocabulary.endpoints import endpoint_label

_CURVES = {
    "pfs": ("Progression-free survival", "alive without progression, %"),
    "os": ("Overall survival", "alive, %"),
}


def curves_section(page: Page) -> Section:
    """Build the survival curves, one figure per endpoint."""
    data = page.data
    if not data.km:
        return Section("Survival curves", [Paragraph("No survival curves were given to this report.")], key="curves")
    blocks: list[Block] = []
    for endpoint in distinct(data.km, "endpoint"):
        title, quantity = _CURVES.get(endpoint, (endpoint.upper(), "without the event, %"))
        marks = _of(data.km_published, "endpoint", endpoint)
        chart = curves.survival_curves(
            page.relabelled(_of(data.km, "endpoint", endpoint)),
            page.relabelled(marks),
            page.arms,
            quantity=quantity,
            band=data.km_band,
        )
        note = f"Band: {data.km_band}." if data.km_band else ""
        description = (
            f"{title} of each simulated arm as a solid step curve"
            + (" with a band" if data.km_band else "")
            + (f"; {_drawn_over(marks)}." if marks else ".")
        )
        origin = page.origin(simulated=True, published=marks, note=note)
        blocks.append(Figure(chart, description, title=title, key=f"curve-{endpoint}", origin=origin))
    if not data.km_published:
        blocks.append(Paragraph("No published curves, medians or landmarks were given to draw over these."))
    return Section("Survival curves", blocks, key="curves")


def _drawn_over(marks: Rows) -> str:
    """Say how what was published is drawn."""
    kinds = {text(row, "kind") for row in marks}
    said = ["the published medians and landmarks as black diamonds"] if kinds - {"curve"} else []
    return " and ".join([*said, *(["the published curves as thin black lines"] if "curve" in kinds else [])])


def response_section(page: Page) -> Section:
    """Build the response bars and the best responses."""
    rows = page.data.response_bars
    if not rows:
        return Section("Response", [Paragraph("No response rates were given to this report.")])
    printed = {
        text(row, "category") for row in rows if response.is_best_response(row) and text(row, "origin") == "published"
    }
    rates = [row for row in rows if not response.is_best_response(row) or text(row, "category") in printed]
    best = [row for row in rows if response.is_best_response(row) and text(row, "origin") == "simulated"]
    blocks: list[Block] = []
    if rates:
        published = _of(rates, "origin", "published")
        blocks.append(
            Figure(
                response.rate_bars(page.relabelled(rates), page.arms),
                "Cumulative response rates: solid coloured bars are simulated"
                + (", outlined bars are published." if published else "."),
                title="Response rates",
                key="response-rates",
                lines=response.rate_lines(page.relabelled(rates), page.arms),
                origin=page.origin(simulated=True, published=published),
            )
        )
        if not published and page.data.publications:
            blocks.append(Paragraph("No published response rates were given for this trial."))
    if best:
        blocks.append(
            Figure(
                response.best_response(page.relabelled(best), page.arms),
                "One stacked bar per simulated arm, from stringent complete response to progression.",
                title="Best confirmed response, simulated",
                key="best-response",
                origin=page.origin(simulated=True),
            )
        )
    return Section("Response", blocks)


def depth_section(page: Page) -> Section:
    """Build the waterfall plot and the M-protein traces."""
    data = page.data
    blocks: list[Block] = []
    if data.waterfall:
        blocks.append(
            Figure(
                subjects.waterfall(page.relabelled(data.waterfall), page.arms),
                "One bar per simulated subject, ordered by the largest fall of M-protein and coloured by it.",
                title="Depth: best change of M-protein by subject, simulated",
                key="waterfall",
                origin=page.origin(
                    simulated=True,
                    note=f"At most {subjects.WATERFALL_SUBJECTS} subjects per arm are drawn, at even steps of depth. "
                    "Complete responses are coloured where they were confirmed. Subjects without measurable serum "
                    "M-protein are not in this figure.",
                ),
            )
        )
    if data.spaghetti:
        blocks.append(
            Figure(
                subjects.spaghetti(page.relabelled(data.spaghetti), page.arms),
                "One thin line per simulated subject: measured serum M-protein over time.",
                title="M-protein over time in a sample of subjects, simulated",
                key="spaghetti",
                origin=page.origin(
                    simulated=True,
                    note=f"At most {subjects.SPAGHETTI_SUBJECTS} subjects per arm, on a logarithmic "
                    "axis; a line at its foot is below the limit of quantification.",
                ),
            )
        )
    return _or_sentence(
        "depth", "Depth and M-protein", blocks, "No M-protein of single subjects was given to this report."
    )


def course_section(page: Page) -> Section:
    """Build the swimmer plot."""
    data = page.data
    blocks: list[Block | Section] = []
    if data.swimmer:
        chart = subjects.swimmer(page.relabelled(data.swimmer), page.relabelled(data.swimmer_events), page.arms)
        blocks.append(
            Figure(
                chart,
                "One bar per simulated subject: lines of therapy by colour, marks for response, progression, death.",
                title="Course of treatment in a sample of subjects, simulated",
                key="swimmer",
                origin=page.origin(
                    simulated=True,
                    note=f"At most {subjects.SWIMMER_SUBJECTS} subjects per arm, longest course first.",
                ),
            )
        )
    there = followed.arms_followed(data.followed)
    eventful = [
        block
        for index, arm in enumerate(arm for arm in distinct(data.arms, "arm") if arm in there)
        for block in _followed(page, index, arm)
    ]
    if eventful:
        blocks.append(Section("One eventful subject of each arm, day by day", eventful, folded=True))
    return _or_sentence(
        "course", "Course of single subjects", blocks, "No courses of single subjects were given to this report."
    )


def _followed(page: Page, index: int, arm: str) -> list[Block]:
    """Follow one subject of an arm: a figure, and every decision with its reason."""
    rows = _of(page.data.followed, "arm", arm)
    label = text(_of(page.data.arms, "arm", arm)[0], "label")
    number = int(float(str(rows[0]["subject_id"])))
    origin = page.origin(
        simulated=True, note="The subject of the arm with most decisions and severe events: not typical."
    )
    figure = Figure(
        followed.followed(rows),
        "Blood counts with limits of the rules, the share of the planned dose given in each cycle, the days of "
        "decisions, and adverse events by grade.",
        title=f"Day by day: subject {number} on {label}, simulated",
        key=f"followed-{index}",
        origin=origin,
    )
    told = [[Said(day, tone="number"), Said(name), Said(why)] for day, name, why in followed.reasons(rows)]
    head = ("day", "what", "decision and rule, or cause")
    title = f"Subject {number} on {label}: every decision and its reason"
    return (
        [figure, Table(head, told, title=title, key=f"reasons-{index}", origin=origin, folded=True)]
        if told
        else [figure]
    )


def doses_section(page: Page) -> Section:
    """Build the dosing calendars and the dose intensity."""
    data = page.data
    blocks: list[Block | Section] = []
    if data.calendars:
        from cereblon.report.calendar import calendar_chart, calendar_lines

        calendars = [
            Figure(
                calendar_chart(rows),
                f"Days on which each drug of {name} is ordered.",
                title=f"Dosing calendar: {name}",
                key=f"calendar-{index}",
                origin=page.origin(simulated=False, note="Ordered by the regimen, before any hold or reduction."),
                lines=calendar_lines(rows),
            )
            for index, (name, rows) in enumerate(data.calendars.items())
        ]
        blocks.append(Section("Dosing calendars", calendars, folded=True))
    if data.dose_intensity:
        blocks.append(
            Figure(
                doses.dose_intensity(page.relabelled(data.dose_intensity), page.arms),
                "Per drug: the share of the planned dose that was given, and the share of the arm still on the drug.",
                title="Relative dose intensity and time on each drug, simulated",
                key="dose-intensity",
                origin=page.origin(simulated=True, note="Given of planned: in those still on the drug."),
            )
        )
    return _or_sentence("doses", "Doses", blocks, "No doses were given to this report.")


def harm_section(page: Page) -> Section:
    """Build the adverse events."""
    rows = page.data.adverse_events
    blocks: list[Block] = []
    if rows:
        published = _of(rows, "origin", "published")
        blocks.append(
            Figure(
                adverse_events.adverse_events(page.relabelled(rows), page.arms),
                "One line per event, grade and arm: coloured dots and bands are simulated"
                + (", black diamonds published." if published else "."),
                title="Adverse events, simulated and published" if published else "Adverse events, simulated",
                key="adverse-events",
                lines=adverse_events.adverse_event_lines(page.relabelled(rows), page.arms),
                origin=page.origin(simulated=True, published=published),
            )
        )
        if not published:
            blocks.append(Paragraph("No published adverse-event rates were given for this trial."))
    return _or_sentence("adverse-events", "Adverse events", blocks, "No adverse events were given to this report.")


def rules_sections(page: Page) -> list[Section]:
    """Build what dose rules change; nothing if the run was not simulated under other rules."""
    data = page.data
    if not data.rule_effects:
        return []
    rows = page.relabelled(data.rule_effects)
    keys = list(dict.fromkeys((text(row, "endpoint"), text(row, "grade")) for row in rows))
    found = {(text(row, "arm"), text(row, "rules"), text(row, "endpoint"), text(row, "grade")): row for row in rows}
    head = ("arm", "dose rules", *(_outcome_title(*key) for key in keys))
    lines = [
        [Said(arm), Said(rules), *(Said(_estimate(found.get((arm, rules, *key))), tone="number") for key in keys)]
        for arm in page.arms
        for rules in distinct(rows, "rules")
    ]
    note = (
        f"The same {data.rule_subjects:,} patients with the same random numbers under each rule set; 95 %"
        " interval from their number. Differences between rule sets are surer than the intervals suggest; the"
        " uncertainty of the model's parameters is in none of them."
    )
    origin = page.origin(simulated=True, note=note)
    blocks: list[Block] = [
        Table(head, lines, title="Outcomes by dose rules, simulated", key="rule-effects", origin=origin)
    ]
    if data.rule_doses:
        blocks.append(
            Figure(
                rules.doses_under_rules(page.relabelled(data.rule_doses), page.arms),
                "Given of planned over time: a panel for each drug and arm, a dash for each rule set.",
                title="Relative dose intensity by dose rules, simulated",
                key="rule-doses",
                origin=page.origin(simulated=True, note="Planned: the starting dose of that rule set."),
            )
        )
    return [Section("What dose rules change", blocks, key="rules")]


def _outcome_title(endpoint: str, grade: str) -> str:
    return endpoint_label(endpoint) + (f", grade {grade}" if grade else "")


def _estimate(row: Row | None) -> str:
    if row is None:
        return ""
    value, low, high = (number(row, name) for name in ("value", "low", "high"))
    if value is None:
        return "not reached"
    ends = " to ".join("open" if end is None else f"{end:.0f}" for end in (low, high))
    return f"{value:.0f} ({ends})"


def _of(rows: Rows, column: str, value: str) -> list[Row]:
    return [row for row in rows if text(row, column) == value]


def _or_sentence(key: str, title: str, blocks: Sequence[Block | Section], sentence: str) -> Section:
    return Section(title, blocks or [Paragraph(sentence)], key=key)
