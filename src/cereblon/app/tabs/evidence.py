"""Evidence: trials of a setting as a forest, a network or a league, with trials ticked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value
from cereblon.app.tabs.tab import Part, Tab
from cereblon.synthesis.trial_networks import TrialSelection

if TYPE_CHECKING:
    from cereblon.evidence import Fact, Study

_SETTINGS = (
    ("ndmm-tie", "newly diagnosed, no transplant"),
    ("ndmm-te", "newly diagnosed, transplant"),
    ("ndmm", "newly diagnosed, all"),
    ("rrmm", "relapsed or refractory"),
    ("maintenance", "maintenance"),
)
_ENDPOINTS = (
    ("pfs_hr", "progression-free survival"),
    ("os_hr", "overall survival"),
    ("orr", "overall response"),
    ("cr_or_better", "complete response"),
    ("ae_neutropenia", "neutropenia"),
    ("ae_peripheral_neuropathy", "peripheral neuropathy"),
)
_GRADES = (("severe", "3 or worse"), ("any", "any"))
_SEVERE = ("3+", "3-4")
_SHOWN = ("study", "regimen", "versus", "subgroup", "cut", "value", "ci_low", "ci_high", "p", "n", "reference")
_POOLED = ("treatment", "versus", "row", "study", "value", "low", "high", "unit", "weight")
_VIEWS = (("forest", "forest"), ("network", "network"), ("league", "league table"))


def _fields(given: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
    setting = (given.get("setting") or ["rrmm"])[-1]
    endpoint = (given.get("endpoint") or ["pfs_hr"])[-1]
    grades = (Field(name="grade", label="Grade", kind="choice", start="severe", options=_GRADES),)
    return (
        Field(name="setting", label="Patients", kind="choice", start="rrmm", options=_SETTINGS),
        Field(name="endpoint", label="Outcome", kind="choice", start="pfs_hr", options=_ENDPOINTS),
        *(grades if endpoint.startswith("ae_") else ()),
        Field(name="view", label="Show as", kind="choice", start="forest", options=_VIEWS),
        Field(name="without", label="Leave out", kind="ticks", start=(), options=_trials(setting, endpoint)),
    )


def _trials(setting: str, endpoint: str) -> tuple[tuple[str, str], ...]:
    """Give the trials that could enter, each by key and name."""
    return tuple(dict.fromkeys((study.id, study.name) for study, _ in _numbers(setting, endpoint)))


def _numbers(setting: str, endpoint: str) -> list[tuple[Study, Fact]]:
    """Give the numbers that could enter, of trials of settings that are joined too."""
    from cereblon.evidence import load_all
    from cereblon.synthesis.trial_networks.nodes import settings_of

    joined = settings_of(setting)
    return [
        (study, fact)
        for study in load_all()
        if study.kind == "randomised" and study.setting in joined
        for fact in study.facts
        if fact.endpoint == endpoint
    ]


def _printed_grades(setting: str, endpoint: str, grade: str) -> tuple[str, ...]:
    """Give the grades as the trials print them: 3 or 4 and 3 or worse count as one, since grade 5 is rare."""
    wanted = _SEVERE if grade == "severe" else (grade,)
    printed = {str(fact.grade) for _, fact in _numbers(setting, endpoint)}
    return tuple(one for one in wanted if one in printed) or wanted[:1]


def _about(values: Mapping[str, Value]) -> str:
    return f"{dict(_ENDPOINTS)[str(values['endpoint'])]}, {dict(_SETTINGS)[str(values['setting'])]}"


def _parts(values: Mapping[str, Value]) -> tuple[Part, ...]:
    without = values["without"] if isinstance(values["without"], tuple) else ()
    view, endpoint = str(values["view"]), str(values["endpoint"])
    grades = _printed_grades(str(values["setting"]), endpoint, str(values["grade"])) if "grade" in values else ()
    call = Call(
        function=view,
        command=("evidence", view),
        options={"setting": values["setting"], "endpoint": endpoint},
        python_only={"selection": TrialSelection(exclude=without, grades=grades)} if without or grades else {},
        command_only=[
            *(word for one in without for word in ("--exclude", one)),
            *(word for one in grades for word in ("--grade", one)),
        ],
    )
    return (
        Part(
            title=f"{dict(_VIEWS)[view].capitalize()}: {_about(values)}",
            call=call,
            columns=_POOLED if view == "forest" else (),
        ),
        Part(
            title="Published numbers",
            call=Call(
                function="evidence.table",
                command=("evidence", "table"),
                options={"endpoint": endpoint, "setting": values["setting"]},
            ),
            chart="",
            columns=_SHOWN,
        ),
    )


EVIDENCE = Tab(
    key="evidence",
    title="Evidence",
    intro="Published trials side by side. Tick a trial to leave it out and see what changes.",
    fields=_fields,
    parts=_parts,
    at_times=("grade",),
)
