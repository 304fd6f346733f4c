"""Exposure as plain text: a small picture drawn with characters, and metrics side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cereblon.core.plain_text import capital
from cereblon.core.rows import Row, Rows, distinct

MARKS = (("░", "●"), ("▒", "○"))


def sketch(curves: Sequence[Rows], *, width: int = 68, height: int = 14) -> str:
    """Draw bands and medians with characters, one or two kinds of patient over each other.

    Each column shows the highest median within its time, so that peaks are not lost between columns.

    Parameters
    ----------
    curves
        Rows of `time_h`, `p5`, `median`, `p95` and `unit`, a curve for each kind of patient.
    width, height
        Of the picture, in characters.
    """
    longest = max(float(str(curve[-1]["time_h"])) for curve in curves)
    top = max(float(str(row["p95"])) for curve in curves for row in curve) or 1.0
    grid = [[" "] * width for _ in range(height)]

    def level(value: float) -> int:
        return min(height - 1, int(value / top * (height - 1) + 0.5))

    for curve, (shade, dot) in reversed(list(zip(curves, MARKS, strict=False))):
        columns: list[list[Row]] = [[] for _ in range(width)]
        for row in curve:
            columns[min(width - 1, int(float(str(row["time_h"])) / longest * (width - 1) + 0.5))].append(row)
        last: Row | None = None
        for x, rows in enumerate(columns):
            shown = max(rows, key=lambda one: float(str(one["median"]))) if rows else last
            if shown is None:
                continue
            for y in range(level(float(str(shown["p5"]))), level(float(str(shown["p95"]))) + 1):
                if grid[y][x] == " ":
                    grid[y][x] = shade
            grid[level(float(str(shown["median"])))][x] = dot
            last = rows[-1] if rows else shown
    labels = {height - 1: f"{top:.4g}", (height - 1) // 2: f"{top * ((height - 1) // 2) / (height - 1):.3g}", 0: "0"}
    lines = [f"{labels.get(y, ''):>8} |{''.join(grid[y]).rstrip()}" for y in range(height - 1, -1, -1)]
    unit, end = ("h", longest) if longest <= 96.0 else ("days", longest / 24.0)
    foot = f"{'0':<{width // 2}}{f'{end / 2:g}':<{width // 2 - len(f'{end:g} {unit}') + 1}}{end:g} {unit}"
    return "\n".join([f"{curves[0][0]['unit']:>8}", *lines, " " * 9 + "+" + "-" * width, " " * 10 + foot])


def number(value: float) -> str:
    """Write three significant digits without a power of ten where one can."""
    if value == 0.0 or 0.001 <= abs(value) < 100.0:
        return f"{value:.3g}"
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.1e}"


def metric_rows(metrics: Rows) -> list[dict[str, str]]:
    """Lay metrics out for reading: a row each, a column for each kind of patient, and the ratio of two medians.

    Parameters
    ----------
    metrics
        Rows of `patient`, `metric`, `unit`, `median`, `p5`, `p95` and `meaning`.
    """
    patients = distinct(metrics, "patient")
    found: dict[str, dict[str, Row]] = {}
    for one in metrics:
        found.setdefault(str(one["metric"]), {})[str(one["patient"])] = one
    first = patients[0]
    return [_metric_row(name, patients, by) for name, by in found.items() if first in by]


_MAIN = (("auc_24h_ss", "auc_24h", "auc_inf"), ("cmax_ss", "cmax"), ("half_life",))  # of each the first that is known


_LONG = 72.0  # hours from which a half-life is said in days


def main_metrics(drug: str, metrics: Rows) -> str:
    """Say area, peak and half-life in a sentence: medians, and of a second patient how many times the first.

    Parameters
    ----------
    drug
        Its name.
    metrics
        As for `metric_rows`.
    """
    patients = distinct(metrics, "patient")
    by = {(str(row["patient"]), str(row["metric"])): row for row in metrics}
    known = [next((one for one in names if (patients[0], one) in by), None) for names in _MAIN]
    parts: list[str] = []
    for name in filter(None, known):
        first = by[patients[0], name]
        other = by.get((patients[-1], name)) if len(patients) == 2 else None
        own = float(str(first["median"]))
        per, unit = (24.0, "days") if first["unit"] == "h" and own >= _LONG else (1.0, first["unit"])
        shown = f"{number(own / per)} {unit}"
        if other is not None:
            against = float(str(other["median"]))
            shown = f"{number(against / per)} against {shown} ({against / own:.2g} times)"
        parts.append(f"{first['meaning']} is {shown}")
    who = f"{drug}, {patients[1]} against {patients[0]}" if len(patients) == 2 else drug
    return f"{capital(who)}: {'; '.join(parts)}." if parts else f"{capital(who)}: no metric is known."


def _metric_row(name: str, patients: Sequence[str], by: Mapping[str, Row]) -> dict[str, str]:
    row = {"metric": name}
    for patient in patients:
        one = by.get(patient)
        row[patient] = (
            "" if one is None else f"{_number(one, 'median')} ({_number(one, 'p5')} to {_number(one, 'p95')})"
        )
    if len(patients) == 2:
        both = [float(str(by[patient]["median"])) for patient in patients if patient in by]
        row["ratio"] = number(both[1] / both[0]) if len(both) == 2 and both[0] > 0.0 else ""
    first = by[patients[0]]
    row["unit"] = "" if first["unit"] == "1" else str(first["unit"])
    row["meaning"] = str(first["meaning"])
    return row


def _number(row: Row, name: str) -> str:
    return number(float(str(row[name])))
