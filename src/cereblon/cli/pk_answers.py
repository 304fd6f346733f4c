"""What `cereblon pk` shows: percentiles of curves and metrics, as text with a small picture or as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from cereblon.model.drugs.patient import Patient
    from cereblon.model.exposure.exposure import Exposure

MARKS = (("░", "●"), ("▒", "○"))


class Summary(TypedDict):
    """Percentiles over subjects."""

    unit: str
    median: float
    p5: float
    p95: float


Curve = list[dict[str, float | str]]


def metrics_of(exposure: Exposure) -> dict[str, Summary]:
    """Summarise each metric over subjects."""
    import numpy as np

    found: dict[str, Summary] = {}
    for name, metric in exposure.metrics.items():
        p5, median, p95 = (float(x) for x in np.percentile(metric.values, (5.0, 50.0, 95.0)))
        found[name] = Summary(unit=metric.unit, median=median, p5=p5, p95=p95)
    return found


def curve_of(exposure: Exposure) -> Curve:
    """Summarise concentrations over subjects at each time."""
    import numpy as np

    band = np.percentile(exposure.levels, (5.0, 50.0, 95.0), axis=0)
    return [
        {
            "time_h": round(float(hour), 6),
            "p5": float(low),
            "median": float(mid),
            "p95": float(high),
            "unit": exposure.unit,
        }
        for hour, low, mid, high in zip(exposure.hours, *band, strict=True)
    ]


def sketch(curves: Sequence[Curve], *, width: int = 72, height: int = 14) -> str:
    """Draw bands and medians with characters, one or two kinds of patient over each other.

    Each column shows the highest median within its time, so that peaks are not lost between columns.
    """
    longest = max(float(curve[-1]["time_h"]) for curve in curves)
    top = max(float(row["p95"]) for curve in curves for row in curve) or 1.0
    grid = [[" "] * width for _ in range(height)]

    def level(value: float) -> int:
        return min(height - 1, int(value / top * (height - 1) + 0.5))

    for curve, (shade, dot) in reversed(list(zip(curves, MARKS, strict=False))):
        columns: list[list[dict[str, float | str]]] = [[] for _ in range(width)]
        for row in curve:
            columns[min(width - 1, int(float(row["time_h"]) / longest * (width - 1) + 0.5))].append(row)
        last: dict[str, float | str] | None = None
        for x, rows in enumerate(columns):
            shown = max(rows, key=lambda one: float(one["median"])) if rows else last
            if shown is None:
                continue
            for y in range(level(float(shown["p5"])), level(float(shown["p95"])) + 1):
                if grid[y][x] == " ":
                    grid[y][x] = shade
            grid[level(float(shown["median"]))][x] = dot
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


def metric_rows(labels: Sequence[str], exposures: Sequence[Exposure]) -> list[dict[str, str]]:
    """Lay metrics out for reading: a row each, a column for each kind of patient, and the ratio of two medians."""
    tables = [metrics_of(exposure) for exposure in exposures]
    rows = []
    for name in tables[0]:
        row = {"metric": name}
        for label, table in zip(labels, tables, strict=True):
            if name in table:
                one = table[name]
                row[label] = f"{number(one['median'])} ({number(one['p5'])} to {number(one['p95'])})"
            else:
                row[label] = ""
        if len(tables) == 2:
            both = [table[name]["median"] for table in tables if name in table]
            row["ratio"] = number(both[1] / both[0]) if len(both) == 2 and both[0] > 0.0 else ""
        unit = tables[0][name]["unit"]
        row["unit"] = "" if unit == "1" else unit
        row["meaning"] = exposures[0].metrics[name].meaning
        rows.append(row)
    return rows


def aligned(rows: Sequence[dict[str, str]]) -> str:
    """Align rows of text under their column names."""
    names = list(rows[0])
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
    lines = ["  ".join(name.ljust(widths[name]) for name in names).rstrip()]
    lines += ["  ".join(row[name].ljust(widths[name]) for name in names).rstrip() for row in rows]
    return "\n".join(lines)


def who(patient: Patient, names: Sequence[str]) -> list[str]:
    """Say what the covariates that act are: a value, a range from 5 to 95 % of subjects, or a share of them."""
    import numpy as np

    words = []
    for name in names:
        values = np.asarray(getattr(patient, name))
        yes, no = _EITHER.get(name, ("", ""))
        low, high = np.percentile(values, (5.0, 95.0))
        if yes:
            share = float(values.mean())
            words.append(yes if share == 1.0 else no if share == 0.0 else f"{100.0 * share:.0f} % {yes}")
        else:
            title, unit = _TITLES[name]
            between = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
            words.append(f"{title} {between} {unit}")
    return [word for word in words if word]


_EITHER = {
    "male": ("men", "women"),
    "igg": ("IgG myeloma", "other than IgG myeloma"),
    "asian": ("Asian ancestry", ""),
    "with_pomalidomide": ("with pomalidomide", "with lenalidomide"),
}
_TITLES = {
    "age": ("age", "years"),
    "weight_kg": ("weight", "kg"),
    "height_cm": ("height", "cm"),
    "bsa_m2": ("body surface", "m2"),
    "crcl_ml_min": ("creatinine clearance", "mL/min"),
    "albumin_g_l": ("albumin", "g/L"),
    "b2m_mg_l": ("beta-2 microglobulin", "mg/L"),
    "m_protein_g_l": ("M-protein", "g/L"),
    "total_protein_g_l": ("total protein", "g/L"),
}
