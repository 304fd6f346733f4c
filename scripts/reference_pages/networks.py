"""The page of the two networks: all newly diagnosed and all relapsed trials, with pictures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cereblon.questions.synthesis_pictures import draw_league, draw_network, network_forest
from cereblon.report.static import svg_text
from cereblon.synthesis.frequentist import (
    NetworkResult,
    Ranking,
    assess_inconsistency,
    network_meta_analysis,
    rank_treatments,
)
from cereblon.synthesis.trial_networks import PublishedNetwork, published_network, treatment_meanings
from scripts.reference_pages.markdown import NOTICE, cell, table

_INTRODUCTION = f"""# Networks of the trials
{NOTICE} Two network meta-analyses of progression-free survival: all newly diagnosed and all relapsed randomised
trials of the evidence library. `cereblon evidence network --setting ndmm` and `--setting rrmm` print the same
numbers. Random effects by restricted maximum likelihood if the variance between trials can be estimated. Names of
treatments are explained at the end.
"""
_TITLES = {"ndmm": "Newly diagnosed", "rrmm": "Relapsed or refractory"}
_DISAGREE = 0.1
"""P below which direct and indirect evidence are said to disagree: the usual choice for a test of little power."""


def networks_page() -> str:
    """Make the page."""
    parts = [_INTRODUCTION, *(_section(setting) for setting in _TITLES), _names()]
    return "\n".join(parts)


def network_pictures() -> Mapping[str, str]:
    """Draw the pictures of the page, by file name."""
    pictures = dict[str, str]()
    for setting in _TITLES:
        found, result, ranking = _synthesis(setting)
        pictures[f"network-{setting}.svg"] = svg_text(draw_network(result, found.patients, found.incomplete))
        pictures[f"network-{setting}-forest.svg"] = svg_text(network_forest(result, found.smaller_is_better))
        league = draw_league(result, ranking.treatments, found.smaller_is_better)
        pictures[f"network-{setting}-league.svg"] = svg_text(league)
    return pictures


@cache
def _synthesis(setting: str) -> tuple[PublishedNetwork, NetworkResult, Ranking]:
    found = published_network("pfs_hr", setting)
    result = network_meta_analysis(found.data, reference="Rd")
    return found, result, rank_treatments(result, smaller_is_better=True)


def _section(setting: str) -> str:
    found, result, ranking = _synthesis(setting)
    sources = [
        [number.study, f"{number.treatment} v {number.versus}", number.printed, number.cut, cell(number.reference)]
        for number in found.used
    ]
    left = [[entry.study, entry.what, cell(entry.why)] for entry in found.left_out]
    scores = {str(row["treatment"]): row for row in ranking.to_rows()}
    effects = [
        [
            str(row["treatment"]),
            f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
            str(row["direct_trials"]),
            f"{scores[str(row['treatment'])]['p_score']:.2f}",
        ]
        for row in sorted(result.to_rows("Rd"), key=lambda row: float(row["value"] or 0))
    ]
    notes = "\n".join(f"- {cell(note)}" for note in result.notes)
    name = _TITLES[setting]
    return "\n".join(
        [
            f"## {name}\n",
            f"![Network of the trials, {name.lower()}](../images/network-{setting}.svg)\n",
            table(["treatment", "hazard ratio v Rd, 95 %", "head to head", "P-score"], effects, right=(2, 3)),
            f"![Effects against Rd, {name.lower()}](../images/network-{setting}-forest.svg)\n",
            f"![League table, {name.lower()}](../images/network-{setting}-league.svg)\n",
            f"### What it can tell: {name.lower()}\n\n{_reading(setting, result)}\n",
            f"### Numbers used: {name.lower()}\n",
            table(["trial", "comparison", "as published", "cut", "source"], sources),
            f"{notes}\n",
            f"### Left out: {name.lower()}\n",
            table(["study", "comparison", "why"], left),
        ]
    )


def _reading(setting: str, result: NetworkResult) -> str:
    """Read a network honestly; what depends on the numbers is computed."""
    pairs = [
        int(result.direct_trials[i, j])
        for i in range(len(result.treatments))
        for j in range(i)
        if result.direct_trials[i, j]
    ]
    single = sum(count == 1 for count in pairs)
    df = result.heterogeneity.df
    basis = f"{single} of the {len(pairs)} comparisons that were made rest on one trial"
    loops = assess_inconsistency(result.data).inconsistency
    checked = "nothing in the data shows how much trials vary"
    if df > 0:
        freedom = "1 degree of freedom says" if df == 1 else f"{df} degrees of freedom say"
        checked = f"{freedom} almost nothing about how much trials vary"
    if loops.df:
        agree = "disagrees with" if loops.p is not None and loops.p < _DISAGREE else "is compatible with"
        closed = (
            f"{checked}. Where the comparisons form a closed loop between trials, direct evidence {agree} indirect "
            f"evidence (p={loops.p:.2g}), and all intervals are as wide as that asks for."
        )
    else:
        closed = (
            f"the comparisons form no closed loop between trials: {checked}, and direct evidence can nowhere be "
            "compared with indirect evidence. The intervals are therefore too narrow for an indirect comparison."
        )
    common = (
        f"{basis}, and {closed} The hazard ratio is also taken as constant over time, which is wrong where curves "
        "cross or separate late."
    )
    if setting == "rrmm":
        spread = [result.compare(name, "Rd").effect for name in result.treatments if name != "Rd"]
        same = "Every triplet was" if all(effect < 0 for effect in spread) else "Not every triplet was"
        return (
            f"{same} better than Rd in its own trial. That one triplet is better than another is a comparison "
            f"across trials: {common} Patients who relapse today differ from those enrolled; the network cannot "
            "account for that."
        )
    return (
        "The trials against Rd without early transplant and those with transplant are joined through VRd only. "
        "Patients fit for transplant are younger, so an effect across this link compares different patients: "
        f"read it as arithmetic, not as advice. {common[0].upper()}{common[1:]}"
    )


def _names() -> str:
    used = {name for setting in _TITLES for name in _synthesis(setting)[1].treatments}
    rows = [[name, cell(meaning)] for name, meaning in treatment_meanings().items() if name in used]
    return "\n".join(
        [
            "## Names\n",
            "Arms with one name count as the same treatment, judged by drugs and intent, not by results.\n",
            table(["name", "meaning"], rows),
        ]
    )
