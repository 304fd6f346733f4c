"""Kappa and lambda of a laboratory become involved and uninvolved light chain, frozen for each subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.tables.columns import dictionary_of
from cereblon.tables.schemas import LABS, SUBJECTS

_KAPPA, _LAMBDA = "kappa_flc", "lambda_flc"
Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Involvement:
    """Labs with involved and uninvolved light chains, subjects with the chain, and what was decided in sentences."""

    labs: pa.Table
    subjects: pa.Table
    remarks: tuple[str, ...] = ()


def by_involvement(labs: pa.Table, subjects: pa.Table, rules: Rules = IMWG_2016) -> Involvement:
    """Turn kappa and lambda into involved and uninvolved light chain.

    The chain that a subject's record names is involved. Where it names none, the last ratio on or before day 0 tells,
    else the first one of the record: above the normal range kappa, below lambda; where that is normal, the first
    ratio outside the range. It holds for the whole record. Subjects whose every ratio is normal keep kappa and
    lambda: which is involved does not matter for whether the ratio is normal, and nothing else is read from them.

    Parameters
    ----------
    labs
        LABS rows.
    subjects
        SUBJECTS rows.
    rules
        Normal range of the ratio.
    """
    test = dictionary_of(labs["test"])
    if not {_KAPPA, _LAMBDA} & set(test.dictionary.to_pylist()):
        return Involvement(labs, subjects)
    words = test.to_pylist()
    chosen = [row for row, word in enumerate(words) if word in (_KAPPA, _LAMBDA)]
    rows: dict[Key, list[int]] = {}
    for row, key in zip(chosen, _keys(labs.take(chosen)), strict=True):
        rows.setdefault(key, []).append(row)
    day, value = labs["day"].to_numpy(), labs["value"].to_numpy()
    chains = subjects["involved_light_chain"].cast(pa.string()).to_pylist()
    shown = []
    for place, key in enumerate(_keys(subjects)):
        own = rows.get(key, [])
        if own and chains[place] is None:
            chains[place] = _chain_of([(day[row], words[row], value[row]) for row in own], rules)
            if chains[place] is not None:
                shown.append(f"{key[2]} ({chains[place]})")
        involved = {"kappa": _KAPPA, "lambda": _LAMBDA}.get(str(chains[place]))
        for row in own if involved else ():
            words[row] = "involved_flc" if words[row] == involved else "uninvolved_flc"
    remarks = [f"labs: {len(chosen)} values of kappa and lambda read as involved and uninvolved light chain"]
    if shown:
        remarks.append(
            "subjects, involved_light_chain: the record names none; the ratio of kappa to lambda shows it for "
            f"{_listed(shown)}"
        )
    return Involvement(
        _with(labs, "test", words, LABS), _with(subjects, "involved_light_chain", chains, SUBJECTS), tuple(remarks)
    )


def _chain_of(measured: Iterable[tuple[float, str, float]], rules: Rules) -> str | None:
    """Find the chain that a subject's ratios show as involved."""
    by_day: dict[float, dict[str, float]] = {}
    for day, test, value in measured:
        by_day.setdefault(day, {})[test] = value
    pairs = [(day, both) for day, both in sorted(by_day.items()) if len(both) == 2]
    before = [both for day, both in pairs if day <= 0]
    for both in [*before[-1:], *(both for _, both in pairs)]:
        if both[_KAPPA] > rules.flc_ratio_high * both[_LAMBDA]:
            return "kappa"
        if both[_KAPPA] < rules.flc_ratio_low * both[_LAMBDA]:
            return "lambda"
    return None


def _keys(table: pa.Table) -> list[Key]:
    columns = (table["source_id"].to_pylist(), table["arm"].to_pylist(), table["subject_id"].to_pylist())
    return list(zip(*columns, strict=True))


def _with(table: pa.Table, column: str, words: list[Any], schema: pa.Schema) -> pa.Table:
    encoded = pc.dictionary_encode(pa.array(words, pa.string())).cast(schema.field(column).type)
    return table.set_column(table.schema.get_field_index(column), schema.field(column), encoded)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"subject{'s' if len(names) > 1 else ''} {', '.join(names[:10])}{more}"
