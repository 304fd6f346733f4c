"""Flip bits anywhere in a run folder, and count what is noticed: `python -m scripts.reliability.wrong_bits 10000`."""

from __future__ import annotations

import random
import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from cereblon.core.errors import RunFolderError
from cereblon.questions.verify import verify
from cereblon.trials.folder import BLOCKS, RUN, open_run
from cereblon.trials.run import Prepared
from cereblon.trials.running import run_trial
from scripts.reliability.repeated_trial import contents, prepared_trial, simulated, tables_of, write_outcomes


def flip(path: Path, luck: random.Random) -> Path:
    """Flip one bit: half the times of any byte, half the times of any file, so that small files have their share."""
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    weights = [file.stat().st_size for file in files] if luck.random() < 0.5 else None
    (file,) = luck.choices(files, weights)
    content = bytearray(file.read_bytes())
    content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
    file.write_bytes(content)
    return file


def is_noticed(path: Path, file: Path) -> bool:
    """Tell whether a check names the file, and whether a reader of plan and tables is refused."""
    is_read = file.name == RUN or BLOCKS in file.relative_to(path).parts
    try:
        named = any(str(file.relative_to(path)) == one.file for one in verify(path).findings)
    except RunFolderError:
        named = file.name == RUN
    if not is_read:
        return named
    try:
        open_run(path).table(file.stem if file.suffix == ".parquet" else "subjects")
    except RunFolderError:
        return named
    return False


def is_mended(prepared: Prepared, path: Path, made: Path, whole: dict[str, bytes]) -> bool:
    """Tell whether the command that made the run says what was damaged and gives the bytes that were."""
    said: list[str] = []
    with tables_of(made):
        run = run_trial(prepared, path, say=said.append)
    if verify(path).findings:  # a file beside the tables, which the command writes anew
        said.append("written again")
        run.write_file("outcomes.parquet", whole["outcomes.parquet"])
    return bool(said) and contents(path) == whole


def count(flips: int, *, seed: int, folder: Path, mend_every: int = 20) -> Counter[str]:
    """Flip one bit at a time in a finished run, and count.

    Parameters
    ----------
    flips
        How many.
    seed
        Of place and bit.
    folder
        Where the runs are kept.
    mend_every
        After every so many flips the run is continued instead of copied back.
    """
    luck, prepared, found = random.Random(seed), prepared_trial(replicates=2), Counter[str]()
    made, path = folder / "made", folder / "run"
    simulated(prepared, made)
    shutil.copytree(made, path)
    write_outcomes(open_run(path), prepared)
    whole = contents(path)
    for number in range(flips):
        file = flip(path, luck)
        name = str(file.relative_to(path))
        found["noticed" if is_noticed(path, file) else "silent"] += 1
        found[f"in {file.name if file.suffix == '.json' else file.suffix[1:]}"] += 1
        if number % mend_every == 0:
            found["mended" if is_mended(prepared, path, made, whole) else "not mended"] += 1
        file.write_bytes(whole[name])
    return found


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        print(dict(count(int(sys.argv[1]), seed=1, folder=Path(place))))
