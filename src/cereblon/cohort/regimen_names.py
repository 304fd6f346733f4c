"""Short names of regimens, such as VRd, from the drugs that were given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files

from cereblon.cohort.treatment_concepts import STEROID, TreatmentConcepts, packaged_concepts
from cereblon.core.errors import unknown_name
from cereblon.core.yaml_files import parse_yaml


@cache
def _names() -> dict[frozenset[str], str]:
    entry = files("cereblon.cohort.concepts") / "regimens.yaml"
    listed = parse_yaml(entry.read_text(encoding="utf-8"), where=entry.name)["regimens"]
    return {frozenset(one["drugs"]): str(one["name"]) for one in listed}


def need_regimens(asked: Iterable[str], found: Iterable[str]) -> None:
    """Refuse a name that stands for no regimen, so that a slip of the pen is not taken for a regimen nobody had.

    Parameters
    ----------
    asked
        Short names.
    found
        Names of the lines of the cohort, among them those of drugs without a name.

    Raises
    ------
    UnknownNameError
        With the nearest known names.
    """
    known = sorted({*_names().values(), *found})
    for name in asked:
        if name not in known:
            raise unknown_name("regimen", name, known)


def regimen_name(drugs: Collection[str], concepts: TreatmentConcepts | None = None) -> str:
    """Name a regimen by its drugs.

    Parameters
    ----------
    drugs
        Names of the drugs; steroids are all the same here.
    concepts
        What is a steroid; as packaged unless given.

    Returns
    -------
        The short name; the drugs joined by + in alphabetical order, a steroid last, where there is none.

    Examples
    --------
    >>> regimen_name(["lenalidomide", "bortezomib", "dexamethasone"])
    'VRd'
    >>> regimen_name(["lenalidomide", "venetoclax"])
    'lenalidomide+venetoclax'
    """
    known = concepts or packaged_concepts()
    plain = {STEROID if known.class_of(drug) == STEROID else drug for drug in drugs}
    name = _names().get(frozenset(plain))
    if name is not None:
        return name
    others = sorted(plain - {STEROID})
    return "+".join([*others, "steroid"] if STEROID in plain else others)
