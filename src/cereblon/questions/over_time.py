"""Trials whose hazards are not proportional, put together: the hazard ratio as a function of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cereblon.core.arguments import refuse_unused
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.given_tables import GivenTable, name_of
from cereblon.core.months import Months, read_months
from cereblon.core.plain_text import paragraph, table_text
from cereblon.core.rows import Row
from cereblon.questions.result import Result
from cereblon.report.document import Document, notes_sections, part
from cereblon.statistics import normal_quantile
from cereblon.synthesis.curves.event_counts import EventCounts, comparable_arms, count_events, read_arm_times
from cereblon.synthesis.curves.fits import CLOSE_AIC
from cereblon.synthesis.curves.time_synthesis import (
    TimeSynthesis,
    few_events,
    fractional_polynomial,
    piecewise,
    select_polynomial,
)
from cereblon.synthesis.trial_networks import find_treatment

if TYPE_CHECKING:
    import altair as alt

_SHOWN = 5
_DEFAULT_MONTHS = (6.0, 12.0, 24.0, 36.0, 48.0)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HazardRatiosOverTime(Result):
    """Hazard ratios as a function of time, from several trials.

    Parameters
    ----------
    source
        File or table of the individuals.
    models
        What was fitted, best by AIC first; a step function alone where changes were given.
    proportional
        The same trials with one ratio for all of time.
    months
        Where the ratios are read.
    """

    source: str
    models: Sequence[TimeSynthesis]
    proportional: TimeSynthesis
    months: Sequence[float]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def effects(self) -> list[Row]:
        """Ratios of the best model and of the proportional one at the months, with 95 % intervals."""
        return [row for model in (self.models[0], self.proportional) for row in _ratios(model, self.months)]

    @property
    def ranking(self) -> list[Row]:
        """AIC and heterogeneity of each model."""
        return [_summary(model) for model in (*self.models, self.proportional)]

    def answer(self) -> str:
        """Say each ratio at the first and the last month, and whether one ratio for all of time fits as well."""
        return "\n".join(self._sentences())

    def _sentences(self) -> list[str]:
        best = self.models[0]
        said = []
        for treatment in best.treatments:
            rows = [row for row in _ratios(best, self.months) if row["treatment"] == treatment]
            ends = rows if len(rows) == 1 else (rows[0], rows[-1])
            at = [f"{_span(row)} at month {row['month']:g}" for row in ends]
            said.append(f"{treatment} against {best.reference}: hazard ratio {' and '.join(at)}.")
        return [*said, _constant(best, self.proportional)]

    def text(self) -> str:
        """Give the answer, the ratios at the months beside a constant one, and the models."""
        pairs = zip(_ratios(self.models[0], self.months), _ratios(self.proportional, self.months), strict=True)
        cells = [
            [f"{row['treatment']} against {row['versus']}", f"{row['month']:g}", _span(row), _span(constant)]
            for row, constant in pairs
        ]
        names = ("hazard ratio (95 % interval)", "month", "over time", "if constant")
        lines = [[str(row["model"]), f"{row['aic']:.1f}", str(row["heterogeneity"])] for row in self.ranking]
        models = table_text(("model", "AIC", "heterogeneity and inconsistency"), lines)
        return "\n\n".join(["\n".join(map(paragraph, self._sentences())), table_text(names, cells), models])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the ratios at the months, and the models."""
        return {"effects": self.effects, "models": self.ranking}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the ratio of the best model over the follow-up, beside the proportional one."""
        from cereblon.report.hazard_ratios import hazard_ratio_chart

        best = self.models[0]
        grid = np.linspace(0.5, max(best.follow_up.values()), 160).tolist()
        ends = _ratios(self.proportional, [grid[0], grid[-1]])
        drawn = hazard_ratio_chart(_ratios(best, grid), ends, best.treatments)
        return {"hazard_ratios": drawn}

    def content(self) -> Mapping[str, object]:
        """Give ratios, models and warnings."""
        return {"effects": self.effects, "models": self.ranking, "warnings": self.warnings}

    def document(self) -> Document:
        """Give the picture, the ratios and the models as a document."""
        best = self.models[0]
        how = f"{best.model.capitalize()}, fixed effect over trials, against {best.reference}. Source: {self.source}."
        panels = [
            part("Hazard ratio over time", chart=self.chart(), rows=self.effects, folded="Ratios read at months"),
            part("Models", rows=self.ranking, sentences=[how]),
            *notes_sections(self.notes),
        ]
        return Document(
            title="Hazard ratios over time", lead=[*self._sentences(), *self.warnings], sections=panels, is_live=True
        )


def over_time(
    data: GivenTable,
    *,
    reference: str,
    changes: Months | None = None,
    powers: str | Sequence[float] | None = None,
    months: Months | None = None,
    cell: float = 1.0,
    time_unit: str | None = None,
    event_coding: str | None = None,
    allow_implausible: bool = False,
) -> HazardRatiosOverTime:
    """Put trials together whose hazards are not proportional: the hazard ratio as a function of time.

    Every study keeps its own baseline hazard; effects are shared (fixed effect), as steps or fractional polynomials.
    Times are months, or text with a unit such as `2 years`.

    Parameters
    ----------
    data
        Individuals: columns study, treatment, month, event. A path or a table; `SurvivalCurves.save_individuals`
        writes one.
    reference
        Treatment that the others are set against.
    changes
        Months where the hazard ratio may change, instead of polynomials.
    powers
        Powers of the polynomial, one or two; the best by AIC of all 44 if None.
    months
        Months to read ratios at; 6, 12, 24, 36 and 48 within the data if None.
    cell
        Width of the intervals of the baseline hazard, months.
    time_unit
        Unit of a column called time, which does not say it: months, years, weeks, days.
    event_coding
        Events written as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).
    allow_implausible
        Accept times that no follow-up reaches.

    Returns
    -------
        Ratios at the months, with the models ranked.

    Raises
    ------
    ArgumentError
        If an argument is out of its range or would change nothing.
    UnknownNameError
        If the reference is not in the data.
    InputError
        If the table cannot be read, compares nothing, or a month lies beyond all data.

    Source
    ------
    Ouwens, Philips and Jansen, Res Synth Methods 2010;1:258 and Jansen, BMC Med Res Methodol 2011;11:61; ours are
    fitted by maximum likelihood.

    Examples
    --------
    >>> import cereblon as cb
    >>> arm = {"treatment": ["A"] * 9 + ["B"] * 9, "month": [2, 4, 6, 8, 10, 12, 14, 16, 18] * 2}
    >>> trial = {"study": ["one"] * 18, **arm, "event": [1] * 9 + [1, 0, 0] * 3}
    >>> found = cb.over_time(trial, reference="A", changes=9, months=[6, 12])
    >>> [row["month"] for row in found.effects]
    [6.0, 12.0, 6.0, 12.0]
    """
    if not 0 < cell < float("inf"):
        raise ArgumentError(f"cell is {cell:g}; a width above 0 is needed")
    steps, chosen = read_months(changes, "changes", allow_implausible=allow_implausible), _powers(powers)
    if changes is not None:
        refuse_unused({"powers": powers}, "the ratio is a step function")
    everybody, notes = read_arm_times(
        data, time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible
    )
    arms, left_out = comparable_arms(everybody)
    asked, reference = reference, find_treatment(reference, tuple(sorted({arm.treatment for arm in arms})))
    notes += [f"treatment {asked!r} was read as {reference}"] if asked != reference else []
    last = max(float(arm.month.max()) for arm in arms)
    asked_at = read_months(months, "months", allow_implausible=allow_implausible)
    read_at, not_read = _within(asked_at, steps, last)
    counts = count_events(arms, sorted({*np.arange(cell, last, cell).round(6).tolist(), *steps}))
    proportional = piecewise(counts, [], reference=reference)
    models, refused = _models(counts, reference, steps if changes is not None else None, chosen)
    return HazardRatiosOverTime(
        source=name_of(data),
        models=models,
        proportional=proportional,
        months=read_at,
        notes=(*notes, *not_read, *refused),
        warnings=(*left_out, *models[0].warnings, *_sparse(counts, models[0]), *_close_models(models)),
    )


def _sparse(counts: EventCounts, model: TimeSynthesis) -> list[str]:
    terms = model.effect_basis(np.array([1.0])).shape[1]
    return [f"{text}; do not trust these intervals" for text in few_events(counts, terms)]


def _powers(given: str | Sequence[float] | None) -> list[float]:
    try:
        parts = given.split(",") if isinstance(given, str) else given or ()
        return [float(part) for part in parts]
    except ValueError as error:
        raise ArgumentError(f"powers is {given!r}; numbers separated by commas are needed") from error


def _within(read_at: list[float], steps: list[float], last: float) -> tuple[list[float], list[str]]:
    """Refuse months beyond all data; of the months that nobody asked for keep those within, and say so."""
    for name, given in (("months", read_at), ("changes", steps)):
        beyond = [f"{month:g}" for month in given if month >= last]
        if beyond:
            raise InputError(
                f"{name}: month {', '.join(beyond)} lies beyond all data, which end at month {last:.4g}",
                hint="times asked for are months; write 365 days for another unit",
            )
    if read_at:
        return read_at, []
    found = [month for month in _DEFAULT_MONTHS if month < last] or [last / 2]
    left = [f"{month:g}" for month in _DEFAULT_MONTHS if month not in found]
    return found, [f"not read at month {', '.join(left)}: the data end at month {last:.4g}"] if left else []


def _models(
    counts: EventCounts, reference: str, steps: list[float] | None, powers: list[float]
) -> tuple[list[TimeSynthesis], list[str]]:
    """Fit what was asked for, best first, and name what is not ranked."""
    if steps is not None:
        return [piecewise(counts, steps, reference=reference)], []
    if powers:
        return [fractional_polynomial(counts, powers, reference=reference)], []
    ranked, refused = select_polynomial(counts, reference=reference)
    if len(ranked) > _SHOWN:
        refused = [*refused, f"the best {_SHOWN} of {len(ranked)} polynomials are listed"]
    return ranked[:_SHOWN], list(refused)


def _close_models(models: Sequence[TimeSynthesis]) -> list[str]:
    close = [model.model for model in models if model.fit.aic - models[0].fit.aic <= CLOSE_AIC]
    if len(close) < 2:
        return []
    return [f"within {CLOSE_AIC:g} units of AIC, so that the data do not choose: {'; '.join(close)}"]


def _ratios(model: TimeSynthesis, months: Sequence[float]) -> list[Row]:
    rows: list[Row] = []
    z = normal_quantile(0.95)
    for treatment in model.treatments:
        log_ratio, error = model.log_hazard_ratio(treatment, list(months))
        for index, month in enumerate(months):
            value, low, high = (float(np.exp(log_ratio[index] + shift * error[index])) for shift in (0, -z, z))
            ratio = {"hazard_ratio": value, "low": low, "high": high, "aic": model.fit.aic}
            about = {"model": model.model, "treatment": treatment, "versus": model.reference, "month": month}
            rows.append({**about, **ratio})
    return rows


def _span(row: Row) -> str:
    return f"{row['hazard_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def _constant(best: TimeSynthesis, proportional: TimeSynthesis) -> str:
    """Say whether the data prefer a ratio that changes to a constant one."""
    gain = proportional.fit.aic - best.fit.aic
    if abs(gain) <= CLOSE_AIC:
        fits = "fits about as well"
    else:
        how, side = ("worse", "higher") if gain > 0 else ("better", "lower")
        fits = f"fits {how} (AIC {side} by {abs(gain):.1f})"
    said = ", ".join(f"{_span(row)} for {row['treatment']}" for row in _ratios(proportional, [1.0]))
    return f"One ratio for all of time {fits}: {said}."


def _summary(model: TimeSynthesis) -> Row:
    found = "no comparison was made twice"
    if model.heterogeneity is not None:
        statistic, degrees, p = model.heterogeneity
        found = f"chi-squared {statistic:.2f} on {degrees}, p {p:.3g}"
    return {"model": model.model, "aic": model.fit.aic, "heterogeneity": found}
