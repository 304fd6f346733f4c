"""Evidence: trials of a setting as a forest, a network or a league, with trials ticked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value
from cereblon.app.tabs.tab import Part, Tab
from cereblon.synthesis.trial_networks import TrialSelection

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
_SHOWN = ("study", "regimen", "versus", "subgroup", "cut", "value", "ci_low", "ci_high", "p", "n", "reference")
_VIEWS = (("forest", "forest"), ("network", "network"), ("league", "league table"))


def _fields(given: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
    setting = (given.get("setting") or ["rrmm"])[-1]
    endpoint = (given.get("endpoint") or ["pfs_hr"])[-1]
    return (
        Field(name="setting", label="Patients", kind="choice", start="rrmm", options=_SETTINGS),
        Field(name="endpoint", label="Outcome", kind="choice", start="pfs_hr", options=_ENDPOINTS),
        Field(name="view", label="Show as", kind="choice", start="forest", options=_VIEWS),
        Field(name="without", label="Leave out", kind="ticks", start=(), options=_trials(setting, endpoint)),
    )


def _trials(setting: str, endpoint: str) -> tuple[tuple[str, str], ...]:
    """Give the trials that could enter, those of settings that are joined among them, each by key and name."""
    from cereblon.evidence import load_all
    from cereblon.synthesis.trial_networks.nodes import settings_of

    joined = settings_of(setting)
    return tuple(
        (study.id, study.name)
        for study in load_all()
        if study.kind == "randomised"
        and study.setting in joined
        and any(fact.endpoint == endpoint for fact in study.facts)
    )


def _parts(values: Mapping[str, Value]) -> tuple[Part, ...]:
    without = values["without"] if isinstance(values["without"], tuple) else ()
    view = str(values["view"])
    call = Call(
        function=view,
        command=("evidence", view),
        options={"setting": values["setting"], "endpoint": values["endpoint"]},
        python_only={"selection": TrialSelection(exclude=without)} if without else {},
        command_only=[word for one in without for word in ("--exclude", one)],
    )
    return (
        Part(title=dict(_VIEWS)[view].capitalize(), call=call),
        Part(
            title="Published numbers",
            call=Call(
                function="evidence.table",
                command=("evidence", "table"),
                options={"endpoint": values["endpoint"], "setting": values["setting"]},
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
)
