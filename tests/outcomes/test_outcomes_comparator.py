"""Which arm stands above the line is said, by the table or the call, and never taken from rows."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.outcomes import prediction_intervals, summarise, summarise_replicates
from cereblon.tables import arm_order, name_arms, remarks_of


def unnamed(trial: dict[str, pa.Table]) -> dict[str, pa.Table]:
    return trial | {"subjects": trial["subjects"].replace_schema_metadata(None)}


def compared(table: pa.Table) -> set[tuple[str, str]]:
    return {(row["arm"], row["versus"]) for row in table.to_pylist() if row["versus"]}


@pytest.mark.parametrize("summary", [summarise, summarise_replicates])
def test_arms_without_a_named_comparator_are_not_compared(trial: dict[str, pa.Table], summary) -> None:
    with pytest.raises(InputError, match="the arms are a, b, and none is named") as error:
        summary(unnamed(trial))
    assert "comparator=" in str(error.value.hint)


def test_the_call_names_the_comparator(trial: dict[str, pa.Table]) -> None:
    assert compared(summarise(unnamed(trial), comparator="a")) == {("b", "a")}
    assert compared(summarise(trial, comparator="a")) == {("b", "a")}


def test_each_arm_by_itself_needs_no_comparator(trial: dict[str, pa.Table]) -> None:
    alone, both = summarise(unnamed(trial), comparisons=()), summarise(trial)
    assert alone.to_pylist() == [row for row in both.to_pylist() if not row["versus"]]


def test_one_arm_needs_no_comparator(trial: dict[str, pa.Table]) -> None:
    only_a = {name: table.filter(pa.compute.equal(table["arm"], "a")) for name, table in unnamed(trial).items()}
    assert compared(summarise(only_a)) == set()


def test_a_comparator_that_is_not_there_is_refused(trial: dict[str, pa.Table]) -> None:
    with pytest.raises(UnknownNameError, match="'c' is not known"):
        summarise(trial, comparator="c")
    with pytest.raises(UnknownNameError, match="'c' is not known"):
        name_arms(trial["subjects"], ("a", "b"), comparator="c")


def test_comparator_and_comparisons_together_are_refused(trial: dict[str, pa.Table]) -> None:
    with pytest.raises(InputError, match="both given"):
        summarise(trial, comparator="a", comparisons=[("a", "b")])


def test_an_arm_named_twice_is_refused(trial: dict[str, pa.Table]) -> None:
    with pytest.raises(InputError, match="named twice"):
        name_arms(trial["subjects"], ("a", "a"))


def test_three_arms_are_each_read_over_the_comparator(trial: dict[str, pa.Table], table) -> None:
    more = pa.concat_tables([trial["subjects"], table("subjects", [{"arm": "c", "subject_id": 9}])])
    more = name_arms(more.unify_dictionaries(), ("c", "a", "b"), comparator="a")
    found = summarise(trial | {"subjects": more})
    assert compared(found) == {("c", "a"), ("b", "a")}
    assert arm_order(found).arms == ("c", "a", "b")
    assert list(dict.fromkeys(found["arm"].to_pylist()))[:3] == ["c", "a", "b"]


def test_other_groups_are_compared_when_asked(trial: dict[str, pa.Table]) -> None:
    assert compared(summarise(trial, by="sex")) == set()
    assert compared(summarise(trial, by="sex", comparator="female")) == {("male", "female")}


def test_outcomes_know_arms_and_comparator(trial: dict[str, pa.Table]) -> None:
    replicates = summarise_replicates(trial)
    for known in (arm_order(replicates), arm_order(prediction_intervals(replicates))):
        assert known is not None
        assert (known.arms, known.comparator) == (("a", "b"), "b")


def test_an_arm_without_subjects_is_named(trial: dict[str, pa.Table]) -> None:
    named = name_arms(trial["subjects"], ("a", "b", "c"), comparator="b")
    assert "subjects: none in arm c" in remarks_of(summarise(trial | {"subjects": named}))


def test_subjects_left_out_are_named(trial: dict[str, pa.Table]) -> None:
    failed = pa.array([0, 0, 0, 0, 0, 0, 0, 3], pa.int16())
    place = trial["subjects"].schema.get_field_index("result_code")
    subjects = trial["subjects"].set_column(place, trial["subjects"].schema.field(place), failed)
    assert any(
        "1 left out" in remark and "4 of arm b" in remark
        for remark in remarks_of(summarise(trial | {"subjects": subjects}))
    )
