"""`cereblon evidence adjust`: people of one trial brought to the published baseline of another, then compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.printing import print_json, print_rows, print_table
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon.evidence import Row
    from cereblon.synthesis.adjustment.comparison import Comparator, Outcome
    from cereblon.synthesis.adjustment.maic import AdjustedComparison
    from cereblon.synthesis.adjustment.patients import PatientData
    from cereblon.synthesis.adjustment.targets import Target
    from cereblon.synthesis.adjustment.weights import MatchedWeights, MedianRule

Text = Optional[str]  # noqa: UP045
Whole = Optional[int]  # noqa: UP045
COLUMNS = ("step", "treatment", "versus", "scale", "value", "low", "high", "log_value", "error", "method")

_ANCHOR = "the data need a control only where a published ratio against it is given"
_COMPARATORS = ("--ratio", "--responders", "--points")


@applies(
    Applies("--run", without=("--data",)),
    Applies("--population", without=("--data", "--run")),
    Applies("--targets", without=("--study",)),
    Applies("--study-arm", with_any=("--study",)),
    Applies("--arm", without=("--population",), because="its people have one arm"),
    Applies("--control", with_any=("--ratio",), because=_ANCHOR),
    Applies("--responders", without=("--ratio",)),
    Applies("--points", without=("--ratio", "--responders")),
    Applies("--at-risk", with_any=("--points",)),
    Applies("--events", with_any=("--points",)),
    Applies("--comparator", with_any=_COMPARATORS),
    Applies("--outcome", with_any=("--ratio",), because="responders and curves say which outcome it is"),
    Applies("--bootstrap", with_any=_COMPARATORS),
    Applies("--endpoint", with_any=("--run",)),
    Applies("--replicate", with_any=("--run",)),
    Applies("--time-unit", with_any=("--data", "--points")),
    Applies("--event-coding", with_any=("--data",)),
    Applies("--allow-implausible", with_any=("--data", "--ratio", "--points")),
    Applies("--leave-out-missing", with_any=("--data", "--run"), because="people that are drawn lack nothing"),
    Applies("--seed", with_any=("--population", "--bootstrap", "--method=stc"), because="nothing else is drawn"),
    Applies("--median-rule", without=("--method=stc",), because="a regression takes a median for the mean"),
    Applies("--weights", without=("--method=stc",), because="a regression has no weights"),
)
def adjust(
    data: Annotated[
        Text, typer.Option(help="CSV of individuals: covariates, arm, and month with event, or response.")
    ] = None,
    run: Annotated[Text, typer.Option(help="Run folder: its simulated people are the individuals.")] = None,
    population: Annotated[Text, typer.Option(help="Virtual population to draw; gives weights only.")] = None,
    study: Annotated[Text, typer.Option(help="Study of the library whose baseline is matched.")] = None,
    study_arm: Annotated[Text, typer.Option(help="Its arm; the whole study if absent.")] = None,
    targets: Annotated[Text, typer.Option(help="Baseline table instead: CSV of covariate, statistic, value.")] = None,
    match: Annotated[Text, typer.Option(help="Figures to match, comma-separated; all if absent.")] = None,
    arm: Annotated[Text, typer.Option(help="Arm of the individuals that is compared.")] = None,
    control: Annotated[
        Text, typer.Option(help="Control arm of the individuals, shared with the other trial.")
    ] = None,
    ratio: Annotated[
        Text, typer.Option(help="Published hazard or odds ratio against that control: value,low,high (95 %).")
    ] = None,
    responders: Annotated[Text, typer.Option(help="Responders of the comparator: responders/patients.")] = None,
    points: Annotated[
        Text, typer.Option(help="Points read off the comparator's curve, as for evidence curve.")
    ] = None,
    at_risk: Annotated[Text, typer.Option(help="Numbers at risk of the comparator.")] = None,
    events: Annotated[Whole, typer.Option(help="Total number of events of the comparator.")] = None,
    comparator: Annotated[Text, typer.Option(help="Name of the comparator.")] = None,
    method: Annotated[str, typer.Option(help="maic (reweight) or stc (regress).")] = "maic",
    outcome: Annotated[Text, typer.Option(help="time or response, where the data have both.")] = None,
    bootstrap: Annotated[
        Whole, typer.Option(help="Bootstrap replicates; sandwich interval if absent (maic).")
    ] = None,
    endpoint: Annotated[str, typer.Option(help="Endpoint of a run folder.")] = "pfs",
    replicate: Annotated[int, typer.Option(help="Replicate of a run folder.")] = 0,
    time_unit: Annotated[Text, typer.Option(help="Unit of a column called time: months, years, weeks, days.")] = None,
    event_coding: Annotated[
        Text, typer.Option(help="Events as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).")
    ] = None,
    median_rule: Annotated[
        Text,
        typer.Option(help="Published medians: above (strictly, as R maicplus; default) or half (ties count half)."),
    ] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept numbers beyond what a quantity can be.")
    ] = False,
    leave_out_missing: Annotated[
        bool, typer.Option("--leave-out-missing", help="Leave out people in whom a matched covariate is missing.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of draws.")] = 1,
    weights: Annotated[Text, typer.Option(help="Write each person's weight to this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[Text, typer.Option(help="Write a page to this file.")] = None,
    png: Annotated[Text, typer.Option(help="Draw to this PNG file.")] = None,
    svg: Annotated[Text, typer.Option(help="Draw to this SVG file.")] = None,
) -> None:
    """Adjust an indirect comparison for the population: matching (MAIC) or regression (STC).

    People come from a CSV file, a run folder or a virtual population; the baseline from a study of the library or a
    CSV file. With --ratio the comparison is anchored on the shared control; with --responders or --points it is not,
    and rests on every prognostic factor being matched. Without a comparator the weights alone are shown.

    Example: cereblon evidence adjust --population rrmm-1-3 --study aspire --match baseline_age_median,baseline_iss_3
    """
    from cereblon.cli.evidence.adjust_input import comparator_of, people_of, targets_of

    _check_words(method, outcome)
    people = people_of(
        data, run, population, endpoint=endpoint, replicate=replicate, time_unit=time_unit, seed=seed,
        event_coding=event_coding, allow_implausible=allow_implausible,
    )  # fmt: skip
    figures, notes = targets_of(study, study_arm, targets, match)
    if leave_out_missing:
        people, dropped = people.complete([figure.covariate for figure in figures])
        if not dropped:
            raise typer.BadParameter(
                "--leave-out-missing changes nothing: no matched covariate is missing in anybody"
            )
        notes = [*notes, *dropped]
    label = comparator or study or "comparator"
    other, understood, cautions = comparator_of(
        ratio, responders, points, at_risk, events, label, time_unit, allow_implausible=allow_implausible
    )
    kind: Outcome | None = "time" if outcome == "time" else "response" if outcome == "response" else None
    result, matched = _adjusted(
        people, figures, other, method, kind, bootstrap=bootstrap, seed=seed, arm=arm, control=control,
        rule=_rule(median_rule, figures),
    )  # fmt: skip
    said = [*people.notes, *_not_matched(people, figures), *notes, *understood]
    said += result.notes if result else matched.notes if matched else ()
    warned = [*cautions, *(result.warnings if result else matched.warnings if matched else ())]
    effects = [{name: getattr(line, name) for name in COLUMNS} for line in result.effects] if result else []
    if weights and matched is not None:
        _write_weights(matched, weights)
    _draw(effects, matched, said, warned, people.where, label, html, png, svg)
    _print(effects, matched, said, warned, seed, as_json=as_json, as_csv=as_csv)


def _check_words(method: str, outcome: str | None) -> None:
    if method not in ("maic", "stc"):
        raise typer.BadParameter(f"--method is {method!r}; allowed: maic, stc")
    if outcome is not None and outcome not in ("time", "response"):
        raise typer.BadParameter(f"--outcome is {outcome!r}; allowed: time, response")


def _rule(given: str | None, figures: Sequence[Target]) -> MedianRule:
    """Read the rule of medians; it is refused where no median is matched."""
    from cereblon.synthesis.adjustment.weights import MEDIAN_RULES

    found = next((rule for rule in MEDIAN_RULES if rule == (given or "above").lower()), None)
    if found is None:
        raise typer.BadParameter(f"--median-rule is {given!r}; allowed: {', '.join(MEDIAN_RULES)}")
    if given is not None and not any(figure.statistic == "median" for figure in figures):
        raise typer.BadParameter("--median-rule applies only where a median is matched")
    return found


def _not_matched(people: PatientData, figures: Sequence[Target]) -> list[str]:
    """Name the covariates that no figure is matched with, and whose values are missing."""
    used = {figure.covariate for figure in figures}
    left = sorted(set(people.covariates) - used)
    found = [f"{people.where}: not matched: {', '.join(left)}"] if left else []
    alone = people.month is not None and people.response is not None
    return [*found, *([f"{people.where}: holds times and a response; one of them is compared"] if alone else [])]


def _adjusted(
    people: PatientData,
    figures: Sequence[Target],
    other: Comparator | None,
    method: str,
    outcome: Outcome | None,
    *,
    bootstrap: int | None,
    seed: int,
    arm: str | None,
    control: str | None,
    rule: MedianRule,
) -> tuple[AdjustedComparison | None, MatchedWeights | None]:
    """Compare by the method asked for; without a comparator give the weights alone."""
    from cereblon.synthesis.adjustment.comparison import outcome_of
    from cereblon.synthesis.adjustment.maic import matching_adjusted_comparison
    from cereblon.synthesis.adjustment.regression import simulated_treatment_comparison
    from cereblon.synthesis.adjustment.weights import match_weights

    if bootstrap is not None and bootstrap < 100:
        raise typer.BadParameter(f"--bootstrap is {bootstrap}; at least 100 replicates are needed for an interval")
    replicates = bootstrap or 500
    if other is None:
        if method == "stc":
            raise typer.BadParameter("--method stc needs a comparator: --ratio or --responders")
        kept = people if arm is None else people.only([arm])
        return None, match_weights(kept, figures, median_rule=rule)
    if method == "stc":
        if bootstrap is not None and outcome_of(people, other, outcome) == "time":
            raise typer.BadParameter("--bootstrap does not apply with --method stc and times: nothing is drawn")
        result = simulated_treatment_comparison(
            people, figures, other, outcome=outcome, replicates=replicates, seed=seed, arm=arm, control=control
        )
        return result, None
    result = matching_adjusted_comparison(
        people,
        figures,
        other,
        outcome=outcome,
        interval="sandwich" if bootstrap is None else "bootstrap",
        replicates=replicates,
        seed=seed,
        arm=arm,
        control=control,
        median_rule=rule,
    )
    return result, result.weights


def _balance(matched: MatchedWeights) -> list[Row]:
    names = ("label", "statistic", "before", "after", "target", "source")
    return [{name: getattr(row, name) for name in names} for row in matched.balance]


def _sizes(matched: MatchedWeights) -> list[Row]:
    return [
        {
            "arm": name,
            "people": n,
            "effective": matched.effective_by_arm[name],
            "share": matched.effective_by_arm[name] / n,
        }
        for name, n in matched.n_by_arm.items()
    ]


def _write_weights(matched: MatchedWeights, path: str) -> None:
    from pathlib import Path

    from cereblon.core.errors import InputError

    lines = ["person,weight", *(f"{i},{weight:.8g}" for i, weight in enumerate(matched.weights, start=1))]
    try:
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror})", hint="check that the folder exists"
        ) from error


def _draw(
    effects: list[Row],
    matched: MatchedWeights | None,
    notes: list[str],
    warnings: list[str],
    where: str,
    label: str,
    html: str | None,
    png: str | None,
    svg: str | None,
) -> None:
    if not (html or png or svg):
        return
    from pathlib import Path

    from cereblon.report.matching import matching_chart
    from cereblon.report.saving import Panel, save_page
    from cereblon.report.static import save_picture

    chart = matching_chart(effects, [] if matched is None else matched.weights.tolist())
    for path in (png, svg):
        if path:
            save_picture(chart, Path(path))
    if html:
        panels = [Panel("Effects and weights" if effects else "Weights", chart=chart)]
        if effects:
            panels.append(Panel("Effects", rows=effects))
        if matched is not None:
            panels.append(Panel("Baseline before and after, shares as fractions", rows=_balance(matched)))
            panels.append(Panel("Effective sample size", rows=_sizes(matched)))
        lead = [f"People of {where}, brought to the published baseline of {label}.", *warnings, *notes]
        save_page(Path(html), f"Adjusted comparison with {label}", lead, panels)


def _print(
    effects: list[Row],
    matched: MatchedWeights | None,
    notes: list[str],
    warnings: list[str],
    seed: int,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    print_notes(notes)
    for text in warnings:
        typer.echo(f"warning: {text}", err=True)
    typer.echo(f"seed {seed}", err=True)
    if as_json:
        content: dict[str, object] = {"effects": effects, "notes": notes, "warnings": warnings, "seed": seed}
        if matched is not None:
            content |= {"balance": _balance(matched), "effective_sample_size": _sizes(matched)}
            content["weights"] = [round(float(weight), 8) for weight in matched.weights]
        print_json(content)
        return
    rows = effects or (_balance(matched) if matched is not None else [])
    if print_rows(rows, list(rows[0]) if rows else list(COLUMNS), as_json=False, as_csv=as_csv):
        return
    if effects:
        cells = [
            [str(row["step"]), f"{row['treatment']} versus {row['versus']}", f"{row['value']:.3f}",
             f"{row['low']:.3f} to {row['high']:.3f}", str(row["method"])]
            for row in effects
        ]  # fmt: skip
        print_table(
            ("step", "comparison", str(effects[0]["scale"]), "95 % interval", "method"), cells, folded=("method",)
        )
        typer.echo()
    if matched is not None:
        lines = [
            [
                row.label,
                row.statistic,
                *(_figure(v, row.statistic) for v in (row.before, row.after, row.target)),
                row.source,
            ]
            for row in matched.balance
        ]
        print_table(("figure", "statistic", "before", "after", "published", "source"), lines, folded=("source",))
        typer.echo()
        sizes = [
            [
                name,
                str(n),
                f"{matched.effective_by_arm[name]:.1f}",
                f"{100 * matched.effective_by_arm[name] / n:.0f} %",
            ]
            for name, n in matched.n_by_arm.items()
        ]
        print_table(("arm", "people", "effective sample size", "kept"), sizes)


def _figure(value: float, statistic: str) -> str:
    return f"{100 * value:.1f} %" if statistic == "share" else f"{value:.4g}"
