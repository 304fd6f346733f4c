"""YAML is read with messages that name file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from cereblon.core.errors import InputError
from cereblon.core.yaml_files import parse_yaml, read_yaml


def test_a_mapping_is_read() -> None:
    assert parse_yaml("a: 1\nb: [x, y]", where="t.yaml") == {"a": 1, "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "t.yaml, line 3, column 1: key 'a' is written twice"),
        ("outer:\n  x: 1\n  x: 2", "t.yaml, line 3, column 3: key 'x' is written twice"),
        ("a: [1, 2", "t.yaml, line"),
        ("a: b: c", "t.yaml, line 1, column 5"),
        ("", "t.yaml: holds nothing; a mapping of keys to values is needed"),
        ("- 1\n- 2", "t.yaml: holds a list; a mapping"),
        ("just words", "t.yaml: holds text; a mapping"),
        ("a: !!python/object:os.system x", "t.yaml"),
    ],
)
def test_what_is_no_mapping_is_refused_where_it_fails(text: str, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_yaml(text, where="t.yaml")
    assert refusal.value.message.startswith(message)


def test_a_syntax_error_comes_with_advice() -> None:
    with pytest.raises(InputError) as refusal:
        parse_yaml("a: {b", where="t.yaml")
    assert refusal.value.hint == "check indentation, brackets and quotes around the place named"


def test_an_unhashable_key_is_refused() -> None:
    with pytest.raises(InputError, match=r"t\.yaml"):
        parse_yaml("? [1, 2]\n: 3", where="t.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as refusal:
        read_yaml(tmp_path / "none.yaml")
    assert str(tmp_path / "none.yaml") in refusal.value.message


def test_a_folder_or_a_file_of_other_bytes_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder, a file is needed"):
        read_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("größe: 1".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_yaml(tmp_path / "latin.yaml")


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("größe: 1", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"größe": 1}
