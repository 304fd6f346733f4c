"""Small inputs to the subject tables that went wrong, with the right value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.criteria import IMWG_2016, IMWG_2016_RENAL, Rules
from cereblon.outcomes import assess, assess_responses, find_progression
from cereblon.tables import conform
from cereblon.tables.schemas import EVENTS, LABS, SUBJECTS, TESTS

KEY = {"origin": "observed", "source_id": "case", "arm": "a"}
Rows = list[tuple[Any, ...]]


def subjects(*people: dict[str, Any]) -> pa.Table:
    """Make observed subjects, women with IgG myeloma of an unknown chain unless they say otherwise."""
    base = {field.name: None if field.nullable else 0 for field in SUBJECTS} | KEY
    rows = [base | {"sex": "female", "isotype": "IgG"} | person for person in people]
    return conform({name: [row[name] for row in rows] for name in SUBJECTS.names}, SUBJECTS, name="subjects")


def labs(rows: Rows) -> pa.Table:
    """Make labs of (subject, day, test, value[, unit])."""
    columns: dict[str, Any] = {name: [value] * len(rows) for name, value in KEY.items()}
    for place, name in enumerate(("subject_id", "day", "test", "value")):
        columns[name] = [row[place] if place in (0, 2) else float(row[place]) for row in rows]
    columns["unit"] = [row[4] if len(row) > 4 else TESTS[row[2]] for row in rows]
    return conform(columns, LABS, name="labs")


def events(ids: range) -> pa.Table:
    columns: dict[str, Any] = {name: [value] * len(ids) for name, value in KEY.items()}
    columns |= {"subject_id": list(ids), "event": "treatment_start", "day": 0.0, "line": 1, "cause": ""}
    return conform(columns, EVENTS, name="events")


def categories(rows: Rows, rules: Rules = IMWG_2016, **person: Any) -> list[str]:
    table = assess_responses(labs(rows), subjects({"subject_id": 1} | person), events(range(1, 2)), rules)
    return [str(word) for word in table["category"].to_pylist()]


def complete(*ratios: tuple[float, float]) -> Rows:
    """Make a complete response with light chains (involved, uninvolved) from day 28 on."""
    rows: Rows = [(1, -1, "m_protein", 30), (1, 28, "marrow_plasma_cells", 2), (1, 28, "marrow_clonal", 0)]
    for visit, (involved, uninvolved) in enumerate(ratios, start=1):
        rows += [(1, 28 * visit, "m_protein", 0), (1, 28 * visit, "immunofixation_serum", 0)]
        rows += [(1, 28 * visit, "involved_flc", involved), (1, 28 * visit, "uninvolved_flc", uninvolved)]
    return rows


def test_grams_a_decilitre_are_read() -> None:
    """30 g/L falls to 0.9 g/dL, which is 9 g/L: by 70 %, a partial response."""
    rows = [(1, -1, "m_protein", 30, "g/L"), (1, 28, "m_protein", 0.9, "g/dL"), (1, 56, "m_protein", 0.9, "g/dL")]
    assert categories(rows) == ["PR", "PR"]


def test_units_are_read_in_a_table_that_did_not_pass_the_gate() -> None:
    """The same people as Arrow made elsewhere, with plain text columns."""
    rows = [(1, -1, "m_protein", 30), (1, 28, "m_protein", 9), (1, 56, "m_protein", 9)]
    plain = labs(rows).cast(pa.schema([(f.name, pa.string() if f.name == "unit" else f.type) for f in LABS]))
    decilitres = plain.set_column(7, "unit", pa.array(["g/L", "g/dL", "g/dL"]))
    decilitres = decilitres.set_column(6, "value", pa.array([30.0, 0.9, 0.9]))
    found = assess_responses(decilitres, subjects({"subject_id": 1}), events(range(1, 2)))
    assert found["category"].to_pylist() == ["PR", "PR"]
    with pytest.raises(InputError, match="labs, row 1, unit: m_protein: unit 'mmol/L' is no unit"):
        wrong = decilitres.set_column(7, "unit", pa.array(["mmol/L"] * 3))
        assess_responses(wrong, subjects({"subject_id": 1}), events(range(1, 2)))


def test_kappa_to_lambda_of_056_in_lambda_disease_is_normal() -> None:
    """The normal range is that of kappa to lambda, 0.26 to 1.65 (Kumar 2016)."""
    assert categories(complete((18, 10), (18, 10)), involved_light_chain="lambda") == ["sCR", "sCR"]
    assert categories(complete((18, 10), (18, 10)), involved_light_chain="kappa") == ["CR", "CR"]


@given(ratio=st.floats(0.05, 8))
@settings(max_examples=40)
def test_the_same_kappa_and_lambda_are_judged_alike_whichever_is_involved(ratio: float) -> None:
    as_kappa = categories(complete((10 * ratio, 10)), involved_light_chain="kappa")
    as_lambda = categories(complete((10, 10 * ratio)), involved_light_chain="lambda")
    assert as_kappa == as_lambda == (["sCR"] if 0.26 <= ratio <= 1.65 else ["CR"])


def test_the_renal_range_is_a_named_choice() -> None:
    """0.37 to 3.1, Hutchison 2008."""
    rows = complete((31, 10), (3.6, 10))
    assert categories(rows, IMWG_2016_RENAL, involved_light_chain="kappa") == ["sCR", "CR"]
    assert categories(rows, IMWG_2016, involved_light_chain="kappa") == ["CR", "sCR"]


def test_an_unknown_chain_makes_stringent_only_what_is_normal_for_both() -> None:
    """0.61 to 1.65 is inside both ranges."""
    assert categories(complete((16.5, 10), (6.1, 10), (18, 10), (5, 10))) == ["sCR", "sCR", "CR", "CR"]


def test_kappa_and_lambda_of_a_laboratory_become_involved_and_uninvolved() -> None:
    """Without a recorded chain the ratio at baseline, 10 to 1010, says lambda; dFLC falls from 1000 to 100."""
    rows = [
        (1, -1, "kappa_flc", 10),
        (1, -1, "lambda_flc", 1010),
        (1, 28, "kappa_flc", 10),
        (1, 28, "lambda_flc", 110),
    ]
    assert categories(rows, isotype="light_chain", m_protein_g_l=0.0) == ["VGPR"]


def test_two_values_of_one_day_are_refused() -> None:
    rows = [(1, -1, "m_protein", 30), (1, 28, "m_protein", 9), (1, 28, "m_protein", 20)]
    with pytest.raises(InputError, match="labs, subject 1, day 28: m_protein has the values 9, 20"):
        categories(rows)


def test_a_value_that_is_there_twice_counts_once() -> None:
    assert categories([(1, -1, "m_protein", 30), (1, 28, "m_protein", 9), (1, 28, "m_protein", 9)]) == ["PR"]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_the_order_of_rows_changes_no_assessment(seed: int) -> None:
    rng = np.random.default_rng(7)
    rows: Rows = [
        (person, day, "m_protein", value)
        for person in range(1, 7)
        for day, value in zip(range(0, 280, 28), np.round(30 * np.exp(rng.normal(-1, 0.8, 10)), 1), strict=True)
    ]
    people = subjects(*({"subject_id": n} for n in range(1, 7)))
    given = {"labs": labs(rows), "subjects": people, "events": events(range(1, 7))}
    order = np.random.default_rng(seed)
    shuffled = {name: table.take(order.permutation(table.num_rows)) for name, table in given.items()}
    for function in (assess_responses, find_progression):
        one, other = (function(t["labs"], t["subjects"], t["events"]) for t in (given, shuffled))
        keys = [("subject_id", "ascending"), ("day", "ascending")]
        assert one.sort_by(keys).to_pylist() == other.sort_by(keys).to_pylist()
    assert assess(given)["responses"].num_rows == assess(shuffled)["responses"].num_rows == 54


def test_death_in_a_table_that_did_not_pass_the_gate_is_refused() -> None:
    """An event that no rule knows would vanish."""
    plain = events(range(1, 2)).set_column(4, "event", pa.array(["Death"]))
    with pytest.raises(InputError, match=r"events, row 1, event: 'Death' is no event.*did you mean death"):
        assess_responses(labs([(1, -1, "m_protein", 30)]), subjects({"subject_id": 1}), plain)
