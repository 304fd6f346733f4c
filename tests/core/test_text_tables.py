"""One reader of tables: separators, decimals, encodings and comments, and the cause named where it cannot read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.core.delimited_text import parse_table
from cereblon.core.errors import InputError
from cereblon.core.given_tables import read_table
from cereblon.core.plain_text import signed
from cereblon.core.text_files import read_text


def numbers(text: str, column: str) -> list[float]:
    problems: list[str] = []
    found = parse_table(text, where="t.csv").numbers(column, problems)
    assert problems == []
    return found


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n0.5,1\n2,3\n",
        "a;b\n0,5;1\n2;3\n",
        "a\tb\n0.5\t1\n2\t3\n",
        "a  b\n0.5 1\n2   3\n",
        "a|b\n0.5|1\n2|3\n",
        '"A" , "B"\r\n"0.5", "1"\r\n2,3\r\n',
        "# made by hand\na,b\n\n0.5,1\n2,3",
        "\ufeffa,b\n0.5,1\n2,3\n",
        "a,b,\n0.5,1,\n2,3,\n",
        '"","a","b"\n"1",0.5,1\n"2",2,3\n',
        'a,b\n"0,5",1\n2,3\n',
    ],
)
def test_one_table_however_it_is_written(text: str) -> None:
    assert numbers(text, "a") == [0.5, 2.0]
    assert numbers(text, "b") == [1.0, 3.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_utf_8_and_utf_16_are_read_with_and_without_a_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("study,effect\nM\u00fcller,0.5\n".encode(encoding))
    assert read_table(path).rows == ({"study": "M\u00fcller", "effect": "0.5"},)


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"M\xfcller,1\n", "line 1: byte 0xfc is not UTF-8 text"),
        (b"PK\x03\x04 rest", "an Excel workbook"),
        (b"PAR1 rest", "a Parquet file"),
        (b"\x1f\x8b rest", "compressed by gzip"),
        (b"a,b\n1,\x002\n" + b"x" * 300, "bytes of value 0"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_what_it_is(tmp_path: Path, raw: bytes, cause: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=cause):
        read_text(path)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "is empty"),
        ("a,b\n", "no row below the header"),
        ("time\n1\n", "one column found"),
        ("a,b\n1\n", "line 2: 1 cells; the header has 2"),
        ("a,a\n1,2\n", "'a' appears twice"),
        ("a,,b\n1,2,3\n", "column 2 has no name"),
        ("a;b,c\n1;2,3\n", "commas or by semicolons"),
        ('a,b\n"1,2\n', "is no row of a table"),
    ],
)
def test_the_cause_is_named_when_a_table_cannot_be_read(text: str, cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        parse_table(text, where="t.csv")


def test_a_comma_that_may_be_of_thousands_is_asked_about() -> None:
    problems: list[str] = []
    found = parse_table("n;m\n1,234;5\n", where="t.csv").numbers("n", problems)
    assert math.isnan(found[0])
    assert problems == ["t.csv, line 2, n: '1,234' is not a number; is it 1234 or 1.234?"]


def test_decimal_commas_and_points_in_one_table_are_not_mixed() -> None:
    problems: list[str] = []
    table = parse_table("a;b\n0,5;1.5\n", where="t.csv")
    assert table.numbers("b", problems) == [1.5]
    table.numbers("a", problems)
    assert problems == ["t.csv, line 2, a: '0,5' is not a number; the table has decimal points elsewhere"]


@pytest.mark.parametrize("cell", ["1_000", "0x10", "inf", "nan", "1.2.3", "1 2", "--1"])
def test_what_python_or_people_may_call_a_number_is_refused(cell: str) -> None:
    problems: list[str] = []
    parse_table(f"a,b\n{cell},x\n", where="t.csv").numbers("a", problems)
    assert len(problems) == 1


def test_a_row_over_two_lines_is_named_by_its_first() -> None:
    table = parse_table('a,b\n"x\ny",1\nz,2\n', where="t.csv")
    assert table.lines == (2, 4)


def test_a_column_called_time_needs_its_unit() -> None:
    table = parse_table("time,event\n1,1\n", where="t.csv")
    with pytest.raises(InputError, match="does not say its unit of time"):
        table.time_column(None)
    assert table.time_column("years") == ("time", 12.0)
    assert table.time_column("yr") == ("time", 12.0)


@pytest.mark.parametrize("name", ["day", "Days", "d_ay"])
def test_the_name_of_a_column_says_its_unit(name: str) -> None:
    table = parse_table(f"{name},event\n1,1\n", where="t.csv")
    if name == "d_ay":
        with pytest.raises(InputError, match="no column of time"):
            table.time_column(None)
    else:
        assert table.time_column(None)[1] == pytest.approx(12 / 365.25)
        with pytest.raises(InputError, match="contradicts the time unit months"):
            table.time_column("months")


def test_two_columns_of_time_are_not_chosen_between() -> None:
    with pytest.raises(InputError, match="are columns of time"):
        parse_table("month,day,event\n1,30,1\n", where="t.csv").time_column(None)


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), min_size=1), st.sampled_from(",;\t|"))
def test_numbers_survive_writing_and_reading(rows: list[list[float]], separator: str) -> None:
    text = "\n".join(separator.join(map(str, row)) for row in [["a", "b"], *rows])
    assert numbers(text, "a") == [row[0] for row in rows]


@pytest.mark.parametrize("text", [";\n", ",,,\n,,,\n", "\t\n\t\n", '"",""\n'])
def test_a_table_without_any_cell_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"t\.csv"):
        parse_table(text, where="t.csv")


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(1.25, 1, "+1.2"), (-0.3, 1, "-0.3"), (-0.04, 1, "0.0"), (0.001, 2, "0.00")]
)
def test_a_difference_of_nothing_has_no_sign(value: float, digits: int, shown: str) -> None:
    assert signed(value, digits) == shown
