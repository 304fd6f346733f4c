"""Every option that names a file to write, of every command: what is no ordinary file stays as it is.

The list is read off the command line, so that a new option is asked too.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_calls import call_main, is_one_paragraph

from cereblon.cli.main import COMMANDS

_FOLDERS = {
    *(
        "compare --out",
        "simulate --out",
        "design --out",
        "review --out",
        "cohort build --out",
        "cohort example --out",
    ),
    *("calibrate --out", "calibrate --work", "app --folder", "evidence curve --tables"),
}
_READ = {
    *("review --run", "cohort emulate --controls", "cohort score --truth", "pk --simulate-events"),
    *("validate --ensemble", "cohort report --weights"),
}
_BESIDE: dict[str, tuple[str, ...]] = {
    "pk --events": ("lenalidomide", "--typical"),
    "evidence import --out": ("SOURCES", "--as", "sources"),
    "calibrate --docs": ("--compare-structures",),
    "cohort build --out": ("x",),
    "cohort example --out": (),
    "evidence curve --tables": ("--points", "x"),
    "export": ("x",),
}
"""What else a command needs where a place is looked at after its other arguments."""
_ENDINGS = {
    "--weights": ".csv",
    "--individuals": ".csv",
    "--out": ".yaml",
    "--events": ".csv",
    "--docs": ".md",
    "--picture": ".png",
    "--settings": ".csv",
}
_ENDINGS |= {"--sbml": ".xml", "--share": ".json"}


def _options() -> Iterator[tuple[str, Any]]:
    """Give every option that takes a path, with the words that call it."""
    for name, (module, _) in COMMANDS.items():
        command = typer.main.get_command(import_module(module).app)
        inner = getattr(command, "commands", {})
        for words, one in {f"{name} {sub}": value for sub, value in inner.items()}.items() or {name: command}.items():
            for parameter in one.params:
                is_path = "pathlib.Path" in str(getattr(parameter, "type_descriptor", ""))
                if parameter.param_type_name == "option" and is_path:
                    yield f"{words} {parameter.opts[0]}", one


KNOWN = dict(_options())
WRITTEN = {name: command for name, command in KNOWN.items() if name not in _FOLDERS | _READ}


def test_every_option_with_a_path_is_known() -> None:
    """A new one is either a file that is written, as here, or named above as a folder or as what is read."""
    assert set(KNOWN) >= _FOLDERS | _READ
    assert len(WRITTEN) > 50
    assert [
        name for name, command in WRITTEN.items() if not _help(name, command).startswith(("Write ", "Draw ", "With "))
    ] == []


def _help(name: str, command: Any) -> str:
    return next(str(one.help) for one in command.params if name.split()[-1] in one.opts)


def _words(name: str, place: Path, tmp_path: Path) -> tuple[str, ...]:
    """Write a call that names a place to write."""
    *called, option = name.split() if name != "export" else ("export", "")
    beside = _BESIDE.get(name)
    if beside is None:
        beside = tuple("x" for one in KNOWN[name].params if one.required)
    sources = tmp_path / "sources.ris"
    sources.write_text("TY  - JOUR\nTI  - A title\nPY  - 2020\nER  - \n", encoding="utf-8")
    return (
        *called,
        *(str(sources) if word == "SOURCES" else word for word in beside),
        *([option] if option else []),
        str(place),
    )


def _ending(option: str) -> str:
    return _ENDINGS.get(option, f".{option.removeprefix('--')}")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _to_device(path: Path) -> None:
    path.symlink_to("/dev/full")


def _loop(path: Path) -> None:
    path.symlink_to(path)


PLACES: dict[str, Callable[[Path], None]] = {
    "folder": Path.mkdir,
    "pipe": _fifo,
    "device": _to_device,
    "loop": _loop,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_no_ordinary_file_is_refused_and_stays(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is computed before: an argument that is a file that is not there is not met."""
    monkeypatch.chdir(tmp_path)
    option = name.split()[-1]
    ending = _ending(option)
    places = {kind: tmp_path / f"{kind}{ending}" for kind in PLACES}
    for kind, make in PLACES.items():
        make(places[kind])
    places["missing folder"] = tmp_path / "missing" / f"a{ending}"
    for kind, place in places.items():
        before = os.lstat(place).st_mode if os.path.lexists(place) else None
        code = call_main(_words(name, place, tmp_path))
        told = capsys.readouterr().err
        errors = told[told.find("error: ") :]
        assert code in (1, 2), (kind, told)
        assert is_one_paragraph(errors), (kind, told)
        assert str(place) in errors, (kind, told)
        assert (os.lstat(place).st_mode if os.path.lexists(place) else None) == before, kind
    assert not (tmp_path / "missing").exists()


def _file(path: Path) -> None:
    path.write_text("precious", encoding="utf-8")


def _to_nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere") / "x")


def _to_file(path: Path) -> None:
    _file(path.with_name("precious"))
    path.symlink_to("precious")


NO_FOLDERS: dict[str, Callable[[Path], None]] = {
    "file": _file,
    "link to a file": _to_file,
    "link to nowhere": _to_nowhere,
    **{kind: PLACES[kind] for kind in ("pipe", "device", "loop")},
}


@pytest.mark.parametrize("name", sorted({*_FOLDERS, "export"}))
def test_what_is_no_folder_is_refused_before_anything_is_computed_and_stays(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside it stand arguments that are files that are not there: whoever reads first would say so."""
    monkeypatch.chdir(tmp_path)
    places = {kind: tmp_path / kind.replace(" ", "-") for kind in NO_FOLDERS}
    for kind, make in NO_FOLDERS.items():
        make(places[kind])
    inside = {f"in a {kind}": place / "a" for kind, place in places.items() if kind != "loop"}
    for kind, place in {**places, **inside, "long": tmp_path / ("a" * 300), "null": Path("/dev/null")}.items():
        before = os.lstat(place) if os.path.lexists(place) else None
        code = call_main(_words(name, place, tmp_path))
        told = capsys.readouterr().err
        assert code == 1, (kind, told)
        assert is_one_paragraph(told), (kind, told)
        assert f"{place}: " in told, (kind, told)
        assert "folder" in told, (kind, told)
        after = os.lstat(place) if os.path.lexists(place) else None
        assert (after and (after.st_mode, after.st_ino)) == (before and (before.st_mode, before.st_ino)), kind
    assert (tmp_path / "file").read_text() == (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


READS: dict[str, tuple[str, ...]] = {
    "design": ("TRIAL",),
    "pk": ("--regimen", "--population", "--simulate-events"),
    "mechanism": ("--regimen",),
    "regimen show": ("NAME",),
    "validate": ("--ensemble",),
    "cohort build": ("SOURCE", "--definition"),
    "cohort report": ("FOLDER", "--weights"),
    "cohort compare": ("FOLDER",),
    "cohort pool": ("SHARED",),
    "cohort emulate": ("TRIAL", "--controls"),
    "evidence import": ("FILE", "--all-drugs"),
    "evidence cite": ("STUDY",),
    "evidence curve": ("--points", "--at-risk", "--data", "STUDY"),
    "evidence adjust": ("--data", "--targets", "--points", "--at-risk", "--study"),
    "evidence over-time": ("--data",),
    **dict.fromkeys([f"evidence {one}" for one in ("forest", "network", "league", "compare")], ("--data",)),
}
"""What a command that writes files reads."""
_NO_INPUT = {"sensitivity", "calibrate", "evidence practice"}


def test_every_command_that_writes_a_file_has_its_inputs_named() -> None:
    assert {name.rpartition(" ")[0] for name in WRITTEN} == {*READS, *_NO_INPUT}


@pytest.mark.parametrize("name", [name for name in WRITTEN if name.rpartition(" ")[0] in READS])
@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["link", "second name"])
def test_an_output_that_is_an_input_is_refused_before_anything_is_computed(
    name: str,
    link: Callable[[Path, Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file holds no data of any kind, so that a command that read it would say so."""
    monkeypatch.chdir(tmp_path)
    called, _, option = name.rpartition(" ")
    given, output = tmp_path / "given", tmp_path / f"a{_ending(option)}"
    given.write_text("precious", encoding="utf-8")
    link(given, output)
    for source in READS[called]:
        words: list[str] = []
        for one in WRITTEN[name].params:
            label = one.name.upper() if one.param_type_name == "argument" else one.opts[0]
            if one.required or label == source:
                words += [*([] if label.isupper() else [label]), str(given) if label == source else "x"]
        code = call_main((*called.split(), *words, option, str(output)))
        told = " ".join(capsys.readouterr().err.split())
        assert code == 2, (source, told)
        assert f"is the file of {source}" in told or f"which {source} cannot name" in told, (source, told)
    assert given.read_text() == "precious"


_REAL = [
    ("pk lenalidomide --typical --html", "a.html"),
    ("pk lenalidomide --typical --png", "a.png"),
    ("pk lenalidomide --typical --svg", "a.svg"),
    ("pk lenalidomide --typical --parquet", "a.parquet"),
    ("pk lenalidomide --typical --events", "a.csv"),
    ("mechanism --sbml", "a.xml"),
]


@pytest.mark.parametrize(("command", "file"), _REAL, ids=[file for _, file in _REAL])
def test_rights_and_links_are_kept_of_every_kind_of_file(command: str, file: str, tmp_path: Path) -> None:
    target, link = tmp_path / f"kept-{file}", tmp_path / file
    for mode in (0o600, 0o400):
        target.unlink(missing_ok=True)
        target.write_bytes(b"before")
        target.chmod(mode)
        link.unlink(missing_ok=True)
        link.symlink_to(target.name)
        assert call_main((*command.split(), str(link))) == 0
        assert link.is_symlink()
        assert stat.S_IMODE(target.stat().st_mode) == mode
        assert len(target.read_bytes()) > len(b"before")
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([file, target.name])


@contextmanager
def _small_disk(path: Path) -> Iterator[Path]:
    path.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only the superuser mounts file systems")
@pytest.mark.parametrize(("command", "file"), _REAL, ids=[file for _, file in _REAL])
def test_a_full_disk_keeps_the_old_file_of_every_kind(
    command: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _small_disk(tmp_path / "disk") as disk:
        (disk / file).write_bytes(b"before")
        code = call_main((*command.split(), str(disk / file)))
        told = capsys.readouterr().err
        errors = told[told.find("error: ") :]
        assert code == 1
        assert is_one_paragraph(errors)
        assert "No space left on device" in errors
        assert "the file that was there is unchanged" in errors
        assert {one.name: one.read_bytes() for one in disk.iterdir()} == {file: b"before"}
