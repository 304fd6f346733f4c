"""The page of the fitted parameters: prior and posterior of each, and what the published numbers cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cereblon.calibration.posterior import HARDLY, hardly_informed
from cereblon.calibration.stages import STAGES
from cereblon.core.parameter import BASES, all_parameters, meaning_of
from cereblon.model.drugs import DRUGS
from cereblon.model.engine.ensemble import FIXED_GROUPS, load_ensemble
from cereblon.report import style
from cereblon.report.static import svg_text
from scripts.reference_pages.markdown import NOTICE, cell, number, table

_INTRODUCTION = f"""---
hide: [toc]
---

# Fitted parameters
{NOTICE} The fitted parameters before and after calibration (prior and posterior), and how much the published numbers
inform each; [calibration](../concepts/calibration.md) explains the fit. *Left* is the standard deviation of the
draws over that of the prior: near 0 the data inform the parameter well, near 1 not at all. `cereblon parameters`
prints the same beside the point values.
"""
_ENDS = 4  # directions shown from either end


def posterior_page() -> str:
    """Make the page."""
    ensemble = load_ensemble()
    made = ensemble.provenance
    return "\n".join(
        [
            _INTRODUCTION,
            _origin(made),
            _parameters(made, hardly_informed(ensemble)),
            "![What is left of each parameter's prior, and of each direction's](../images/posterior.svg)\n",
            _together(made),
            _spread(made),
            _methods(made),
            _fixed(),
        ]
    )


def posterior_pictures() -> Mapping[str, str]:
    """Draw the picture of the page, by file name."""
    made = load_ensemble().provenance
    left = [
        {"parameter": _short(row["parameter"]), "left": round(row["posterior_sd_over_prior"], 3)}
        for row in made["parameters"]
    ]
    order = [row["parameter"] for row in sorted(left, key=lambda row: row["left"])]
    bars = (
        style.chart(left)
        .mark_bar(color=style.SIMULATED[0], height=9)
        .encode(
            x=alt.X("left:Q", title="posterior over prior standard deviation", scale=alt.Scale(domain=[0, 1.2])),
            y=alt.Y("parameter:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        )
        .properties(width=330, height=15 * len(left), title="Parameters")
    )
    directions = [
        {"direction": place, "variance": round(one["variance"], 4)}
        for place, one in enumerate(made["directions"], start=1)
    ]
    points = (
        style.chart(directions)
        .mark_point(color=style.SIMULATED[1], filled=True, size=40)
        .encode(
            x=alt.X("direction:Q", title="direction, from stiff to sloppy", scale=alt.Scale(nice=False)),
            y=alt.Y(
                "variance:Q", title="posterior variance (prior 1)", scale=alt.Scale(type="log", domain=[0.01, 3])
            ),
        )
        .properties(width=260, height=15 * len(left), title="Directions")
    )
    return {"posterior.svg": svg_text(style.styled(alt.vconcat(alt.hconcat(bars, points, spacing=30))))}


def _short(parameter: str) -> str:
    """Name a parameter without its group, which only drugs need to be told apart."""
    group, name = parameter.split(".", 1)
    return parameter if group in DRUGS else name


def _origin(made: Mapping[str, Any]) -> str:
    settings, versions = made["settings"], made["versions"]
    return (
        f"{settings['members']} draws by the {made['method']}, from {made['targets']} published numbers of "
        f"{len(made['studies'])} studies ({', '.join(f'`{study}`' for study in made['studies'])}). Seed "
        f"{settings['seed']}, {settings['steps']} assimilations, {settings['per_arm']} patients in an arm; evidence "
        f"`{made['evidence'][:8]}`, model code `{made['model_code']}`, cereblon {versions['cereblon']}, jax "
        f"{versions['jax']}, numpyro {versions['numpyro']}.\n" + "".join(_stage(made, name) for name in STAGES)
    )


def _stage(made: Mapping[str, Any], name: str) -> str:
    if name not in made:
        return ""
    stage = made[name]
    first, last, unseen = stage["trace"][0], stage["trace"][-1], stage["left_out"]
    moved = ", ".join(f"`{label}`" for label in STAGES[name].moved)
    return (
        f"\nThen {moved}, with the other parameters of each draw unchanged, from {stage['targets']} published "
        f"numbers of {', '.join(f'`{study}`' for study in stage['studies'])}: root mean square error "
        f"{first['rms']:.2f} with the prior, {last['rms']:.2f} fitted and {unseen['rms']:.2f} with the study left "
        f"out, {100 * unseen['inside_90']:.0f} % of whose numbers are then inside 90 %.\n"
    )


def _parameters(made: Mapping[str, Any], vague: Sequence[str]) -> str:
    known = {f"{group}.{name}": one for group, loaded in all_parameters().items() for name, one in loaded.items()}
    rows = []
    for row in sorted(made["parameters"], key=lambda row: row["posterior_sd_over_prior"]):
        label = row["parameter"]
        # the spread between subjects of a parameter stands in its entry
        entry = known.get(label) or known[label.removesuffix("_sd")]
        unit = entry.unit if label in known and entry.unit != "1" else ""
        rows.append(
            [
                f"`{label}`",
                cell(unit),
                _interval(row, "prior_"),
                _interval(row, ""),
                f"{row['posterior_sd_over_prior']:.2f}",
                cell(meaning_of(label)),
            ]
        )
    head = ["parameter", "unit", "prior, median (90 %)", "draws, median (90 %)", "left", "meaning"]
    said = ", ".join(f"`{name}`" for name in vague)
    verdict = f"The published numbers hardly inform {said}." if vague else "Every parameter is informed in part."
    return f"## Prior and posterior\n\n{table(head, rows, right=(4,))}\n{verdict}\n"


def _interval(row: Mapping[str, Any], start: str) -> str:
    low, middle, high = (f"{row[start + name]:.3g}" for name in ("low", "median", "high"))
    return f"{middle} ({low} to {high})"


def _together(made: Mapping[str, Any]) -> str:
    pairs = [
        [f"`{pair['one']}`", f"`{pair['other']}`", f"{pair['correlation']:.2f}"] for pair in made["correlations"]
    ]
    known = list(enumerate(made["directions"], start=1))
    rows = [
        [str(place), f"{one['variance']:.2f}", _loadings(one["loadings"])]
        for place, one in [*known[:_ENDS], *known[-_ENDS:]]
    ]
    sloppy = sum(one["variance"] > HARDLY for _, one in known)
    return (
        "## What cannot be told apart\n\n"
        "Parameters whose draws go together (correlation of 0.3 or more either way):\n\n"
        + (table(["parameter", "parameter", "correlation"], pairs, right=(2,)) if pairs else "None.\n")
        + f"\nThe stiffest and the sloppiest of {len(known)} directions, in standard deviations of the prior. Along "
        f"{sloppy} of them more than {100 * HARDLY:.0f} % of the prior's variance is left: combinations that no "
        "published summary tells.\n\n" + table(["direction", "variance left", "loadings"], rows, right=(0, 1))
    )


def _loadings(loadings: Mapping[str, float]) -> str:
    return ", ".join(f"{value:+.1f} `{label.split('.', 1)[1]}`" for label, value in loadings.items())


def _spread(made: Mapping[str, Any]) -> str:
    over, unseen = made["over_draws_sd"], made["unseen"]
    studies = {row["study"] for row in made["not_fitted"]}
    rows = [
        [group, f"{sd:.2f}", f"{over[group]:.2f}" if group in over else ""]
        for group, sd in made["between_trial_sd"].items()
    ]
    return (
        "## Spread between trials\n\n"
        "Standard deviations on the logit of shares (first five) and the logarithm of times and ratios: between "
        "trials, beyond their size, as calibration studies show it that were left out of a fit or that nothing was "
        f"fitted to ({', '.join(sorted(studies))}); and over draws, of what is expected. With the spread that the "
        f"other studies show, {100 * unseen['inside_90']:.0f} % of these {unseen['n']} numbers are inside their 90 % "
        "intervals.\n\n" + table(["numbers", "between trials", "over draws"], rows, right=(1, 2))
    )


def _methods(made: Mapping[str, Any]) -> str:
    rows = []
    for name, scores in made["methods"].items():
        fit, out = scores["fit"], scores["left_out"]
        inside = [f"{100 * one['inside_90']:.0f} %" for one in (fit, out)]
        rows.append([name, *inside, f"{fit['rms']:.2f}", f"{out['rms']:.2f}", f"{out['log_score']:.3f}"])
    head = ["method", "inside 90 %", "inside, study left out", "rms", "rms, left out", "log score, left out"]
    trace = [
        [one["when"], f"{one['rms']:.3f}", f"{100 * one['inside_90']:.0f} %", f"{one['log_score']:.3f}"]
        for one in made["trace"]
    ]
    return (
        "## Methods and trace\n\n"
        + table(head, rows, right=range(1, 6))
        + "\nThe smoother on its way, with the spread between trials of that step:\n\n"
        + table(["when", "rms", "inside 90 %", "log score"], trace, right=(1, 2, 3))
    )


def _fixed() -> str:
    groups = all_parameters()
    rows = []
    for group in FIXED_GROUPS:
        if group in groups:
            counts = [sum(one.basis == basis for one in groups[group].values()) for basis in BASES]
            rows.append([f"[{group}](parameters.md#{group})", *(number(count) for count in counts)])
    return (
        "## Held fixed\n\n"
        "All other numbers keep their value while a fit runs, and an ensemble is refused when one of them changes. "
        "By basis, of the groups that a fit rests on; the [page of parameters](parameters.md) has each with its "
        "source, and `cereblon sensitivity` ranks them by what they do.\n\n"
        + table(["group", *BASES], rows, right=range(1, len(BASES) + 1))
    )
