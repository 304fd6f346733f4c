"""Which drug and which regimen a text names: brand, salt, short form or letters of a publication."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cereblon.core.errors import UnknownNameError, unknown_name
from cereblon.core.words import Words, plain
from cereblon.core.yaml_files import read_yaml

ROUTE_WORDS = {"oral": "by mouth", "iv": "into the vein", "sc": "under the skin"}
"""How a drug is given, by the routes of regimen files."""
_STRENGTH = re.compile(
    r"\b\d+(?:[.,]\d+)?\s*(?:mg|g|µg|μg|ug|mcg|ml|iu|units?|%)(?:\s*/\s*(?:\d+(?:[.,]\d+)?\s*)?(?:ml|l|m2|m²|kg))?"
    r"(?![a-z0-9])"
)
_REPORT_CODE = re.compile(r"/\d{5,}/")  # number of the WHO Drug Dictionary that FAERS writes behind a name
_BETWEEN = re.compile(r"\s*[/\\+&,;]\s*(?:and\s+)?|\s+(?:and|plus|with)\s+")
_BETWEEN_PARTS = re.compile(r"\s*[/\\+&,;‐‑–-]\s*(?:and\s+)?|\s+(?:and|plus|with)\s+|\s+")
_BIOLOGIC_SUFFIX = re.compile(r"(mab|mafodotin|hyaluronidase|filgrastim)-[a-z]{4}\b")


@dataclass(frozen=True, slots=True)
class NamedRegimen:
    """A regimen that a text names: the name we print, and its drugs."""

    name: str
    drugs: frozenset[str]


@cache
def _table() -> dict[str, Any]:
    return read_yaml(Path(__file__).parent / "drugs.yaml")


def drug_names() -> tuple[str, ...]:
    """Give the drugs of the vocabulary, by INN."""
    return tuple(_table()["drugs"])


def _synonyms_of(drug: str) -> tuple[str, ...]:
    entry = _table()["drugs"].get(drug) or {}
    return (*entry.get("names", ()), *(f"{drug} {salt}" for salt in entry.get("salts", ())))


def drug_words(known: Iterable[str] | None = None) -> Words:
    """Give the closed words of a column of drugs.

    Parameters
    ----------
    known
        Drugs that are allowed, by INN; None for all of the vocabulary.
    """
    allowed = tuple(drug_names() if known is None else known)
    return Words("drug", allowed, {name: drug for drug in allowed for name in _synonyms_of(drug)})


@cache
def _by_name() -> dict[str, str]:
    """Give the drugs by their names without case, spaces and hyphens."""
    names: dict[str, str] = {}
    for drug in drug_names():
        for name in (drug, *_synonyms_of(drug)):
            if names.setdefault(_joined(name), drug) != drug:
                raise ValueError(f"drugs.yaml: {name} names {names[_joined(name)]} and {drug}")
    return names


@cache
def _beside() -> re.Pattern[str]:
    words = [word for part in ("forms", "makers") for word in _table()["beside"][part]]
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(word) for word in longest_first)})(?![\w-])")


@cache
def _additives() -> frozenset[str]:
    return frozenset(_joined(word) for word in _table()["beside"]["additives"])


def _joined(text: str) -> str:
    return re.sub(r"[\s_\-‐‑–]+", "", text.strip()).casefold()


def find_drugs(text: str) -> frozenset[str]:
    """Find the drugs that a text names, one or those of a combination.

    Strength, form, maker and the number of a dictionary beside the name are passed over, and so is the suffix of a
    biologic (`isatuximab-irfc`). A name in brackets must be the same drug.

    Parameters
    ----------
    text
        As reports and publications write it: `REVLIMID 25 MG`, `bortezomib mannitol`, `Dex`.

    Returns
    -------
        By INN; empty where any part of the text is not known, since half of a combination is another treatment.
    """
    written = unicodedata.normalize("NFKC", re.sub(r"[®™©]|\((?:r|tm)\)", " ", text, flags=re.IGNORECASE)).casefold()
    if (whole := _by_name().get(_joined(written))) is not None:
        return frozenset({whole})
    written = _BIOLOGIC_SUFFIX.sub(r"\1", _REPORT_CODE.sub(" ", _STRENGTH.sub(" ", written)))
    within = re.findall(r"[(\[]([^()\[\]]*)[)\]]", written)
    outside = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", written)
    found = [_drugs_of(piece) for piece in (outside, *within)]
    told = {drugs for drugs in found if drugs != frozenset()}
    return told.pop() if len(told) == 1 and None not in told else frozenset()  # type: ignore[return-value]


def _drugs_of(text: str) -> frozenset[str] | None:
    """Give the drugs of one piece of a text; nothing where it names none, None where a part is not known."""
    drugs = set[str]()
    for part in _BETWEEN.split(text):
        bare = part.strip(" .:;")
        drug = _by_name().get(_joined(bare)) or _by_name().get(_joined(_beside().sub(" ", bare).strip(" .")))
        if drug is not None:
            drugs.add(drug)
        elif _joined(bare) not in _additives() and _beside().sub(" ", bare).strip(" ."):
            return None
    return frozenset(drugs)


def find_drug(text: str) -> str | None:
    """Find the one drug that a text names, by INN; None where it names none or several. See `find_drugs`."""
    drugs = find_drugs(text)
    return next(iter(drugs)) if len(drugs) == 1 else None


def need_drug(text: str, known: Sequence[str] | None = None) -> str:
    """Find the drug that a text names among those that can be asked for.

    Parameters
    ----------
    text
        INN, brand, salt or short form.
    known
        Drugs that are allowed, by INN; None for all of the vocabulary.

    Raises
    ------
    UnknownNameError
        Naming the nearest names, or the drug that is meant and not among `known`.
    """
    from difflib import get_close_matches

    allowed = tuple(drug_names() if known is None else known)
    if text in allowed:
        return text
    exact = next((name for name in allowed if plain(name) == plain(text)), None)
    drug = exact or find_drug(text)
    if drug in allowed:
        return str(drug)
    listed = f"known: {', '.join(allowed)}" if len(allowed) <= 20 else "give the INN or a brand name"
    if drug is not None:
        meaning = "" if plain(text) == plain(drug) else f"{drug}, which is "
        raise UnknownNameError(f"drug {text!r} is {meaning}not known here", hint=listed)
    written = {plain(name): name for one in allowed for name in (one, *_synonyms_of(one))}
    near = [written[name] for name in get_close_matches(plain(text), list(written), n=3, cutoff=0.6)]
    hint = f"did you mean {' or '.join(near)}?" if near else listed
    raise UnknownNameError(f"drug {text!r} is not known", hint=hint)


@cache
def _regimens() -> dict[str, NamedRegimen]:
    found: dict[str, NamedRegimen] = {}
    for name, entry in _table()["regimens"].items():
        unknown = set(entry["drugs"]) - set(drug_names())
        if unknown:
            raise ValueError(f"drugs.yaml, {name}: {sorted(unknown)} are no drugs of the table")
        regimen = NamedRegimen(name, frozenset(entry["drugs"]))
        for written in (name, *entry.get("names", ())):
            if found.setdefault(_joined(written), regimen) != regimen:
                raise ValueError(f"drugs.yaml: {written} names {found[_joined(written)].name} and {name}")
    return found


def find_regimen(text: str) -> NamedRegimen | None:
    """Find the regimen that a text names.

    By letters (`D-VRd`), by drugs (`len + dex`, `Revlimid-dex`), or by both (`Dara-Rd`).

    A name of letters says the drugs, not doses or duration. What gives drugs one after the other (`MPR-R`,
    `VRd then R`), or names anything besides, is no regimen here.

    Returns
    -------
        With the name we print; a set of drugs without one is named by its drugs. None where a part is not known.
    """
    known = _regimens().get(_joined(re.sub(r"[+/]", "-", text)))
    if known is not None:
        return known
    drugs = find_drugs(text)
    if not drugs:
        parts = [part for part in _BETWEEN_PARTS.split(text.strip()) if part]
        letters = [_regimens()[_joined(part)] for part in parts if _joined(part) in _regimens()]
        others = [find_drug(part) for part in parts if _joined(part) not in _regimens()]
        if len(letters) > 1 or None in others:  # two names of letters are two phases, as in Rd-MPR
            return None
        drugs = frozenset(drug for drug in others if drug is not None).union(*(one.drugs for one in letters))
        if not letters:  # drugs with a hyphen or a space between: one regimen if publications have letters for it
            return _by_drugs().get(drugs)
    return regimen_of(drugs)


@cache
def _by_drugs() -> dict[frozenset[str], NamedRegimen]:
    return {regimen.drugs: regimen for regimen in reversed(_regimens().values())}


def need_regimen(text: str) -> NamedRegimen:
    """Find the regimen that a text names; see `find_regimen`.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    found = find_regimen(text)
    if found is None:
        raise unknown_name("regimen", text, list(_table()["regimens"]))
    return found


def regimen_of(drugs: Iterable[str]) -> NamedRegimen:
    """Give the regimen of a set of drugs, named by its drugs where publications have no letters for it."""
    wanted = frozenset(drugs)
    named = _by_drugs().get(wanted)
    order = {drug: place for place, drug in enumerate(drug_names())}
    return named or NamedRegimen(" + ".join(sorted(wanted, key=lambda drug: (order.get(drug, 999), drug))), wanted)
