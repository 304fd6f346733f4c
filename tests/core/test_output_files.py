"""A file is written whole or not at all, over nothing but an ordinary file that was not read."""

from __future__ import annotations

import errno
import itertools
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.core.output import csv_text
from cereblon.core.output_files import write_file, write_files
from cereblon.core.text_files import read_text


def test_what_is_no_ordinary_file_is_left_alone(tmp_path: Path) -> None:
    pipe, folder, device, loop = (tmp_path / name for name in ("pipe", "folder", "device", "loop"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/full")
    loop.symlink_to(loop)
    for path in (pipe, folder, device, loop, tmp_path / "nowhere" / "x", Path("a\0b"), tmp_path / ("x" * 300)):
        with pytest.raises(InputError):
            write_file(path, b"new")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["device", "folder", "loop", "pipe"]


def test_a_link_is_followed_and_the_rights_of_its_file_are_kept(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "private.html", tmp_path / "page.html"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to("there/private.html")
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_to_nothing_yet_makes_its_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.csv")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "new.csv").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["/dev/stdout", "out.txt", "link.txt"])
def test_the_file_that_standard_output_goes_to_is_not_replaced(tmp_path: Path, name: str) -> None:
    """`--weights /dev/stdout > out.txt` lost everything that was printed."""
    (tmp_path / "link.txt").symlink_to("out.txt")
    program = (
        f"from cereblon.core.output_files import write_file; print('said', flush=True); write_file({name!r}, b'')"
    )
    with (tmp_path / "out.txt").open("w") as out:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=out, stderr=subprocess.PIPE, cwd=tmp_path, text=True, check=False
        )
    assert f"{name}: is where standard output or errors go" in done.stderr
    assert (tmp_path / "out.txt").read_text() == "said\n"


def test_what_was_read_is_not_written_over_by_any_name(tmp_path: Path) -> None:
    data, other = tmp_path / "n.csv", tmp_path / "other.csv"
    data.write_bytes(b"a,b\n1,2\n")
    other.hardlink_to(data)
    (tmp_path / "link.csv").symlink_to("n.csv")
    read_text(other)
    for name in (data, other, tmp_path / "link.csv"):
        with pytest.raises(InputError, match="is a file that was read; it is not written over"):
            write_file(name, b"new")
    assert data.read_bytes() == b"a,b\n1,2\n"


def test_what_was_written_here_and_read_again_may_be_written_once_more(tmp_path: Path) -> None:
    """Cells of a notebook are run again; once somebody else has changed the file, it is theirs."""
    data = tmp_path / "n.csv"
    write_file(data, b"a,b\n1,2\n")
    read_text(data)
    write_file(data, b"a,b\n3,4\n")
    data.write_bytes(b"a,b\n5,6\n")
    read_text(data)
    with pytest.raises(InputError, match="is a file that was read"):
        write_file(data, b"new")


def test_an_answer_is_not_saved_over_the_file_it_was_computed_from(tmp_path: Path) -> None:
    data = tmp_path / "n.csv"
    data.write_text("study,treatment,events,n\nA,X,30,100\nA,P,20,100\n")
    answer = cb.network(data=data)
    with pytest.raises(InputError, match="is a file that was read"):
        answer.save(data)
    answer.save(tmp_path / "answer.csv")
    assert data.read_text().startswith("study,treatment,events,n\n")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_or_failing_disk_leaves_the_old_file_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: str
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync" if step == "fsync" else "fchmod", fail)
    with pytest.raises(InputError, match=r"x\.json: cannot be written .*the file that was there is unchanged"):
        write_file(path, b"new" * 100)
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]
    assert path.read_bytes() == b"old"
    with pytest.raises(InputError, match=r"y\.json: cannot be written .*no part of it was left behind"):
        monkeypatch.setattr(os, "fsync", fail)
        write_file(tmp_path / "y.json", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_files_that_belong_together_are_written_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(b"old")
    contents = [(tmp_path / name, b"new") for name in ("a.json", "b.json", "c.json")]
    waits, synced = os.fsync, itertools.count()

    def fail(descriptor: int) -> None:
        if next(synced) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        waits(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(InputError, match=r"c\.json: cannot be written .* nor was any of the 2 files"):
            write_files(contents)
    with pytest.raises(InputError, match="is a folder"):
        write_files([*contents, (tmp_path, b"new")])
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a.json": b"old"}
    assert write_files(contents) == [path for path, _ in contents]
    assert {one.name for one in tmp_path.iterdir()} == {"a.json", "b.json", "c.json"}


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x"]
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    written = csv_text([{cell: 1, "b": cell}])
    assert written.count(f"'{cell}") == 2


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"),
        ("a; @SUM(A1)", "a; '@SUM(A1)"),
        ("a;+cmd", "a;'+cmd"),
        ("a;-5", "a;-5"),
        ("a; 3 - 5", "a; 3 - 5"),
        ("days 1; VRd - Rd", "days 1; VRd - Rd"),
    ],
)
def test_a_command_behind_a_semicolon_is_none_for_a_spreadsheet_that_splits_there(cell: str, written: str) -> None:
    assert csv_text([{"a": cell}]) == f"a\n{written}\n"


def test_numbers_stay_numbers_in_csv() -> None:
    rows = [{"a": -0.5, "b": "-0.5", "c": "+1e-3", "d": None, "e": "-", "f": "x=1"}]
    assert csv_text(rows) == "a,b,c,d,e,f\n-0.5,-0.5,+1e-3,,-,x=1\n"


def test_the_name_of_a_file_in_no_encoding_is_written_by_its_codes(tmp_path: Path) -> None:
    """Linux allows any bytes in a name; a page that showed one could not be written, after all was computed."""
    data = tmp_path / os.fsdecode(b"\xff.csv")
    data.write_text("study,treatment,events,n\nA,X,30,100\nA,P,20,100\n")
    found = cb.network(data=data)
    for kind in ("html", "json", "csv"):
        found.save(tmp_path / f"answer.{kind}")
    assert r"\udcff.csv" in (tmp_path / "answer.html").read_text(encoding="utf-8")
