"""Closed words of the subject tables, with the ways in which laboratories, trials (CDISC) and OMOP write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from cereblon.core.words import Words
from cereblon.vocabulary.endpoints import endpoint_data, endpoint_names, safety_terms, vocabulary
from cereblon.vocabulary.laboratory import LABORATORY_TESTS

ORIGIN = Words("origin", ("simulated", "observed", "reconstructed", "reported"))

SEX = Words(
    "sex",
    ("female", "male", "unknown"),
    {
        **dict.fromkeys(("f", "w", "woman", "women", "8532"), "female"),
        **dict.fromkeys(("m", "man", "men", "8507"), "male"),
        **dict.fromkeys(("u", "unk", "not known", "not reported"), "unknown"),
    },
)
"""8507 and 8532 are the standard gender concepts of OMOP; M, F and U those of CDISC."""

_HEAVY_CHAINS = ("IgG", "IgA", "IgD", "IgE", "IgM")

ISOTYPE = Words(
    "isotype",
    (*_HEAVY_CHAINS, "light_chain", "biclonal", "non_secretory", "unknown"),
    {
        **{f"immunoglobulin {name[-1]}": name for name in _HEAVY_CHAINS},
        **dict.fromkeys(
            ("light chain only", "light chain disease", "lc", "lcmm", "bence jones", "flc", "free light chain"),
            "light_chain",
        ),
        **dict.fromkeys(("nonsecretory", "non secretor"), "non_secretory"),
        **dict.fromkeys(("u", "unk", "not known", "not reported"), "unknown"),
    },
)

LIGHT_CHAIN = Words("light chain", ("kappa", "lambda"), {"k": "kappa", "κ": "kappa", "l": "lambda", "λ": "lambda"})

FRAILTY = Words(
    "frailty group",
    ("fit", "intermediate", "frail"),
    {"intermediate fit": "intermediate", "intermediate fitness": "intermediate"},
)

RESPONSE = Words(
    "response category",
    ("NE", "PD", "SD", "MR", "PR", "VGPR", "CR", "sCR"),
    {
        **dict.fromkeys(("not evaluable", "non evaluable", "unevaluable", "inevaluable", "not assessed"), "NE"),
        **dict.fromkeys(("progressive disease", "progression", "disease progression"), "PD"),
        "stable disease": "SD",
        **dict.fromkeys(("minimal response", "minor response"), "MR"),
        "partial response": "PR",
        "very good partial response": "VGPR",
        "complete response": "CR",
        **dict.fromkeys(("stringent complete response", "stringent cr"), "sCR"),
    },
)

EVENT = Words(
    "event",
    (
        "treatment_start",
        "transplant",
        "progression",
        "drug_stopped",
        "treatment_stopped",
        "next_therapy",
        "death",
        "censored",
    ),
    {
        **dict.fromkeys(("start of treatment", "first dose", "treatment started", "trtsdt"), "treatment_start"),
        **dict.fromkeys(("asct", "stem cell transplant", "stem cell transplantation", "sct"), "transplant"),
        **dict.fromkeys(("progressive disease", "disease progression", "progressed", "pd"), "progression"),
        **dict.fromkeys(("end of treatment", "eot", "treatment discontinued", "trtedt"), "treatment_stopped"),
        **dict.fromkeys(
            ("next treatment", "new anti cancer therapy", "subsequent therapy", "nactdt", "next line"), "next_therapy"
        ),
        **dict.fromkeys(("died", "dead", "dth", "dthdt", "dthfl"), "death"),
        **dict.fromkeys(("censor", "alive", "last contact", "last known alive", "lstalvdt"), "censored"),
    },
)

PROGRESSION_CAUSES: tuple[str, ...] = (
    "serum M-protein",
    "urine M-protein",
    "free light chains",
    "hypercalcaemia",
    "marrow plasma cells",
    "bone lesion",
    "plasmacytoma",
)
"""What progression was seen in; the first four are laboratory values that need a second assessment."""

READ_FROM_A_CURVE = "read from a curve"
"""Cause of every event of individuals who were rebuilt from a published curve."""

_PD = {word: "progression" for word in ("progressive disease", "disease progression", "pd", "relapse")}
_TOXICITY = {word: "toxicity" for word in ("adverse event", "ae", "toxic", "adverse events")}
_CAUSES: dict[str, Words] = {
    "treatment_start": Words("cause of treatment_start", ("", READ_FROM_A_CURVE)),
    "transplant": Words("cause of transplant", ("", READ_FROM_A_CURVE)),
    "progression": Words(
        "cause of progression",
        ("", *PROGRESSION_CAUSES, READ_FROM_A_CURVE),
        {"m protein": "serum M-protein", "serum": "serum M-protein", "urine": "urine M-protein"}
        | {"flc": "free light chains", "hypercalcemia": "hypercalcaemia", "bone": "bone lesion"}
        | {"new bone lesion": "bone lesion", "marrow": "marrow plasma cells"},
    ),
    "treatment_stopped": Words(
        "cause of treatment_stopped",
        ("", "progression", "toxicity", "other", "completed", "death"),
        _PD | _TOXICITY | {"complete": "completed", "died": "death", "completed treatment": "completed"},
    ),
    "next_therapy": Words("cause of next_therapy", ("", READ_FROM_A_CURVE)),
    "death": Words(
        "cause of death",
        ("", "myeloma", "toxicity", "other", READ_FROM_A_CURVE),
        dict.fromkeys((*_PD, "progression", "multiple myeloma"), "myeloma")
        | _TOXICITY
        | {"treatment related": "toxicity"},
    ),
    "censored": Words(
        "cause of censored",
        ("", "end_of_follow_up", "dropout", READ_FROM_A_CURVE),
        dict.fromkeys(("alive", "data cut off", "cut off", "study completed", "end of study"), "end_of_follow_up")
        | dict.fromkeys(("lost to follow up", "withdrawal", "withdrawal of consent", "dropped out"), "dropout"),
    ),
}


def cause_words(event: str) -> Words | None:
    """Give the causes that an event may have; None where they are free, as for a drug that was stopped."""
    return _CAUSES.get(event)


AE_ACTION = Words(
    "action taken",
    ("none", "held", "reduced", "stopped"),
    {
        **dict.fromkeys(("dose not changed", "no action", "not applicable", "no change", "unchanged"), "none"),
        **dict.fromkeys(("drug interrupted", "dose held", "interrupted", "dose interrupted", "hold"), "held"),
        **dict.fromkeys(("dose reduced", "reduction", "dose reduction"), "reduced"),
        **dict.fromkeys(("drug withdrawn", "withdrawn", "discontinued", "drug discontinued"), "stopped"),
    },
)

DECISION_ACTION = Words(
    "decision",
    ("hold", "hold ends", "delay", "delay ends", "lower", "raise", "change", "stop", "give", "withdraw", "count"),
    {"held": "hold", "reduce": "lower", "reduced": "lower", "resume": "hold ends", "resumed": "hold ends"}
    | {"increase": "raise", "increased": "raise", "stopped": "stop"},
)


def _safety_synonyms() -> dict[str, str]:
    return {
        written: entry.name.removeprefix("ae_") for entry in vocabulary().endpoints.values() for written in entry.also
    }


def _safety() -> Words:
    return Words("adverse event", safety_terms(), _safety_synonyms())


def _graded() -> Words:
    return Words("graded term", (*safety_terms(), "neuropathic_pain"), _safety_synonyms())


def _grades() -> Words:
    return Words("range of grades", ("", *endpoint_data()["grades"]), {"all": "any", ">=3": "3+", "≥3": "3+"})


_MADE: dict[str, Callable[[], Words]] = {
    "origin": lambda: ORIGIN,
    "sex": lambda: SEX,
    "isotype": lambda: ISOTYPE,
    "light_chain": lambda: LIGHT_CHAIN,
    "frailty": lambda: FRAILTY,
    "response": lambda: RESPONSE,
    "event": lambda: EVENT,
    "ae_action": lambda: AE_ACTION,
    "decision_action": lambda: DECISION_ACTION,
    "test": lambda: LABORATORY_TESTS,
    "adverse_event": _safety,
    "graded_term": _graded,
    "grade_range": _grades,
    "endpoint": lambda: Words("endpoint", endpoint_names()),
    "outcome_unit": lambda: Words("unit of an outcome", tuple(endpoint_data()["units"]), {"%": "percent"}),
}

VOCABULARIES: tuple[str, ...] = tuple(_MADE)
"""Names of the vocabularies that a column of a table may have."""


@cache
def vocabulary_of(name: str) -> Words:
    """Give a vocabulary by its name, one of `VOCABULARIES`."""
    return _MADE[name]()


_LIGHT_CHAIN_ONLY = re.compile(
    r"((free )?light chains?|flc|lc|lcmm|bence jones|only)?( (only|disease|myeloma|mm|type))*"
)


def isotype_with_chain(text: str) -> tuple[str, str] | None:
    """Read a text that names isotype and involved light chain together: `IgG kappa`, `IGA-λ`, `kappa light chain`."""
    spread = re.sub(r"[-_/,;:+()]", " ", text.strip().casefold().replace("κ", " kappa ").replace("λ", " lambda "))
    words = spread.split()
    chains = [word for word in words if LIGHT_CHAIN.find(word) is not None]
    if len(chains) != 1:
        return None
    chain = str(LIGHT_CHAIN.find(chains[0]))
    rest = [word for word in words if word not in chains]
    heavy = [
        name for name in _HEAVY_CHAINS if rest[:1] == [name.casefold()] or rest[:2] == ["ig", name[-1].casefold()]
    ]
    if heavy and " ".join(rest[1:] if rest[0] != "ig" else rest[2:]) in ("", "light chain", "chain"):
        return heavy[0], chain
    written_out = len(chains[0]) > 1
    if _LIGHT_CHAIN_ONLY.fullmatch(" ".join(rest)) and (rest or written_out):
        return "light_chain", chain
    return None
