"""What dose rules change: `python -m scripts.dose_rule_table` writes the table of that page.

IRd, VRd and KRd in the same newly diagnosed patients with the same random numbers, under the US label, without rules,
and under a rule set of one's own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import altair as alt
import pyarrow as pa

from cereblon.core.marked_page import Markers
from cereblon.outcomes import dose_intensity_by_month, relative_dose_intensity, summarise
from cereblon.trials.run import Prepared, prepare, simulate_block
from cereblon.trials.trial import parse_trial
from cereblon.trials.under_rules import SHOWN
from scripts.reference_pages.markdown import table

ARMS = {"ird": "IRd", "vrd": "VRd", "krd": "KRd"}
REGIMENS = {"ird": "ird", "vrd": "vrd-s0777", "krd": "krd"}
RULES = {"us-label": "US label", "none": "none", "docs/examples/rules/flexible-doses.yaml": "flexible"}
SIZE, MONTHS = 1000, 48
PAGE = Path("docs/concepts/what-dose-rules-change.md")
PICTURE = Path("docs/images/given-by-rules.svg")
MARKERS = Markers("<!-- loop -->", "<!-- end of loop -->")


def trial_of(rules: str) -> Prepared:
    """Prepare the trial under one rule set."""
    arms = {key: {"regimen": REGIMENS[key], "label": label, "size": SIZE} for key, label in ARMS.items()}
    plan = {
        "id": "loop",
        "title": "What the loop changes",
        "population": {"base": "ndmm"},
        "arms": arms,
        "follow_up_months": MONTHS,
        "rules": rules,
        "replicates": 1,
        "seed": 7,
    }
    return prepare(parse_trial(plan, where="loop"))


def run(prepared: Prepared) -> dict[str, pa.Table]:
    """Simulate everybody; each arm has the same patients and random numbers under every rule set."""
    return simulate_block(prepared, 0, prepared.plan.subjects, source_id="loop")


def outcome_lines(runs: Mapping[str, Mapping[str, pa.Table]]) -> list[list[str]]:
    """Give a line of the table for each regimen and rule set."""
    found: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for rules, tables in runs.items():
        for row in summarise(tables, comparisons=()).to_pylist():
            key = (row["endpoint"], row["grade"])
            if key in SHOWN and row["arm"] in ARMS:
                found.setdefault((row["arm"], rules), {})[key] = _said(row)
    return [
        [label, RULES[rules], *(found[arm, rules].get(key, "") for key in SHOWN)]
        for arm, label in ARMS.items()
        for rules in runs
    ]


def _said(row: Mapping[str, object]) -> str:
    value, low, high = (row[name] for name in ("value", "low", "high"))
    if not isinstance(value, float):
        return "not reached"
    ends = [f"{end:.0f}" if isinstance(end, float) else "" for end in (low, high)]
    return f"{value:.0f} ({ends[0]} to {ends[1]})"


def intensity_lines(runs: Mapping[str, Mapping[str, pa.Table]]) -> list[list[str]]:
    """Give mean relative dose intensity by regimen, rule set and drug."""
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for rules, tables in runs.items():
        for row in relative_dose_intensity(tables["subjects"], tables["exposures"]).to_pylist():
            lines.setdefault((row["arm"], rules), {})[row["drug"]] = f"{row['mean']:.0f} %"
    drugs = ("lenalidomide", "dexamethasone", "ixazomib", "bortezomib", "carfilzomib")
    return [
        [label, RULES[rules], *(lines[arm, rules].get(drug, "") for drug in drugs)]
        for arm, label in ARMS.items()
        for rules in runs
    ]


def picture(runs: Mapping[str, Mapping[str, pa.Table]]) -> alt.FacetChart:
    """Draw given of planned lenalidomide over time, one panel for each regimen."""
    rows = []
    for rules, tables in runs.items():
        for row in dose_intensity_by_month(tables["subjects"], tables["exposures"], every=2.0).to_pylist():
            if row["drug"] == "lenalidomide" and row["month"] <= 24 and row["arm"] in ARMS:
                given = {"month": row["month"], "given": row["relative_dose_intensity"]}
                rows.append(given | {"regimen": ARMS[row["arm"]], "rules": RULES[rules]})
    chart: alt.FacetChart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("month:Q", axis=alt.Axis(title="months", tickCount=6)),
            y=alt.Y(
                "given:Q", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(title="lenalidomide given, % of planned")
            ),
            color=alt.Color("rules:N", sort=list(RULES.values()), legend=alt.Legend(title="rules")),
            strokeDash=alt.StrokeDash("rules:N", sort=list(RULES.values()), legend=None),
        )
        .properties(width=220, height=180)
        .facet(alt.Column("regimen:N", sort=list(ARMS.values()), title=None))
    )
    return chart


def main() -> None:
    """Write table and picture, or print with `-`."""
    runs = {rules: run(trial_of(rules)) for rules in RULES}
    head = ["regimen", "rules", *(_title(*key) for key in SHOWN)]
    drugs = ["lenalidomide", "dexamethasone", "ixazomib", "bortezomib", "carfilzomib"]
    right = range(2, len(head))
    text = "\n".join(
        [
            table(head, outcome_lines(runs), right=right),
            "Relative dose intensity (given dose over the dose planned at the start under the rule set), mean over "
            "subjects:\n",
            table(["regimen", "rules", *drugs], intensity_lines(runs), right=range(2, 7)),
        ]
    )
    if sys.argv[1:] == ["-"]:
        print(text)
        return
    picture(runs).save(str(PICTURE))
    MARKERS.write(PAGE, text)


_WORDS = {
    "orr": "response",
    "vgpr_or_better": "very good partial response or better",
    "pfs_median": "median progression-free survival",
    "discontinued_ae": "stopped for adverse events",
    "deaths_treatment_related": "died of treatment",
}


def _title(endpoint: str, grade: str) -> str:
    words = _WORDS.get(endpoint, endpoint.removeprefix("ae_").replace("_", " "))
    return words + (f", grade {grade}" if grade else "")


if __name__ == "__main__":
    main()
