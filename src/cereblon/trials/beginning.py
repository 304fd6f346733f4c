"""Begin a run folder, or continue the one that is there if it is the same run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cereblon.core.durable_files import make_folders, write_durably
from cereblon.core.errors import RunFolderError
from cereblon.core.one_writer import LOCK, one_writer
from cereblon.core.sealed_json import BrokenSealError, sealed, unsealed
from cereblon.model.engine.native.compiler import SETTING
from cereblon.trials.block import MANIFEST, DamagedError, regular_bytes
from cereblon.trials.folder import BLOCKS, FORMAT, RUN, DamagedRunError, RunFolder, cannot_write, open_run

_PARTS = (("versions", "written by"), ("plan", "its plan has"), ("checksums", "other inputs:"))


@contextmanager
def writing_run(path: Path) -> Iterator[None]:
    """Be the only writer of a run folder, which is made if it is missing.

    Raises
    ------
    RunFolderError
        If another process writes it, it holds something else, or it cannot be written.
    """
    try:
        if path.exists() and not (path / RUN).exists() and not _only_begun(path):
            raise RunFolderError(f"{path}: is there and is no run folder", hint="choose another folder with --out")
        make_folders(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    except ValueError as error:  # a name with a zero in it
        raise RunFolderError(f"{path}: is no name of a folder ({error})") from error
    with one_writer(path):
        yield


def create_run(path: Path, header: Mapping[str, Any], *, say: Callable[[str], None] = lambda _: None) -> RunFolder:
    """Begin a run folder, or continue the one that is there if it is the same run.

    Parameters
    ----------
    path
        Created if missing.
    header
        JSON-like; `fingerprint` decides whether a run is the same.
    say
        Told if `run.json` was damaged and is written again, which needs a whole block of the same run.

    Raises
    ------
    RunFolderError
        If the folder holds another run, another version's run, or something else.
    """
    header = {"format": FORMAT, **header}
    with writing_run(path):
        try:
            run = _same_run(path, header, say) if (path / RUN).exists() else _begun(path, header)
            _remove_left_files(path)
        except OSError as error:
            raise cannot_write(path, error) from error
    return run


def _begun(path: Path, header: Mapping[str, Any]) -> RunFolder:
    make_folders(path / BLOCKS)
    write_durably(path / RUN, sealed(header))
    return RunFolder(path, header)


def _same_run(path: Path, header: Mapping[str, Any], say: Callable[[str], None]) -> RunFolder:
    try:
        run = open_run(path)
    except DamagedRunError as error:
        sizes = _sizes_of_blocks(path, header["fingerprint"])
        if sizes is None:
            raise
        say(f"{error.message}; it is written again")
        return _begun(path, {**header, **sizes})
    if run.header["fingerprint"] != header["fingerprint"]:
        raise RunFolderError(
            f"{run.path}: holds another run ({_difference(run.header, header)})",
            hint=f"{_way_on(run.header, header)}choose another folder with --out, or remove this one",
        )
    return run


def _way_on(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Say how a run is continued that differs in nothing but the kernel that computes weeks."""
    kernel = old.get("versions", {}).get("kernel")
    alike = {**new.get("versions", {}), "kernel": kernel} == old.get("versions", {})
    if kernel is None or not alike or old.get("checksums") != new.get("checksums"):
        return ""
    return f"set {SETTING}={kernel} to continue it, "


def _sizes_of_blocks(path: Path, fingerprint: str) -> Mapping[str, int] | None:
    """Give number and size of blocks from the first block that belongs to a run; None if no block does."""
    for manifest in sorted((path / BLOCKS).glob(f"*/{MANIFEST}")):
        try:
            told = unsealed(regular_bytes(manifest))
        except (BrokenSealError, DamagedError):
            continue
        if told.get("run") == fingerprint:
            return {"block_size": told["block_size"], "blocks": told["blocks"]}
    return None


def _remove_left_files(path: Path) -> None:
    """Remove what a killed run was writing."""
    for left in (*path.glob(".*.part"), *(path / BLOCKS).glob(".*.part")):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _only_begun(path: Path) -> bool:
    """Tell whether a folder is empty, or holds no more than a run that was killed before run.json stood there."""
    if not path.is_dir():
        return False
    return all(
        entry.name == LOCK
        or (entry.name == BLOCKS and entry.is_dir() and not any(entry.iterdir()))
        or (entry.name.startswith(f".{RUN}.") and entry.name.endswith(".part"))
        for entry in path.iterdir()
    )


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for part, text in _PARTS:
        before, now = old.get(part, {}), new.get(part, {})
        changed = [key for key in {**now, **before} if before.get(key) != now.get(key)]
        told = [f"{key} {_short(before.get(key))}, not {_short(now.get(key))}" for key in changed]
        if changed:
            return f"{text} {', '.join(changed) if part == 'checksums' else '; '.join(told)}"
    return "its inputs differ"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
