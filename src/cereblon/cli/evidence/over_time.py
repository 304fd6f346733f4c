"""`cereblon evidence over-time`: several trials synthesised without proportional hazards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.printing import print_json, print_rows, print_table
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon.evidence import Row
    from cereblon.synthesis.curves.event_counts import EventCounts
    from cereblon.synthesis.curves.time_synthesis import TimeSynthesis

Text = Optional[str]  # noqa: UP045
COLUMNS = ("model", "treatment", "versus", "month", "hazard_ratio", "low", "high", "aic")
_SHOWN = 5
DEFAULT_MONTHS = (6.0, 12.0, 24.0, 36.0, 48.0)


@applies(Applies("--powers", without=("--changes",), because="the ratio is a step function or a polynomial"))
def over_time(
    data: Annotated[str, typer.Option(help="CSV of individuals: study, treatment, month, event.")],
    reference: Annotated[str, typer.Option(help="Treatment that the others are set against.")],
    changes: Annotated[
        Text, typer.Option(help="Months where the hazard ratio may change, comma-separated, instead of polynomials.")
    ] = None,
    powers: Annotated[
        Text, typer.Option(help="Powers of the polynomial, one or two; the best by AIC of all 44 if absent.")
    ] = None,
    months: Annotated[
        Text, typer.Option(help="Months to read hazard ratios at; 6, 12, 24, 36 and 48 within the data if absent.")
    ] = None,
    cell: Annotated[float, typer.Option(help="Width of the intervals of the baseline hazard, months.")] = 1.0,
    time_unit: Annotated[Text, typer.Option(help="Unit of a column called time: months, years, weeks, days.")] = None,
    event_coding: Annotated[
        Text, typer.Option(help="Events as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).")
    ] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept times that no follow-up reaches.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[Text, typer.Option(help="Write a page to this file.")] = None,
    png: Annotated[Text, typer.Option(help="Draw to this PNG file.")] = None,
    svg: Annotated[Text, typer.Option(help="Draw to this SVG file.")] = None,
) -> None:
    """Synthesise trials whose hazards are not proportional: the hazard ratio as a function of time.

    Every study keeps its own baseline hazard; effects are shared (fixed effect), as steps or fractional polynomials.
    Individuals come from a file, for example rebuilt by `cereblon evidence curve --individuals`.

    Example: cereblon evidence over-time --data trials.csv --reference Rd --changes 12,24
    """
    from pathlib import Path

    import numpy as np

    from cereblon.cli.evidence.months import read_months
    from cereblon.synthesis.curves.event_counts import comparable_arms, count_events, read_arm_times
    from cereblon.synthesis.curves.time_synthesis import piecewise
    from cereblon.synthesis.trial_networks import find_treatment

    if not 0 < cell < float("inf"):
        raise typer.BadParameter(f"--cell is {cell:g}; a width above 0 is needed")
    steps, chosen = read_months(changes, "--changes"), _powers(powers)
    read_at = read_months(months, "--months")
    everybody, notes = read_arm_times(
        Path(data), time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible
    )
    arms, left_out = comparable_arms(everybody)
    asked, reference = reference, find_treatment(reference, tuple(sorted({arm.treatment for arm in arms})))
    notes += [f"treatment {asked!r} was read as {reference}"] if asked != reference else []
    last = max(float(arm.month.max()) for arm in arms)
    read_at = _within(read_at, steps, last, notes)
    counts = count_events(arms, sorted({*np.arange(cell, last, cell).round(6).tolist(), *steps}))
    proportional = piecewise(counts, [], reference=reference)
    models, refused = _models(counts, reference, steps if changes is not None else None, chosen)
    notes += refused
    rows = [row for model in (models[0], proportional) for row in _rows(model, read_at)]
    ranking = [_summary(model) for model in (*models, proportional)]
    warnings = [*left_out, *models[0].warnings, *_close(models)]
    _draw(models[0], proportional, data, html, png, svg, rows, ranking, [*warnings, *notes])
    print_notes(notes)
    for text in warnings:
        typer.echo(f"warning: {text}", err=True)
    if as_json:
        print_json({"effects": rows, "models": ranking, "notes": notes, "warnings": warnings})
        return
    if print_rows(rows, list(COLUMNS), as_json=False, as_csv=as_csv):
        return
    cells = [
        [str(r["model"]), f"{r['treatment']} versus {r['versus']}", f"{r['month']:g}", f"{r['hazard_ratio']:.3f}",
         f"{r['low']:.3f} to {r['high']:.3f}"]
        for r in rows
    ]  # fmt: skip
    print_table(("model", "comparison", "month", "hazard ratio", "95 % interval"), cells, folded=("model",))
    typer.echo()
    lines = [[str(r["model"]), f"{r['aic']:.1f}", str(r["heterogeneity"])] for r in ranking]
    print_table(("model", "aic", "heterogeneity and inconsistency"), lines)


def _powers(given: str | None) -> list[float]:
    try:
        return [] if given is None else [float(part) for part in given.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"--powers is {given!r}; numbers separated by commas are needed") from error


def _within(read_at: list[float], steps: list[float], last: float, notes: list[str]) -> list[float]:
    """Refuse months beyond all data; of the months that nobody asked for keep those within."""
    from cereblon.core.errors import InputError

    for option, given in (("--months", read_at), ("--changes", steps)):
        beyond = [f"{month:g}" for month in given if month >= last]
        if beyond:
            raise InputError(
                f"{option}: month {', '.join(beyond)} lies beyond all data, which end at month {last:.4g}",
                hint="times on the command line are months; write 365 days for another unit",
            )
    if read_at:
        return read_at
    found = [month for month in DEFAULT_MONTHS if month < last] or [last / 2]
    left = [f"{month:g}" for month in DEFAULT_MONTHS if month not in found]
    notes += [f"not read at month {', '.join(left)}: the data end at month {last:.4g}"] if left else []
    return found


def _models(
    counts: EventCounts, reference: str, steps: list[float] | None, powers: list[float]
) -> tuple[list[TimeSynthesis], list[str]]:
    """Fit what was asked for, best first, and name what is not ranked."""
    from cereblon.synthesis.curves.time_synthesis import fractional_polynomial, piecewise, select_polynomial

    if steps is not None:
        return [piecewise(counts, steps, reference=reference)], []
    if powers:
        return [fractional_polynomial(counts, powers, reference=reference)], []
    ranked, refused = select_polynomial(counts, reference=reference)
    if len(ranked) > _SHOWN:
        refused = [*refused, f"the best {_SHOWN} of {len(ranked)} polynomials are listed"]
    return ranked[:_SHOWN], refused


def _close(models: list[TimeSynthesis]) -> list[str]:
    from cereblon.synthesis.curves.fits import NEAR_TIE

    close = [model.model for model in models if model.fit.aic - models[0].fit.aic <= NEAR_TIE]
    if len(close) < 2:
        return []
    return [f"within {NEAR_TIE:g} units of AIC, so that the data do not choose: {'; '.join(close)}"]


def _rows(model: TimeSynthesis, months: list[float]) -> list[Row]:
    import numpy as np

    rows: list[Row] = []
    for treatment in model.treatments:
        log_ratio, error = model.log_hazard_ratio(treatment, months)
        for index, month in enumerate(months):
            ends = [float(np.exp(log_ratio[index] + sign * 1.959964 * error[index])) for sign in (0, -1, 1)]
            cells: list[str | float] = [model.model, treatment, model.reference, month, *ends, model.fit.aic]
            rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def _summary(model: TimeSynthesis) -> Row:
    found = "no comparison was made twice"
    if model.heterogeneity is not None:
        statistic, degrees, p = model.heterogeneity
        found = f"chi-squared {statistic:.2f} on {degrees}, p {p:.3g}"
    return {"model": model.model, "aic": model.fit.aic, "heterogeneity": found}


def _draw(
    model: TimeSynthesis,
    proportional: TimeSynthesis,
    source: str,
    html: str | None,
    png: str | None,
    svg: str | None,
    rows: list[Row],
    ranking: list[Row],
    warnings: list[str],
) -> None:
    if not (html or png or svg):
        return
    from pathlib import Path

    import numpy as np

    from cereblon.report.hazard_ratios import hazard_ratio_chart
    from cereblon.report.saving import Panel, save_page
    from cereblon.report.static import save_picture

    grid = np.linspace(0.5, max(model.follow_up.values()), 160).tolist()
    chart = hazard_ratio_chart(_rows(model, grid), _rows(proportional, [grid[0], grid[-1]]), model.treatments)
    for path in (png, svg):
        if path:
            save_picture(chart, Path(path))
    if html:
        lead = [
            f"{model.model.capitalize()}, fixed effect over trials, against {model.reference}. Source: {source}.",
            *warnings,
        ]
        panels = [Panel("Hazard ratio over time", chart=chart), Panel("Read at months", rows=rows)]
        save_page(Path(html), "Hazard ratios over time", lead, [*panels, Panel("Models", rows=ranking)])
