"""The studies of the package, and any study file beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cereblon.core.errors import unknown_name
from cereblon.core.yaml_files import plain_value
from cereblon.evidence.study import Fact, Study, build_study
from cereblon.vocabulary.endpoints import vocabulary
from cereblon.vocabulary.settings import settings_within


@cache
def _packaged() -> dict[str, Path]:
    folder = Path(str(files("cereblon.evidence"))) / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def study_ids() -> tuple[str, ...]:
    """Name the studies of the package in alphabetical order."""
    return tuple(_packaged())


@cache
def _packaged_study(study_id: str) -> Study:
    text = _packaged()[study_id].read_text(encoding="utf-8")
    return build_study(_content(yaml.compose(text, Loader=_UntypedLoader), typed="simulation"))


_BaseLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _UntypedLoader(_BaseLoader):  # type: ignore[misc]
    """Read every scalar as text: a checked file needs no guessing of types, which is half of the reading time."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:  # noqa: ARG002
        return "text"

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


def _content(node: Any, *, typed: str | None = None) -> Any:
    """Give the content of a mapping, whose values are text but for those of the key `typed`."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.MappingNode):
        return {key.value: (_typed if key.value == typed else _content)(value) for key, value in node.value}
    return [_content(item) for item in node.value]


def _typed(node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else plain_value(node.value)
    if isinstance(node, yaml.MappingNode):
        return {key.value: _typed(value) for key, value in node.value}
    return [_typed(item) for item in node.value]


def load_study(id_or_path: str | Path) -> Study:
    """Load one study of the package by its id, or check and load a study file by its path.

    Parameters
    ----------
    id_or_path
        For example `swog-s0777`, or `my-trial.yaml`. What ends in .yaml or .yml, or holds a slash, is a path.

    Returns
    -------
        Packaged studies are not checked again; a test of the package does that.

    Raises
    ------
    UnknownNameError
        If there is no study of this id, with the nearest ones.
    InputError
        If a study file cannot be read or breaks the schema, listing every problem.
    """
    text = str(id_or_path)
    if isinstance(id_or_path, Path) or text.endswith((".yaml", ".yml")) or "/" in text:
        from cereblon.evidence.schema import read_study

        return read_study(Path(id_or_path))
    if text not in _packaged():
        raise unknown_name("study", text, study_ids())
    return _packaged_study(text)


def load_all() -> tuple[Study, ...]:
    """Load every study of the package, in the order of `study_ids`."""
    return tuple(_packaged_study(study_id) for study_id in study_ids())


def select_studies(
    studies: Iterable[Study], *, setting: str | None = None, role: str | None = None, kind: str | None = None
) -> tuple[Study, ...]:
    """Keep the studies of one setting, role and kind; a criterion that is None keeps all."""
    wanted = {"role": role, "kind": kind}
    return tuple(
        study
        for study in studies
        if (setting is None or study.setting in settings_within(setting))
        and all(value is None or getattr(study, field) == value for field, value in wanted.items())
    )


def published_facts(
    study: Study,
    *,
    endpoints: Collection[str] | None = None,
    whole_arm_only: bool = True,
    include_flagged: bool = False,
    numbers_only: bool = True,
) -> tuple[Fact, ...]:
    """Give the facts of a study that a simulation of its arms can be set beside, in the order of the file.

    All data cuts are given; `latest_facts` keeps one of each number.

    Parameters
    ----------
    study
        From `load_study`.
    endpoints
        Names of the vocabulary; None for all.
    whole_arm_only
        Leave out subgroups, and numbers of another analysis set than the usual one of the study (`population`).
    include_flagged
        Give also facts whose `flag` warns against their use.
    numbers_only
        Leave out medians that were not reached and values printed only as below a bound.

    Raises
    ------
    UnknownNameError
        If an endpoint is not in the vocabulary.
    """
    wanted = None if endpoints is None else {vocabulary().endpoint(name).name for name in endpoints}
    return tuple(
        fact
        for fact in study.facts
        if (wanted is None or fact.endpoint in wanted)
        and (not whole_arm_only or (fact.subgroup is None and fact.population is None))
        and (include_flagged or fact.flag is None)
        and (not numbers_only or fact.reading == "reported")
    )


def latest_facts(study: Study, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Keep one fact of each quantity: of the last data cut, and there a primary source before a secondary one.

    A study file lists the cuts of a number from the first to the last. Cuts are never averaged.

    Parameters
    ----------
    study
        The study of the facts.
    facts
        In the order of the file.
    """
    chosen: dict[tuple[str | float | None, ...], tuple[tuple[int, bool], Fact]] = {}
    cuts: dict[tuple[str | float | None, ...], list[str | None]] = {}
    for fact in facts:
        seen = cuts.setdefault(fact.quantity, [])
        if fact.cut not in seen:
            seen.append(fact.cut)
        rank = (seen.index(fact.cut), study.source_of(fact).quality == "primary")
        if fact.quantity not in chosen or rank > chosen[fact.quantity][0]:
            chosen[fact.quantity] = (rank, fact)
    keep = {id(fact) for _, fact in chosen.values()}
    return tuple(fact for fact in facts if id(fact) in keep)
