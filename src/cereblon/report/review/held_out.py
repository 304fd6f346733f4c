"""Pivotal trials whose numbers nobody here may see, so that predictions of them are blind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from cereblon.core.yaml_files import read_yaml
from cereblon.report.document import Bullets, Section
from cereblon.report.review.traces import Traces


@dataclass(frozen=True, slots=True)
class HeldOutTrial:
    """A trial by name, registration number and what it compares; no result."""

    name: str
    registry: str
    compares: str
    chapter: str


@cache
def held_out_trials() -> tuple[HeldOutTrial, ...]:
    """Give the trials in the order of the file."""
    entries = read_yaml(Path(__file__).parent / "held_out.yaml")["trials"]
    return tuple(HeldOutTrial(**entry) for entry in entries)


def held_out_sentence(chapter: str, traces: Traces) -> Markup:
    """Name the trials of a chapter that are held out; empty if there are none."""
    found = [trial for trial in held_out_trials() if trial.chapter == chapter]
    if not found:
        return Markup("")
    named = Markup("; ").join([_named(trial, traces) for trial in found])
    return Markup("Trials held out for blind prediction, named here without their results: {}.").format(named)


def held_out_section(traces: Traces) -> Section:
    """List all of them."""
    return Section("Held out for blind prediction", [Bullets([_named(one, traces) for one in held_out_trials()])])


def _named(trial: HeldOutTrial, traces: Traces) -> Markup:
    return Markup('{} (<a href="https://clinicaltrials.gov/study/{}">{}</a>, {})').format(
        traces.name(trial.name), trial.registry, traces.name(trial.registry), traces.name(trial.compares)
    )
