"""Places that a long job will write to, looked at before it begins."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cereblon.core.errors import InputError


def refuse_places(
    *files: Path | None, folders: Sequence[Path | None] = (), picture: Path | None = None, kinds: Sequence[str] = ()
) -> None:
    """Refuse places where a job could not write its results.

    Parameters
    ----------
    files
        To be written; their folders must be there. None is not asked for.
    folders
        To be made where they are missing.
    picture, kinds
        One more file, and the endings that its name may have.

    Raises
    ------
    InputError
        With every problem.
    """
    problems = [_file_problem(path) for path in (*files, picture) if path is not None]
    problems += [_folder_problem(path) for path in folders if path is not None]
    if picture is not None and picture.suffix.lower() not in kinds:
        problems.append(f"{picture}: a picture ends in {' or '.join(kinds)}")
    found = [problem for problem in problems if problem]
    if found:
        raise InputError("\n".join(found), hint="nothing was computed yet")


def _file_problem(path: Path) -> str:
    if path.is_dir():
        return f"{path}: is a folder, a file name is needed"
    if not path.parent.is_dir():
        return f"{path}: there is no folder {path.parent}"
    return "" if os.access(path.parent, os.W_OK) else f"{path}: {path.parent} cannot be written to"


def _folder_problem(path: Path) -> str:
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not there.is_dir():
        return f"{path}: {there} is a file, a folder is needed"
    return "" if os.access(there, os.W_OK) else f"{path}: {there} cannot be written to"
