"""Compare: a published trial predicted and published, at once where its comparison comes with the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value
from cereblon.app.kept_answer import KeptAnswer
from cereblon.app.tabs.tab import Part, Tab
from cereblon.core.errors import CereblonError, UnknownNameError

_SHOWN = (
    *("endpoint", "arm", "versus", "month", "grade", "unit", "cut", "published", "predicted"),
    *("predicted_interval_low", "predicted_interval_high", "inside", "source"),
)
REPLICATES = Field(
    name="replicates",
    label="Virtual trials of a fresh simulation",
    kind="slider",
    start=20.0,
    low=2,
    high=200,
    step=2,
    is_whole=True,
    help="Each of the size of the trial; more give a steadier interval.",
)


def _fields(_: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
    from cereblon.evidence import load_study
    from cereblon.trials.library import trial_names
    from cereblon.trials.shipped_runs import shipped_studies

    shipped = shipped_studies()
    ordered = sorted(trial_names(), key=lambda name: name not in shipped)
    studies = tuple(
        (name, load_study(name).name + ("" if name in shipped else " (has to be simulated)")) for name in ordered
    )
    return (
        Field(name="study", label="Published trial", kind="choice", start="swog-s0777", options=studies),
        REPLICATES,
    )


def _parts(values: Mapping[str, Value]) -> tuple[Part, ...]:
    study = str(values["study"])
    call = Call(function="compare", command=("compare",), arguments=(study,), kept=lambda: shipped_answer(study))
    return answer_parts(call)


@cache
def shipped_answer(study: str) -> KeptAnswer:
    """Give the comparison that comes with the package, and whether anything changed since.

    Raises
    ------
    UnknownNameError
        If none comes with it.
    """
    from cereblon.trials.shipped_runs import changed_since, shipped_run, shipped_studies

    if study not in shipped_studies():
        raise UnknownNameError(
            "no comparison of this trial comes with the package", hint="simulate it: a minute or more"
        )
    return KeptAnswer(kept=shipped_run(study), changed=changed_since(study))


def answer_parts(call: Call) -> tuple[Part, ...]:
    """Give what is shown of a kept comparison or simulation: one sentence, curves, icons, response, numbers."""
    try:
        found = call()
    except CereblonError:  # said where the answer would stand
        return (Part(title="Answer", call=call),)
    month = found.icon_month if isinstance(found, KeptAnswer) else None
    titles = {
        "pfs": "Progression-free survival",
        "os": "Overall survival",
        "icons": f"Of a hundred patients after {month or 0:g} months",
        "response": "Response",
        "forest": "Predicted and published",
    }
    last = "forest" if "forest" in found.charts() else "response"
    return tuple(
        Part(
            title=title,
            call=call,
            chart=name,
            table=None if name == last else "",
            columns=_SHOWN if last == "forest" else (),
            has_open_words=number == 0,
            has_words=number == 0,
        )
        for number, (name, title) in enumerate(titles.items())
        if name in found.charts()
    )


COMPARE = Tab(
    key="compare",
    title="Compare",
    intro="A published trial as the model predicts it, beside what was published: diamonds on the curves.",
    fields=_fields,
    parts=_parts,
    start="Simulate afresh",
)
