"""Individual times rebuilt from a digitised Kaplan-Meier curve and the numbers at risk below it.

Within each interval of the risk table, censored patients are spread evenly, and their number is changed until those
still at risk at the end of the interval agree with the printed number; the events are those that the drops of the
curve need.

Source
------
Guyot, Ades, Ouwens and Welton, BMC Med Res Methodol 2012;12:9 (algorithm and its four levels of information). Ours
adds points at the times of the risk table, stops a search that runs in a circle at its best value, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.kaplan_meier import kaplan_meier, survival_at
from cereblon.synthesis.curves.digitised import DigitisedCurve, Floats, Ints, RiskTable

_MOST_ROUNDS = 200  # of the search in one interval; it settles in fewer than ten unless it runs in a circle
GAP_WORTH_SAYING = 0.02  # between the digitised and the rebuilt curve
_COUNT_WORTH_SAYING = 2  # patients


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Individuals rebuilt from one curve.

    Parameters
    ----------
    arm
        Name of the arm.
    month
        Time of event or censoring, rising.
    observed
        Whether it was an event.
    largest_gap, mean_gap
        Between the digitised curve and the one of these individuals, fractions, at the digitised times.
    published_events
        Total given by the user; None if unknown.
    warnings
        Assumptions made and misfits found, in words: to be shown with every result.
    """

    arm: str
    month: Floats
    observed: np.ndarray
    largest_gap: float
    mean_gap: float
    published_events: int | None
    warnings: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of individuals."""
        return len(self.month)

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.observed.sum())


@dataclass(slots=True)
class _RebuiltSteps:
    """The curve being rebuilt, one entry per digitised time."""

    month: Floats
    survival: Floats
    events: Ints
    censored: Ints
    at_risk: Ints  # one entry more: after the last time
    fitted: Floats
    misfit: int = 0  # patients by which printed numbers are missed, added up


def rebuild(
    curve: DigitisedCurve,
    risk: RiskTable | None = None,
    *,
    patients: int | None = None,
    events: int | None = None,
) -> Rebuilt:
    """Rebuild individual times.

    Parameters
    ----------
    curve
        From `digitised_curve` or `read_points`.
    risk
        Numbers at risk; without them `patients` is needed.
    patients
        Number at the start, when no risk table was printed.
    events
        Total number of events, if published; fixes the censoring after the last printed number at risk.

    Returns
    -------
        What was assumed because it was not published, and where the numbers contradict each other, is in `warnings`.

    Raises
    ------
    InputError
        If neither `risk` nor `patients` is given, both disagree, or `events` is impossible.
    """
    if risk is None:
        if patients is None:
            raise InputError(
                f"arm {curve.arm}: neither numbers at risk nor the number of patients is known",
                hint="give --at-risk FILE.csv, or at least --patients N",
            )
        risk = RiskTable(np.zeros(1), np.array([patients], dtype=np.int64))
    elif patients is not None and patients != risk.count[0]:
        raise InputError(
            f"arm {curve.arm}: {patients} patients were given; the risk table starts with {risk.count[0]}"
        )
    for name, count in (("patients", patients), ("events", events)):
        if count is not None and count != int(count):
            raise InputError(f"arm {curve.arm}: {count:g} {name}; a whole number is needed")
    if risk.count[0] < 1:
        raise InputError(f"arm {curve.arm}: {risk.count[0]} patients; at least one is needed")
    if events is not None and not 0 <= events <= risk.count[0]:
        raise InputError(f"arm {curve.arm}: {events} events; 0 to {risk.count[0]} patients are possible")
    if events == 0 and curve.survival[-1] < 1:
        raise InputError(f"arm {curve.arm}: the curve falls to {curve.survival[-1]:.3g}, but no event is given")
    steps, warnings = _walk(curve, risk, events)
    is_grid = _is_grid(curve.month)
    if len(risk.month) > 1 and (steps.misfit or is_grid):
        # The point at the very time of a number at risk shows events before it if the digitiser read a grid of times.
        later = RiskTable(risk.month + 1e-9 * float(curve.month[-1]) * (risk.month > 0), risk.count)
        other, said = _walk(curve, later, events)
        if is_grid or other.misfit < steps.misfit:
            steps, reason = other, "points stand on a grid" if is_grid else "it fits the numbers better"
            warnings = [*said, f"drops at the times of the risk table are taken as before them, as {reason}"]
    month, observed = _individuals(steps, int(risk.count[0]))
    return _described(curve, steps, month, observed, events, warnings)


def _is_grid(month: Floats) -> bool:
    """Say whether points stand at even distances, as they do when a program read the curve at given times."""
    widths = np.diff(month)
    return len(widths) > 6 and float(widths.max() - widths.min()) < 0.01 * float(np.median(widths))


def _walk(curve: DigitisedCurve, risk: RiskTable, events: int | None) -> tuple[_RebuiltSteps, list[str]]:
    """Rebuild interval after interval."""
    warnings = list(curve.notes)
    steps, edges, counts = _lay_out(curve, risk, warnings)
    last = 0
    for interval in range(len(edges) - 1):
        last = _fill(steps, edges, counts, interval, last, warnings)
    _fill_last(steps, edges, counts, last, events, warnings)
    return steps, warnings


def _lay_out(
    curve: DigitisedCurve, risk: RiskTable, warnings: list[str]
) -> tuple[_RebuiltSteps, list[int], list[int]]:
    """Put the times of the risk table among the points; give the index and number at risk where intervals start."""
    end = float(curve.month[-1])
    inside = risk.month < end
    if not inside.all():
        beyond = [(float(t), int(n)) for t, n in zip(risk.month[~inside], risk.count[~inside], strict=True)]
        if any(n > 0 for t, n in beyond if t > end):
            warnings.append(
                f"the points end at month {end:g}; {beyond[-1][1]} at risk at month {beyond[-1][0]:g} "
                "and what happened in between is not used"
            )
    late = curve.month > risk.month[-1]
    if risk.count[-1] == 0 and late.any():
        warnings.append(
            f"{int(late.sum())} points after month {risk.month[-1]:g}, where nobody is left at risk, have no patients"
        )
    if len(risk.month) == 1:
        warnings.append("no numbers at risk after the start: censoring is assumed even over the whole curve")
    month = np.union1d(curve.month, risk.month[inside])
    place = np.searchsorted(curve.month, month, side="right") - 1
    n = len(month)
    steps = _RebuiltSteps(
        month,
        curve.survival[place],
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n + 1, np.int64),
        np.ones(n),
    )
    edges = [int(i) for i in np.searchsorted(month, risk.month[inside])]
    return steps, edges, [int(c) for c in risk.count[inside]]


def _spread(steps: _RebuiltSteps, start: int, stop: int, count: int) -> None:
    """Spread censored patients evenly between two times; each counts at the point on or before its time."""
    steps.censored[start:stop] = 0
    if count > 0:
        left, right = steps.month[start], steps.month[stop]
        times = left + np.arange(1, count + 1) * (right - left) / (count + 1)
        place = np.searchsorted(steps.month, times, side="right") - 1
        np.add.at(steps.censored, np.clip(place, start, stop - 1), 1)


def _follow(steps: _RebuiltSteps, start: int, stop: int, at_risk: int, last: int) -> int:
    """Follow the curve from `start` until before `stop`, taking the events its drops need; give the last drop."""
    steps.at_risk[start] = at_risk
    for k in range(start, stop):
        left = int(steps.at_risk[k])
        base = float(steps.fitted[last])
        drops = 0 if k == 0 or base <= 0 else round(left * (1 - steps.survival[k] / base))
        drops = max(0, min(drops, left))
        steps.events[k] = drops
        steps.fitted[k] = base * (1 - drops / left) if left else base
        steps.censored[k] = min(steps.censored[k], left - drops)
        steps.at_risk[k + 1] = left - drops - steps.censored[k]
        if drops:
            last = k
    return last


def _fill(
    steps: _RebuiltSteps, edges: list[int], counts: list[int], interval: int, last: int, warnings: list[str]
) -> int:
    """Rebuild one interval between two printed numbers at risk."""
    start, stop, wanted = edges[interval], edges[interval + 1], counts[interval + 1]
    # the curve at the end of the interval belongs to the next one, as the number at risk counts those just before
    share = steps.survival[stop - 1] / steps.survival[start] if steps.survival[start] > 0 else 0.0
    censored = max(0, round(counts[interval] * share - wanted))
    tried = dict[int, int]()
    while censored not in tried and len(tried) < _MOST_ROUNDS:
        _spread(steps, start, stop, censored)
        _follow(steps, start, stop, counts[interval], last)
        tried[censored] = int(steps.at_risk[stop]) - wanted
        if tried[censored] == 0:
            break
        censored = max(0, censored + tried[censored])
    best = min(tried, key=lambda c: (abs(tried[c]), c))
    _spread(steps, start, stop, best)
    last = _follow(steps, start, stop, counts[interval], last)
    off = int(steps.at_risk[stop]) - wanted
    steps.misfit += abs(off)
    if abs(off) >= _COUNT_WORTH_SAYING:
        side = "fewer, even without censoring" if off < 0 else "more"
        warnings.append(
            f"month {steps.month[stop]:g}: {wanted} at risk were printed, the curve leaves {abs(off)} {side}"
        )
    counts[interval + 1] = int(steps.at_risk[stop])
    return last


def _fill_last(
    steps: _RebuiltSteps, edges: list[int], counts: list[int], last: int, events: int | None, warnings: list[str]
) -> None:
    """Rebuild what lies after the last printed number at risk."""
    start, stop, n = edges[-1], len(steps.month) - 1, counts[-1]
    before = int(steps.events[:start].sum())
    width = float(steps.month[stop] - steps.month[start])
    if len(edges) > 1:
        rate = float(steps.censored[:start].sum()) / float(steps.month[start] - steps.month[0])
        censored = min(round(rate * width), n)
    else:
        censored = 0

    def attempt(count: int) -> int:
        if start < stop:
            _spread(steps, start, stop, count)
        _follow(steps, start, stop + 1, n, last)
        return before + int(steps.events[start:].sum())

    found = attempt(censored)
    if events is None:
        if start < stop and (len(edges) > 1 and width > 0):
            warnings.append(
                f"after month {steps.month[start]:g}, where the last number at risk was printed, censoring is "
                f"assumed as frequent as before ({censored} patients); the total number of events would settle it"
            )
        elif len(edges) == 1:
            warnings.append("without a total number of events nobody is taken as censored before the curve ends")
        return
    if before > events:
        steps.misfit += before - events
        steps.events[start:], steps.censored[start:] = 0, 0
        steps.at_risk[start:] = n
        warnings.append(
            f"the curve needs {before} events before month {steps.month[start]:g}; {events} in all were given, "
            "so that everybody after it is taken as censored at the end"
        )
        return
    tried = {censored: found - events}
    while tried[censored] != 0 and len(tried) < _MOST_ROUNDS:
        following = min(max(0, censored + tried[censored]), n)
        if following in tried:
            break
        censored = following
        tried[censored] = attempt(censored) - events
    best = min(tried, key=lambda c: (abs(tried[c]), c))
    off = attempt(best) - events
    steps.misfit += abs(off)
    if abs(off) >= _COUNT_WORTH_SAYING:
        warnings.append(f"{events} events were given; the rebuilt patients have {events + off}")


def _individuals(steps: _RebuiltSteps, patients: int) -> tuple[Floats, np.ndarray]:
    middle = np.append((steps.month[:-1] + steps.month[1:]) / 2, steps.month[-1])
    month = np.concatenate([np.repeat(steps.month, steps.events), np.repeat(middle, steps.censored)])
    observed = np.repeat([True, False], [int(steps.events.sum()), int(steps.censored.sum())])
    rest = patients - len(month)
    month = np.concatenate([month, np.full(rest, steps.month[-1])])
    observed = np.concatenate([observed, np.zeros(rest, np.bool_)])
    order = np.lexsort([~observed, month])
    return month[order], observed[order]


def _described(
    curve: DigitisedCurve,
    steps: _RebuiltSteps,
    month: Floats,
    observed: np.ndarray,
    events: int | None,
    warnings: list[str],
) -> Rebuilt:
    place = np.searchsorted(steps.month, curve.month)
    rebuilt = survival_at(kaplan_meier(month, observed), steps.month)
    gaps = np.abs(rebuilt[place] - curve.survival)
    largest = float(gaps.max())
    if largest > GAP_WORTH_SAYING:
        at = float(curve.month[int(np.argmax(gaps))])
        warnings.append(
            f"the rebuilt curve differs from the digitised one by {100 * largest:.1f} percentage points at month "
            f"{at:g}: points and numbers at risk do not fit together, or few patients are left there"
        )
    return Rebuilt(curve.arm, month, observed, largest, float(gaps.mean()), events, tuple(warnings))
