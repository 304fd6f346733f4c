"""The made-up report: its fields, its data with and without published numbers, and its page."""

from __future__ import annotations

import pytest
from report_example import (
    UPDATE,
    adverse_events,
    calendars,
    comparison,
    curve_marks,
    curves,
    dose_intensity,
    parameters,
    population,
    predicted,
    response_bars,
    single_subjects,
    verdict,
)

from cereblon.report.report_data import ReportData


@pytest.fixture(scope="session")
def fields() -> dict[str, object]:
    rows = comparison()
    return {
        "title": "SWOG S0777: VRd against Rd, simulated and published",
        "trial": "swog-s0777",
        "description": "Both arms of SWOG S0777, simulated in its own population and set beside what was published.",
        "population_name": "newly diagnosed, no intent for immediate transplant (like swog-s0777)",
        "run_id": "swog-s0777-1f3a",
        "created": "2025-03-01",
        "seed": 1,
        "versions": {"cereblon": "0.1.0", "jax": "0.6.2", "python": "3.11.9"},
        "command": "cereblon compare swog-s0777 --seed 1",
        "arms": [
            {
                "arm": "vrd",
                "label": "VRd",
                "regimen": "bortezomib, lenalidomide, dexamethasone x8, then Rd",
                "n": 242,
                "published_n": 242,
            },
            {
                "arm": "rd",
                "label": "Rd",
                "regimen": "lenalidomide, dexamethasone x6, then Rd",
                "n": 229,
                "published_n": 229,
            },
        ],
        "replicates": 100,
        "role": "calibration",
        "publications": [
            {"label": "Durie 2017, Lancet 389:519-527", "address": None},
            {"label": "Durie 2020, Blood Cancer J 10:53", "address": UPDATE},
        ],
        "predicted": predicted(),
        "comparison": rows,
        "verdict": verdict(rows),
        "km": curves(),
        "km_published": curve_marks(),
        "km_band": "90 % of replicate trials",
        "response_bars": response_bars(),
        **single_subjects(),
        "calendars": calendars(),
        "dose_intensity": dose_intensity(),
        "adverse_events": adverse_events(),
        "population": population(),
        "parameters": parameters(),
        "limits": [
            "Salvage therapy after progression is typical of the time, not what the trial's patients received.",
            "Response dates depend on the visit schedule; published ones were read by investigators.",
        ],
        "timings": {"simulation": 12.3, "outcomes": 2.1},
    }


@pytest.fixture(scope="session")
def data(fields: dict[str, object]) -> ReportData:
    return ReportData(**fields)


@pytest.fixture(scope="session")
def bare(fields: dict[str, object]) -> ReportData:
    """What `cereblon simulate` has: nothing published."""
    needed = (
        "title",
        "trial",
        "description",
        "population_name",
        "run_id",
        "created",
        "seed",
        "versions",
        "command",
        "arms",
    )
    return ReportData(**{name: fields[name] for name in needed}, km=fields["km"], km_band=fields["km_band"])


@pytest.fixture(scope="session")
def html(data: ReportData) -> str:
    from cereblon.report.trial_report import report_page

    return report_page(data)
