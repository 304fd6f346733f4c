"""The page of the documentation that says which numbers of the model move the answer."""

from __future__ import annotations

from collections.abc import Iterable

from cereblon.calibration.sensitivity import Sensitivity, left_open, outcome_words, ranked

_FIRST, _EACH = 15, 6
_SCALES = {
    "ratio": "logarithm of hazard ratios",
    "time": "logarithm of medians",
    "response": "logit of overall response",
    "depth": "logit of complete response",
    "landmark": "logit of shares without progression or alive",
}


def sensitivity_page(found: Sensitivity, *, command: str, picture: str = "") -> str:
    """Write an analysis as a page.

    Parameters
    ----------
    found
        The analysis.
    command
        That makes the page again.
    picture
        Place of the tornado picture, seen from the page; none if empty.
    """
    lines = [
        "# Sensitivity",
        "",
        f"*Written by `{command}`; do not edit.*",
        "",
        f"Which parameters matter most for {len(found.centres)} outcomes? Fitted and assumed numbers of disease",
        "and mortality vary together: fitted ones over the shipped draws, assumed ones so that 90 % lie within a",
        "factor of 1.5 of their value, or the one that their file states. *Share* is the total Sobol index, the part",
        "of an outcome's variance that is due to the parameter; shares add up to more than 1 if parameters interact.",
        f"They come from a quadratic surface fitted to {found.runs} runs with {found.per_arm} patients in an arm.",
        "Parameters are ranked by their mean share.",
        "",
        "## All",
        "",
        *_ranking(ranked(found.effects)[:_FIRST]),
        "",
        "## Assumed numbers alone",
        "",
        "Evidence on the first of these would help most.",
        "",
        *_ranking(ranked(found.effects, basis="assumed")[:_FIRST]),
        "",
        "Together they add a standard deviation of "
        + ", ".join(f"{sd:.2f} ({_SCALES.get(group, group)})" for group, sd in left_open(found.effects).items())
        + ", which prediction intervals include.",
        "",
        "## By outcome",
        "",
        "The outcome at the 5th (*from*) and 95th (*to*) percentile of a parameter, all others at their centre.",
        "*Chance* is the part of the variance over runs that no parameter explains: chance in a run, and the error",
        "of the surface.",
        "",
        "| outcome | centre | chance | parameter | from | to | share |",
        "|---|---:|---:|---|---:|---:|---:|",
    ]
    for outcome, centre in found.centres.items():
        own = sorted((one for one in found.effects if one.outcome == outcome), key=lambda one: -one.total)
        for place, one in enumerate(own[:_EACH]):
            unexplained = f"{100 * found.unexplained[outcome]:.0f} %"
            first = (outcome_words(outcome), f"{centre:.3g}", unexplained) if place == 0 else ("",) * 3
            ends = (f"{one.low:.3g}", f"{one.high:.3g}", f"{one.total:.2f}")
            lines.append("| " + " | ".join([*first, f"`{one.parameter}` ({one.basis})", *ends]) + " |")
    if picture:
        lines += ["", f"![Outcomes at the ends of each parameter's range]({picture})"]
    return "\n".join(lines) + "\n"


def _ranking(rows: Iterable[tuple[str, str, float]]) -> list[str]:
    head = ["| | parameter | basis | share |", "|---:|---|---|---:|"]
    return head + [
        f"| {place} | `{name}` | {basis} | {share:.3f} |" for place, (name, basis, share) in enumerate(rows, start=1)
    ]
