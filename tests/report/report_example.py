"""A made-up report in the shape of SWOG S0777 (VRd against Rd): published numbers real, simulated ones invented."""

from __future__ import annotations

import math

import numpy as np

UPDATE = "doi:10.1038/s41408-020-0311-8"
REVIEW = "doi:10.1038/s41408-020-0273-x"
CONGRESS = (
    "https://www.valuebasedcancer.com/conference-correspondent/ash-2015/ash-2015-multiple-myeloma/2036-swog-s0777"
)

# endpoint, arm, versus, grade, unit, cut, published, interval, source, quality, predicted, predicted interval
COMPARED = [
    ("orr", "vrd", "", "", "percent", "2017 primary", 81.5, None, CONGRESS, "secondary", 84.1, (79.6, 88.2)),
    ("orr", "rd", "", "", "percent", "2017 primary", 71.5, None, CONGRESS, "secondary", 75.2, (69.8, 80.4)),
    ("vgpr_or_better", "vrd", "", "", "percent", "2017 primary", 43.5, None, REVIEW, "secondary", 58.3, (52.1, 64.9)),
    ("vgpr_or_better", "vrd", "", "", "percent", "2020 update", 74.9, None, REVIEW, "secondary", 61.0, (54.8, 67.2)),
    ("vgpr_or_better", "rd", "", "", "percent", "2017 primary", 31.8, None, REVIEW, "secondary", 40.6, (34.4, 47.0)),
    ("vgpr_or_better", "rd", "", "", "percent", "2020 update", 53.7, None, REVIEW, "secondary", 47.6, (41.2, 54.1)),
    ("cr_or_better", "vrd", "", "", "percent", "2017 primary", 15.7, None, CONGRESS, "secondary", 18.9, (14.0, 24.1)),
    ("cr_or_better", "rd", "", "", "percent", "2017 primary", 8.4, None, CONGRESS, "secondary", 10.7, (7.0, 15.1)),
    ("pfs_median", "vrd", "", "", "months", "2017 primary", 43.0, None, CONGRESS, "secondary", 39.2, (33.0, 46.8)),
    ("pfs_median", "vrd", "", "", "months", "2020 update", 41.0, (33.0, 51.0), UPDATE, "primary", 39.2, (33.0, 46.8)),
    ("pfs_median", "rd", "", "", "months", "2017 primary", 30.0, None, CONGRESS, "secondary", 29.8, (25.1, 35.3)),
    ("pfs_median", "rd", "", "", "months", "2020 update", 29.0, (25.0, 37.0), UPDATE, "primary", 29.8, (25.1, 35.3)),
    ("os_median", "vrd", "", "", "months", "2017 primary", 75.0, None, CONGRESS, "secondary", 84.0, (71.0, None)),
    ("os_median", "vrd", "", "", "months", "2020 update", None, None, UPDATE, "primary", 84.0, (71.0, None)),
    ("os_median", "rd", "", "", "months", "2017 primary", 64.0, None, CONGRESS, "secondary", 70.5, (60.2, 83.9)),
    ("os_median", "rd", "", "", "months", "2020 update", 69.0, None, UPDATE, "primary", 70.5, (60.2, 83.9)),
    ("pfs_hr", "vrd", "rd", "", "ratio", "2017 primary", 0.712, None, CONGRESS, "secondary", 0.79, (0.62, 0.98)),
    ("pfs_hr", "vrd", "rd", "", "ratio", "2020 update", 0.742, (0.594, 0.928), UPDATE, "primary", 0.79, (0.62, 0.98)),
    ("os_hr", "vrd", "rd", "", "ratio", "2020 update", 0.709, None, REVIEW, "secondary", 0.84, (0.66, 1.08)),
    (
        "discontinued_ae",
        "vrd",
        "",
        "",
        "percent",
        "2017 primary",
        23.0,
        None,
        REVIEW,
        "secondary",
        17.9,
        (13.6, 22.1),
    ),
    ("discontinued_ae", "rd", "", "", "percent", "2017 primary", 10.0, None, REVIEW, "secondary", 9.1, (6.0, 12.6)),
    ("ae_any", "vrd", "", "3+", "percent", "2017 primary", 82.0, None, REVIEW, "secondary", None, None),
    ("ae_anaemia", "vrd", "", "3-4", "percent", "", 13.0, None, CONGRESS, "secondary", 14.8, (10.8, 19.0)),
    ("ae_anaemia", "rd", "", "3-4", "percent", "", 16.0, None, CONGRESS, "secondary", 14.1, (10.2, 18.3)),
    (
        "ae_peripheral_neuropathy",
        "vrd",
        "",
        "3-4",
        "percent",
        "",
        24.0,
        None,
        CONGRESS,
        "secondary",
        21.2,
        (16.4, 26.0),
    ),
    ("ae_peripheral_neuropathy", "rd", "", "3-4", "percent", "", 5.0, None, CONGRESS, "secondary", 2.0, (0.4, 3.9)),
    ("ae_spm", "vrd", "", "any", "percent", "2020 update", 8.0, None, REVIEW, "secondary", 7.1, (4.3, 10.4)),
    ("ae_spm", "rd", "", "any", "percent", "2020 update", 7.0, None, REVIEW, "secondary", 6.6, (3.9, 9.7)),
]
GROUP = {"orr": "Response", "vgpr_or_better": "Response", "cr_or_better": "Response", "discontinued_ae": "Treatment"}
GROUP |= {
    "pfs_median": "Time to event",
    "os_median": "Time to event",
    "pfs_hr": "Comparison of arms",
    "os_hr": "Comparison of arms",
}


def inside(published: float | None, ends: tuple[float | None, float | None] | None) -> bool | None:
    if ends is None:
        return None
    if published is None:
        return ends[1] is None
    return (ends[0] or 0.0) <= published <= (math.inf if ends[1] is None else ends[1])


def comparison() -> list[dict[str, object]]:
    rows = []
    for endpoint, arm, versus, grade, unit, cut, pub, pub_ends, source, quality, pred, ends in COMPARED:
        rows.append(
            {
                "endpoint": endpoint,
                "arm": arm,
                "versus": versus or None,
                "month": None,
                "grade": grade or None,
                "unit": unit,
                "cut": cut or None,
                "published": pub,
                "published_interval": pub_ends,
                "published_status": "not_reached" if pub is None else "reported",
                "source": source,
                "source_quality": quality,
                "predicted": pred,
                "predicted_interval": ends,
                "predicted_level": 0.9 if ends else None,
                "inside": inside(pub, ends),
                "note": "confirmed responses only" if endpoint == "vgpr_or_better" and "2017" in cut else None,
            }
        )
    return rows


def predicted() -> list[dict[str, object]]:
    """The main results of the comparison, each once."""
    found = {}
    for row in comparison():
        is_main = row["endpoint"] in ("pfs_hr", "os_hr", "pfs_median", "os_median", "orr", "cr_or_better")
        if row["predicted"] is not None and (is_main or row["grade"] == "3-4"):
            low, high = row["predicted_interval"] or (None, None)
            cell = {key: row[key] for key in ("endpoint", "arm", "versus", "grade", "unit")}
            found[row["endpoint"], row["arm"], row["versus"]] = cell | {
                "value": row["predicted"],
                "low": low,
                "high": high,
            }
    return list(found.values())


def verdict(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    groups: dict[str, list[object]] = {"all": [row["inside"] for row in rows]}
    for row in rows:
        groups.setdefault(GROUP.get(str(row["endpoint"]), "Adverse events"), []).append(row["inside"])
    return [
        {"group": name, "inside": seen.count(True), "outside": seen.count(False), "not_judged": seen.count(None)}
        for name, seen in groups.items()
    ]


def curves() -> list[dict[str, object]]:
    rows = []
    for endpoint, medians, shape in (
        ("pfs", {"vrd": 39.2, "rd": 29.8}, 0.95),
        ("os", {"vrd": 86.0, "rd": 70.5}, 1.2),
    ):
        for arm, median in medians.items():
            for month in np.arange(0, 96.1, 0.5):
                share = math.exp(-math.log(2) * (month / median) ** shape)
                half = 0.055 * math.sin(math.pi * share) + 0.03 * (month > 0)
                low, high = max(0.0, share - half), min(1.0, share + half)
                at_risk = round(242 * share * max(0.0, 1 - max(0.0, month - 48) / 60))
                row = {
                    "endpoint": endpoint,
                    "arm": arm,
                    "month": float(month),
                    "survival": share,
                    "low": low,
                    "high": high,
                }
                rows.append({**row, "at_risk": at_risk})
    return rows


def curve_marks() -> list[dict[str, object]]:
    marks = []
    for row in comparison():
        if row["endpoint"] in ("pfs_median", "os_median") and row["published"] is not None:
            base = {key: row[key] for key in ("arm", "cut", "source", "source_quality")}
            endpoint = str(row["endpoint"]).removesuffix("_median")
            marks.append(
                {
                    **base,
                    "endpoint": endpoint,
                    "kind": "median",
                    "month": row["published"],
                    "interval": row["published_interval"],
                }
            )
    landmark = {
        "endpoint": "os",
        "arm": "vrd",
        "kind": "rate",
        "month": 60.0,
        "percent": 57.0,
        "interval": (50.0, 63.0),
    }
    return [*marks, {**landmark, "cut": "invented", "source": UPDATE, "source_quality": "primary"}]


def response_bars() -> list[dict[str, object]]:
    rows = []
    for row in comparison():
        if row["endpoint"] in ("orr", "vgpr_or_better", "cr_or_better"):
            known = {"arm": row["arm"], "category": row["endpoint"]}
            if not any(r["arm"] == row["arm"] and r["category"] == row["endpoint"] for r in rows):
                low, high = row["predicted_interval"]
                rows.append({**known, "origin": "simulated", "percent": row["predicted"], "low": low, "high": high})
            source = {key: row[key] for key in ("cut", "source", "source_quality")}
            rows.append({**known, "origin": "published", "percent": row["published"], **source})
    shares = {
        "vrd": {"sCR": 6.3, "CR": 12.6, "VGPR": 39.4, "PR": 25.8, "MR": 5.2, "SD": 6.4, "PD": 2.2, "NE": 2.1},
        "rd": {"sCR": 3.1, "CR": 7.6, "VGPR": 29.9, "PR": 34.6, "MR": 8.1, "SD": 10.9, "PD": 3.7, "NE": 2.1},
    }
    for arm, categories in shares.items():
        rows += [{"arm": arm, "origin": "simulated", "category": c, "percent": p} for c, p in categories.items()]
    return rows


def category(change: float) -> str:
    for limit, name in ((-99.9, "CR"), (-90, "VGPR"), (-50, "PR"), (-25, "MR"), (25, "SD")):
        if change <= limit:
            return name
    return "PD"


def single_subjects() -> dict[str, list[dict[str, object]]]:
    rng = np.random.default_rng(20)
    waterfall, traces, courses, events = [], [], [], []
    for arm, depth in (("vrd", 3.4), ("rd", 2.5)):
        for subject in range(242):
            drop = max(-0.4, rng.normal(depth, 2.0))
            change = max(-100.0, -100 * (1 - math.exp(-drop))) if math.exp(-drop) > 0.002 else -100.0
            waterfall.append({"arm": arm, "subject": subject, "change": change, "response": category(change)})
            if subject < 50:
                start, speed = rng.lognormal(3.3, 0.5), rng.uniform(0.3, 1.1)
                relapse, growth = rng.exponential(40) + 4, rng.uniform(0.08, 0.35)
                for month in range(0, int(min(72, relapse + 18))):
                    amount = start * math.exp(-drop * (1 - math.exp(-speed * month)))
                    amount = min(
                        start * 1.3, amount + 0.05 * math.exp(growth * max(0.0, month - relapse)) * (month > relapse)
                    )
                    amount *= rng.lognormal(0, 0.06)
                    traces.append(
                        {
                            "arm": arm,
                            "subject": subject,
                            "month": float(month),
                            "m_protein": amount if amount > 0.2 else 0.0,
                        }
                    )
            if subject < 30:
                course(rng, arm, subject, courses, events)
    return {"waterfall": waterfall, "spaghetti": traces, "swimmer": courses, "swimmer_events": events}


def course(rng: np.random.Generator, arm: str, subject: int, courses: list, events: list) -> None:
    month, line, last = 0.0, 1, float(rng.uniform(20, 90))
    dies = rng.random() < 0.4
    key = {"arm": arm, "subject": subject}
    events.append({**key, "month": float(rng.uniform(1, 4)), "event": "response", "detail": "PR"})
    while month < last:
        end = min(last, month + float(rng.exponential(26)) + 2)
        regimen = ("VRd" if arm == "vrd" else "Rd") if line == 1 else f"salvage {line - 1}"
        courses.append({**key, "line": line, "regimen": regimen, "start": month, "end": end})
        if end < last:
            events.append({**key, "month": end, "event": "progression", "detail": None})
            pause = min(last, end + float(rng.uniform(0.5, 5)))
            courses.append({**key, "line": 0, "regimen": None, "start": end, "end": pause})
            end = pause
        month, line = end, line + 1
    events.append(
        {**key, "month": last, "event": "death" if dies else "censored", "detail": "myeloma" if dies else None}
    )


def dose_intensity() -> list[dict[str, object]]:
    rows = []
    plan = {"vrd": ["bortezomib", "lenalidomide", "dexamethasone"], "rd": ["lenalidomide", "dexamethasone"]}
    for arm, drugs in plan.items():
        for drug in drugs:
            for month in range(0, 7 if drug == "bortezomib" else 61):
                floor, speed = {"bortezomib": (80, 0.2), "lenalidomide": (74, 0.06), "dexamethasone": (66, 0.05)}[
                    drug
                ]
                given = floor + (98 - floor) * math.exp(-speed * month)
                still = 100 * math.exp(-month / (30 if arm == "vrd" else 26))
                row = {"arm": arm, "drug": drug, "month": float(month)}
                rows.append({**row, "relative_dose_intensity": given, "on_treatment": still})
    return rows


def adverse_events() -> list[dict[str, object]]:
    rows = []
    for row in comparison():
        if str(row["endpoint"]).startswith("ae_") and row["predicted"] is not None:
            known = {"arm": row["arm"], "event": str(row["endpoint"]).removeprefix("ae_"), "grade": row["grade"]}
            low, high = row["predicted_interval"]
            rows.append({**known, "origin": "simulated", "percent": row["predicted"], "low": low, "high": high})
            source = {key: row[key] for key in ("cut", "source", "source_quality")}
            rows.append({**known, "origin": "published", "percent": row["published"], **source})
    for event, shares in {
        "neutropenia": (21.0, 19.0),
        "thrombocytopenia": (18.0, 13.0),
        "infection": (17.5, 14.5),
    }.items():
        for arm, percent in zip(("vrd", "rd"), shares, strict=True):
            row = {"arm": arm, "event": event, "grade": "3-4", "origin": "simulated", "percent": percent}
            rows.append({**row, "low": percent - 4.4, "high": percent + 4.6})
    return rows


def calendars() -> dict[str, list[dict[str, object]]]:
    rows = []
    induction = {"block": "induction, cycles 1 to 8", "cycle_days": 21, "mark": "dose"}
    given = [("bortezomib", 1.3, "mg/m2", "iv", (1, 4, 8, 11)), ("lenalidomide", 25.0, "mg", "oral", range(1, 15))]
    given.append(("dexamethasone", 20.0, "mg", "oral", (1, 2, 4, 5, 8, 9, 11, 12)))
    for drug, dose, unit, route, days in given:
        rows += [{**induction, "day": d, "drug": drug, "dose": dose, "unit": unit, "route": route} for d in days]
    return {"VRd": rows}


def population() -> list[dict[str, object]]:
    table = {
        "age, years, median": ("63", "63", "63", REVIEW),
        "men, %": ("57", "58", "58", UPDATE),
        "ISS stage III, %": ("33", "34", "33", UPDATE),
        "creatinine clearance, mL/min, median": ("78", "77", None, None),
        "serum M-protein, g/L, median (quartiles)": ("34 (21 to 49)", "34 (21 to 48)", None, None),
        "high-risk cytogenetics, %": ("24", "25", None, None),
    }
    rows = []
    for variable, (vrd, rd, published, source) in table.items():
        for arm, simulated in (("vrd", vrd), ("rd", rd)):
            row = {"variable": variable, "arm": arm, "simulated": simulated, "published": published}
            rows.append({**row, "source": source, "source_quality": "secondary" if source == REVIEW else "primary"})
    return rows


def parameters() -> list[dict[str, object]]:
    known = [
        (
            "lenalidomide",
            "cl_f_l_h",
            15.2,
            "L/h",
            "published",
            "apparent clearance at normal renal function",
            "doi:10.1007/s40262-016-0432-1",
        ),
        (
            "lenalidomide",
            "ka_per_h",
            2.1,
            "1/h",
            "published",
            "absorption rate, fasted",
            "doi:10.1007/s40262-016-0432-1",
        ),
        (
            "clones",
            "growth_per_week",
            0.03,
            "1/week",
            "fitted",
            "growth of clones in newly diagnosed disease",
            "CMA-ES on 12 arms",
        ),
        (
            "clones",
            "sd_log_growth",
            0.8,
            "1",
            "assumed",
            "spread of growth between patients, log scale",
            "judged; a fit to PFS curves would change it",
        ),
        (
            "immune",
            "exhaustion_rate",
            0.002,
            "1/day",
            "assumed",
            "fading of effector activation under lenalidomide",
            "recalled range; paired NK counts would settle it",
        ),
        (
            "proteins",
            "igg_half_life",
            21,
            "day",
            "published",
            "half-life of IgG in serum",
            "textbook, checked in a primary paper",
        ),
        ("visits", "missed_share", 0.03, "1", "assumed", "share of protocol visits that are missed", "judged by us"),
    ]
    head = ("group", "name", "value", "unit", "basis", "meaning", "source")
    rows = [dict(zip(head, row, strict=True)) for row in known]
    for index in range(80):
        filler = (
            "toxicity",
            f"hazard_{index}",
            0.001 * (index + 1),
            "1/day",
            "derived",
            "rate of a made-up event",
            "rate / person-time",
        )
        rows.append(dict(zip(head, filler, strict=True)))
    return rows
