"""`cereblon evidence forest`: trials of each comparison, pooled where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.network import print_remarks, remark_panels, span
from cereblon.cli.evidence.printing import print_json, print_rows, print_table, print_text
from cereblon.cli.evidence.synthesis_input import Material, load_material
from cereblon.cli.evidence.synthesis_options import OF_MATERIAL, OF_PICTURE, Asked, takes

if TYPE_CHECKING:
    from cereblon.synthesis.frequentist import ArmCount, ContrastData, PairwiseResult
    from cereblon.synthesis.frequentist.effect_sizes import CountMeasure
    from cereblon.synthesis.frequentist.measure import Row

_ANY = "any treatment"
_CORRECTED = "the estimate shown rests on the correction for zero cells"


@applies(
    *OF_MATERIAL,
    *OF_PICTURE,
    Applies("--larger-is-better", with_any=("--png", "--svg", "--html"), because="it names the sides of the picture"),
)
@takes(Asked)
def forest(
    asked: Asked,
    treatment: Annotated[Optional[str], typer.Option(help="Keep comparisons of this treatment.")] = None,  # noqa: UP045
    across: Annotated[
        bool,
        typer.Option(
            "--across", help="Also pool different treatments against one comparator: a mean of their effects."
        ),
    ] = False,
    picture: Annotated[str, typer.Option(help="Picture for --png and --svg: forest or funnel.")] = "forest",
) -> None:
    """Show the trials of each comparison, pooled where there are several, with prediction intervals.

    Different comparisons are never pooled unless --across asks for it; --reference keeps those against one treatment.
    Where a trial has an arm without events, counts are also pooled without any correction (Mantel-Haenszel, Peto).

    Example: cereblon evidence forest --endpoint pfs_hr --setting rrmm
    """
    if picture not in ("forest", "funnel"):
        raise typer.BadParameter(f"--picture is {picture}; forest or funnel")
    material = load_material(asked, whole=asked.part is None)
    below = None if asked.reference is None else material.find(asked.reference)
    results = _pairwise(material.data, asked, None if treatment is None else material.find(treatment), below)
    if across:
        results += [_across(material.data, asked, below)]
    uncorrected = [_uncorrected(material.data, above, versus, asked.level) for above, versus, _ in results]
    rows = [
        {"treatment": above, "versus": below, **row}
        for (above, below, result), pools in zip(results, uncorrected, strict=True)
        for row in [*result.to_rows(), *pools.rows]
    ]
    if asked.png is not None or asked.svg is not None:
        from cereblon.cli.evidence.synthesis_pictures import save_pictures

        drawn = _funnel(results) if picture == "funnel" else _chart(results, material)
        save_pictures(drawn, asked.png, asked.svg)
    several = [result for _, _, result in results if len(result.studies) > 1]
    notes = [*material.data.notes, *(note for result in several for note in result.notes)]
    notes += [note for pools in uncorrected for note in pools.notes]
    notes += [note for above, below, _ in results for note in _one_sided(material.data, above, below)]
    notes = list(dict.fromkeys([*notes, *_interval_notes(results, asked)]))
    if asked.html is not None:
        from cereblon.report.saving import Panel, save_page

        panels = [Panel("Forest plot", _chart(results, material), rows), *remark_panels(material, notes)]
        typer.echo(f"written: {save_page(asked.html, material.title, [], panels)}", err=True)
    if asked.as_json:
        print_json(_for_machines(material, results, uncorrected, notes))
    elif print_rows(rows, list(rows[0]), as_json=False, as_csv=asked.as_csv):
        material.print_notes_beside_csv(notes)
    else:
        _print(material, results, uncorrected, notes)


def _pairwise(
    data: ContrastData, asked: Asked, wanted: str | None, below_only: str | None
) -> list[tuple[str, str, PairwiseResult]]:
    """Pool each comparison that trials make, the usual comparator below the line."""
    from cereblon.core.errors import InputError
    from cereblon.synthesis.frequentist import pool_head_to_head

    trials = {name: sum(name in trial.treatments for trial in data.trials) for name in data.treatments}
    results = []
    for pair in combinations(data.treatments, 2):
        votes = _votes(data, pair)
        below, above = sorted(pair, key=lambda name: (name != below_only, -votes[name], -trials[name], name))
        own = [trial for trial in data.trials if above in trial.treatments and below in trial.treatments]
        if not own or (wanted is not None and wanted not in pair) or (below_only is not None and below != below_only):
            continue
        interval, prediction = _interval(asked, len(own))
        result = pool_head_to_head(
            data,
            above,
            below,
            model=asked.model,
            tau2_method=asked.tau2,
            interval=interval,
            prediction=prediction,
            level=asked.level,
        )
        results.append((above, below, result))
    if not results:
        raise InputError("no trial makes such a comparison", hint=f"treatments: {', '.join(data.treatments)}")
    return sorted(results, key=lambda entry: (-trials[entry[1]], entry[1], entry[0]))


@dataclass(frozen=True)
class Uncorrected:
    """Pools of counts without correction, as rows, and what they could not give."""

    rows: list[Row]
    notes: list[str]


def _uncorrected(data: ContrastData, above: str, below: str, level: float) -> Uncorrected:
    """Pool the counts of a comparison without correction where a cell is zero; else nothing."""
    from cereblon.core.errors import InputError
    from cereblon.synthesis.frequentist import mantel_haenszel, peto
    from cereblon.synthesis.frequentist.measure import interval_columns

    arms: dict[tuple[str, str], list[ArmCount]] = {}
    for arm in data.counts:
        arms.setdefault((arm.study, arm.treatment), []).append(arm)
    studies = [trial.study for trial in data.trials if {(trial.study, above), (trial.study, below)} <= arms.keys()]
    first, second = ([_sums(arms[study, name]) for study in studies] for name in (above, below))
    if data.measure not in ("log_or", "log_rr") or all(0 < events < n for events, n in (*first, *second)):
        return Uncorrected([], [])
    (events1, n1), (events2, n2) = (zip(*arm, strict=True) for arm in (first, second))
    measure: CountMeasure = "log_or" if data.measure == "log_or" else "log_rr"
    rows: list[Row] = []
    notes: list[str] = []
    for method in ("Mantel-Haenszel", "Peto") if measure == "log_or" else ("Mantel-Haenszel",):
        try:
            if method == "Peto":
                pool = peto(events1, n1, events2, n2, level=level)
            else:
                pool = mantel_haenszel(events1, n1, events2, n2, measure, level=level)
        except InputError as error:
            notes.append(f"{above} versus {below}: {error.message}; {_CORRECTED}")
            continue
        shown = interval_columns(pool.measure, pool.effect, pool.se, pool.low, pool.high, pool.level)
        row: Row = {"row": pool.method, "study": ""}
        rows.append(row | shown | {"weight": None})
    return Uncorrected(rows, notes)


def _sums(arms: Sequence[ArmCount]) -> tuple[float, float]:
    return sum(arm.events for arm in arms), sum(arm.n for arm in arms)


def _votes(data: ContrastData, pair: tuple[str, str]) -> dict[str, int]:
    """Count the trials that print each of two treatments below the line."""
    counted = {arm.study for arm in data.counts}
    printed = [trial.treatments[0] for trial in data.trials if trial.study not in counted]
    return {name: printed.count(name) for name in pair}


def _interval(asked: Asked, trials: int) -> Any:
    """Fall back to normal intervals for a single trial, where Hartung-Knapp has nothing to work with."""
    return (asked.interval if trials > 1 else "wald"), "k-2"


def _one_sided(data: ContrastData, above: str, below: str) -> list[str]:
    """Say that the counts of one comparison bound its ratio on one side only."""
    from cereblon.synthesis.frequentist.separation import unbounded_notes

    own = tuple(trial for trial in data.trials if {above, below} <= set(trial.treatments))
    counts = tuple(a for a in data.counts if a.study in {t.study for t in own} and a.treatment in (above, below))
    if not own or any(len(trial.treatments) > 2 and trial.study not in {a.study for a in counts} for trial in own):
        return []
    alone = replace(data, trials=own, counts=counts)
    return [
        note
        for note in unbounded_notes(alone, below, "the correction for zero cells makes the number that is shown")
        if note.startswith(f"{above} versus")
    ]


def _interval_notes(results: Sequence[tuple[str, str, PairwiseResult]], asked: Asked) -> list[str]:
    """Say where the kind of interval that was asked for is not the one shown."""
    single = [f"{above} versus {below}" for above, below, result in results if len(result.studies) == 1]
    if asked.interval == "wald" or not single:
        return []
    return [f"{asked.interval} needs two trials; normal intervals are shown for {', '.join(single)}"]


def _across(data: ContrastData, asked: Asked, reference: str | None) -> tuple[str, str, PairwiseResult]:
    """Pool all comparisons that share their comparator; a trial of several arms would count twice and is refused."""
    from cereblon.core.errors import InputError
    from cereblon.synthesis.frequentist import pool

    trials = {name: sum(name in trial.treatments for trial in data.trials) for name in data.treatments}
    below = max(trials, key=lambda name: trials[name]) if reference is None else reference
    own = [trial for trial in data.trials if below in trial.treatments]
    several = [trial.study for trial in own if len(trial.treatments) > 2]
    if several:
        raise InputError(
            f"--across: {', '.join(several)} has more than two arms, so its control would count twice",
            hint="leave it out: " + " ".join(f"--exclude {study}" for study in several),
        )
    pairs = [(trial, next(name for name in trial.treatments if name != below)) for trial in own]
    effects, variances = zip(*(trial.contrast(above, below) for trial, above in pairs), strict=True)
    interval, prediction = _interval(asked, len(own))
    result = pool(
        effects,
        [variance**0.5 for variance in variances],
        studies=[f"{trial.study} ({above})" for trial, above in pairs],
        measure=data.measure,
        model=asked.model,
        tau2_method=asked.tau2,
        interval=interval,
        prediction=prediction,
        level=asked.level,
    )
    return _ANY, below, result


def _chart(results: list[tuple[str, str, PairwiseResult]], material: Material) -> Any:
    from cereblon.cli.evidence.synthesis_pictures import draw_forest, favours, pairwise_lines

    lines = [line for above, below, result in results for line in pairwise_lines(f"{above} versus {below}", result)]
    belows = {below for _, below, _ in results}
    sides = favours(material.smaller_is_better, versus=belows.pop() if len(belows) == 1 else "comparator")
    return draw_forest(lines, material.data.measure, sides)


def _funnel(results: list[tuple[str, str, PairwiseResult]]) -> Any:
    """Draw the funnel of the comparison with most trials."""
    from cereblon.cli.evidence.synthesis_pictures import pairwise_funnel
    from cereblon.core.errors import InputError

    above, below, result = max(results, key=lambda entry: len(entry[2].studies))
    if len(result.studies) < 2:
        raise InputError(
            "no comparison has two trials, so there is no funnel",
            hint="--across pools treatments against one comparator; evidence network --picture funnel",
        )
    return pairwise_funnel(f"{above} versus {below}", result)


def _asymmetry(result: PairwiseResult) -> dict[str, float] | None:
    """Give the regression test of funnel asymmetry; None under three trials, where there is none."""
    import numpy as np

    from cereblon.synthesis.frequentist import egger_test

    if len(result.studies) < 3 or np.ptp(result.study_se) == 0:
        return None
    test = egger_test(result.study_effect, result.study_se)
    return {"slope": test.slope, "se": test.se, "z": test.z, "p": test.p}


def _for_machines(
    material: Material,
    results: list[tuple[str, str, PairwiseResult]],
    uncorrected: list[Uncorrected],
    notes: list[str],
) -> dict[str, Any]:
    return {
        **material.about,
        "measure": material.data.measure,
        "comparisons": [
            {
                "treatment": above,
                "versus": below,
                "model": result.model,
                "interval": result.interval,
                "heterogeneity": result.heterogeneity.to_row(),
                "asymmetry": _asymmetry(result),
                "rows": [*result.to_rows(), *pools.rows],
            }
            for (above, below, result), pools in zip(results, uncorrected, strict=True)
        ],
        **material.remarks(notes),
    }


def _print(
    material: Material,
    results: list[tuple[str, str, PairwiseResult]],
    uncorrected: list[Uncorrected],
    notes: list[str],
) -> None:
    from cereblon.synthesis.frequentist.measure import shown_as

    print_text(material.title)
    typer.echo()
    lines = []
    for (above, below, result), pools in zip(results, uncorrected, strict=True):
        for row in result.to_rows():
            if row["row"] == "study":
                weight = f"{100 * float(row['weight'] or 0):.0f} %" if len(result.studies) > 1 else ""
                lines.append([f"{above} v {below}", str(row["study"]), span(row), weight])
            elif len(result.studies) > 1:
                name = f"{result.model} effects" if row["row"] == "pooled" else "prediction"
                shown = span(row) if row["row"] == "pooled" else f"{row['low']:.2f} to {row['high']:.2f}"
                i2 = result.heterogeneity.i2
                about = f"I2 {100 * i2:.0f} %" if i2 is not None and row["row"] == "pooled" else ""
                lines.append([f"{above} v {below}", name, shown, about])
        lines += [
            [f"{above} v {below}", f"{row['row']}, no correction", span(row), "fixed effect"] for row in pools.rows
        ]
    print_table(["comparison", "trial", shown_as(material.data.measure), "weight"], lines)
    print_remarks(material, notes)
