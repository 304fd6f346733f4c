"""Files of the folders that this program writes, in the state in which a stranger might hand them over.

Each is damaged before it gets its checksum, as by somebody who knows how to make one: else no damage would get behind
the first check.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from fuzz_format import Format

import cereblon as cb
from cereblon.calibration.evaluation import QUICK, Evaluations, pose, stored_run
from cereblon.core.errors import RunFolderError
from cereblon.core.sealed_json import sealed, unsealed
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.questions.result import Result
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.beginning import create_run
from cereblon.trials.block import block_contents
from cereblon.trials.folder import FILES, RUN, open_run
from cereblon.trials.library import load_trial
from cereblon.trials.run import header, prepare
from cereblon.trials.trial import change_trial

_TRIAL = Path(__file__).parents[1] / "trials" / "small.yaml"
_PACKAGED = Path(str(files("cereblon.model.engine") / "posterior"))
_MANIFEST = Path("blocks", "00000", "block.json")


@cache
def begun_run(*, with_block: bool) -> Path:
    """Write a run with its report, and its only block, whose tables have no rows, or without."""
    prepared = prepare(change_trial(load_trial(_TRIAL), replicates=2))
    run = create_run(Path(mkdtemp()) / "run", header(prepared, 512))
    if with_block:
        run.write_block(0, block_contents({name: schema.empty_table() for name, schema in SUBJECT_TABLES.items()}))
    run.write_file("report.html", b"<p>nothing</p>")
    return run.path


def _content(name: Path | str) -> bytes:
    return json.dumps(unsealed((begun_run(with_block=name == _MANIFEST) / name).read_bytes())).encode()


def _run_with(name: Path | str, ask: Callable[[Path], Sequence[Result]]) -> Callable[[Path], Sequence[Result]]:
    """Put a file in the place of one of the run, with a checksum if it is JSON, and ask."""

    def use(path: Path) -> Sequence[Result]:
        run = path.parent / "run"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(begun_run(with_block=name == _MANIFEST), run)
        raw = path.read_bytes()
        with suppress(ValueError, RecursionError):
            content = json.loads(raw)
            raw = sealed(content) if isinstance(content, dict) else raw
        (run / name).write_bytes(raw)
        return ask(run)

    return use


def _checked(run: Path) -> Sequence[Result]:
    return [cb.verify(run)]


def _read(run: Path) -> Sequence[Result]:
    """Read a run up to its block, which only a simulation fills."""
    with suppress(RunFolderError):
        return [cb.read_run(run)]
    return []


def _continued(run: Path) -> Sequence[Result]:
    checked = cb.verify(run)
    again = create_run(run, open_run(begun_run(with_block=False)).header)
    again.remove_damaged_blocks()
    again.write_file("report.html", b"<p>nothing</p>")
    return [checked]


def _ensemble_with(name: str) -> Callable[[Path], Sequence[Result]]:
    """Load draws of the parameters of which one file is another, and use all that a prediction does."""

    def use(path: Path) -> Sequence[Result]:
        folder = path.parent / "ensemble"
        shutil.copytree(_PACKAGED, folder, dirs_exist_ok=True)
        shutil.copyfile(path, folder / name)
        found = load_ensemble(folder)
        found.of_replicates(np.arange(4), draws=12)
        sum(found.between_trial_sd().values()), sum(found.over_draws_sd().values())
        return []

    return use


@cache
def _calibration() -> Evaluations:
    return Evaluations(pose(QUICK), Path(mkdtemp()) / "work")


def _work(path: Path) -> Sequence[Result]:
    folder = path.parent / "work"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(path, folder / "calibration.json")
    Evaluations(_calibration().problem, folder)
    return []


def _stored() -> bytes:
    written = BytesIO()
    np.savez(written, u=np.arange(30.0), y=np.arange(50.0))
    return written.getvalue()


def _use_stored(path: Path) -> Sequence[Result]:
    stored_run(path, np.arange(30.0), targets=50)
    return []


def _short_origin() -> bytes:
    """Give what made the draws with the beginning of each of its lists."""

    def short(value: object) -> object:
        if isinstance(value, dict):
            return {name: short(inner) for name, inner in value.items()}
        return [short(inner) for inner in value[:2]] if isinstance(value, list) else value

    return json.dumps(short(json.loads((_PACKAGED / "ensemble.json").read_bytes()))).encode()


def folder_formats() -> tuple[Format, ...]:
    """Give the kinds of files; seeds are made when they are asked for."""
    note = _calibration().folder
    assert note is not None
    return (
        Format("run.json", "json", ".json", (_content(RUN),), _run_with(RUN, _checked), _run_with(RUN, _read)),
        Format("run.json, continued", "json", ".json", (_content(RUN),), _run_with(RUN, _continued)),
        Format("block.json", "json", ".json", (_content(_MANIFEST),), _run_with(_MANIFEST, _continued)),
        Format("files.json", "json", ".json", (_content(FILES),), _run_with(FILES, _continued)),
        Format(
            "draws of parameters",
            "table",
            ".csv",
            ((_PACKAGED / "ensemble.csv").read_bytes(),),
            _ensemble_with("ensemble.csv"),
        ),
        Format(
            "origin of draws",
            "json",
            ".json",
            (_short_origin(),),
            _ensemble_with("ensemble.json"),
        ),
        Format("calibration.json", "json", ".json", ((note / "calibration.json").read_bytes(),), _work),
        Format("run of a calibration", "bytes", ".npz", (_stored(),), _use_stored),
    )
