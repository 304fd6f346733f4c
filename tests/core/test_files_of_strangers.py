"""Readers refuse at once what is no file of a user, too large, too deep, or holds what cannot be seen."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cereblon.core.control_characters import visible
from cereblon.core.delimited_text import parse_table
from cereblon.core.errors import InputError
from cereblon.core.given_tables import read_table
from cereblon.core.json_files import parse_json
from cereblon.core.text_files import decode, read_text, refuse_closed
from cereblon.core.yaml_files import parse_yaml


def test_a_device_is_refused_without_reading_it() -> None:
    with pytest.raises(InputError, match=r"^/dev/zero: is no ordinary file"):
        read_text("/dev/zero")


def test_a_pipe_that_nobody_writes_to_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match=r"pipe\.csv: is no ordinary file"):
        read_text(tmp_path / "pipe.csv")


def test_a_name_that_no_file_can_have_is_refused_wherever_it_is_read() -> None:
    for read in (read_text, refuse_closed):
        with pytest.raises(InputError, match=r"cannot be read .*File name too long"):
            read(Path("a" * 300))


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x1b", "\x7f", "\x9b", "\ufffe", "\uffff"])
def test_a_control_character_in_a_file_is_refused_with_its_line(sign: str) -> None:
    with pytest.raises(InputError, match=r"t\.csv"):
        decode(f"a,b\n1,x{sign}\n".encode(), where="t.csv")


def test_the_message_names_line_and_code() -> None:
    with pytest.raises(InputError, match=r"t\.csv, line 2: holds the control character U\+001B"):
        decode(b"a,b\n1,\x1b[31mred\n", where="t.csv")


def test_tabs_and_line_ends_of_all_systems_are_text() -> None:
    assert decode(b"a\tb\r\n1\t2\r", where="t.csv") == "a\tb\n1\t2\n"


def test_escapes_do_not_smuggle_control_characters_through_yaml_json_or_memory() -> None:
    with pytest.raises(InputError, match=r"t\.yaml, line 1, column 4: holds the control character U\+0007"):
        parse_yaml('x: "\\x07"', where="t.yaml")
    with pytest.raises(InputError, match=r"U\+0007"):
        parse_json('{"x": ["\\u0007"]}', where="t.json")
    with pytest.raises(InputError, match=r"U\+D800"):
        parse_json('{"\\ud800": 1}', where="t.json")
    with pytest.raises(InputError, match=r"U\+0001"):
        read_table({"study": ["A\x01"], "n": [1]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 200_000, "t.json: lists and objects are nested more than 60 deep"),
        ("[" * 61 + "1" + "]" * 61, "t.json: lists and objects are nested more than 60 deep"),
        ("1" * 5000, "t.json: a whole number of 5000 digits; at most 18 are read"),
        ("1e999", "t.json: the number 1e999 is too large"),
        ("NaN", "t.json: NaN is no number of JSON"),
        ('{"a": 1, "a": 2}', "t.json: the key 'a' is written twice in one object"),
        ('{"a": }', "t.json, line 1, column 7: not JSON"),
        ("", "t.json, line 1, column 1: not JSON"),
    ],
)
def test_json_without_measure_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_json(text, where="t.json")
    assert refusal.value.message.startswith(message)


def test_json_within_its_bounds_is_read() -> None:
    assert parse_json('\ufeff{"a": [1, 2.5, null, "ü\\t"]}', where="t.json") == {"a": [1, 2.5, None, "ü\t"]}
    assert parse_json("[" * 60 + "]" * 60, where="t.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",".join(f"c{n}" for n in range(5001)) + "\n", "has 5,001 columns; at most 5,000 are read"),
        ("a,b\n1," + "9" * 1_000_001 + "\n", "line 2: is longer than 1,000,000 characters"),
        ("a,b\n" + "1,2\n" * 2_000_001, "has 2,000,002 lines; at most 2,000,000 are read"),
        ("a,b\n" + f"{',' * 100_000}\n" * 100, "has 10,000,102 cells; at most 10,000,000 are read"),
    ],
)
def test_a_table_without_measure_is_refused_at_once(text: str, message: str) -> None:
    """A second is a hundred times what the check of such a text takes, and a tenth of what reading it would."""
    started = time.process_time()
    with pytest.raises(InputError, match=message):
        parse_table(text, where="t.csv")
    assert time.process_time() - started < 1.0


def test_characters_that_turn_words_round_are_shown_by_their_code() -> None:
    """A title in Hebrew may hold them, so that they are read; in a terminal they would show `5.0` for `0.5`."""
    assert visible("HR \u202e0.5\u202c\u2066x\u2069\u2028y") == "HR \\u202e0.5\\u202c\\u2066x\\u2069\\u2028y"


def test_control_characters_are_shown_by_their_code() -> None:
    assert visible("a\x1b[31m\tü\x9b\n") == "a\\x1b[31m\tü\\x9b\n"


def test_an_example_that_is_not_here_says_where_examples_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no such file") as refused:
        read_text(Path("docs/examples/vrd-lite.yaml"))
    assert "folder of Cereblon's source" in (refused.value.hint or "")
