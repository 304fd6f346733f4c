"""Cut the power at random moments of a run: `python -m scripts.reliability.power_cuts 100`, as the superuser.

A run writes into a file system of its own, in a file. At random moments, and right after its end, the process is
stopped and that file copied: the copy holds what a disk would hold if the power had failed then, without what the
system had not written yet. Of each copy two things must be true: the run can be continued to the same bytes, and
every block that the run had reported as done is whole. `--without-sync` shows what happens to a program that does
not wait for the disk.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cereblon.core.errors import RunFolderError
from cereblon.trials.folder import open_run
from cereblon.trials.run import Prepared, run_trial
from scripts.reliability.repeated_trial import (
    SMALLEST_BLOCK,
    contents,
    prepared_trial,
    simulated,
    tables_of,
    write_outcomes,
)

# Mount options under which a name may reach the disk long before its content.
_OPTIONS = ("commit=1,noauto_da_alloc", "commit=1,data=writeback,noauto_da_alloc", "commit=60")
_PIECES = 6  # copies in one run at the most, the last right after its end


def why_not() -> str | None:
    """Say why no file system can be mounted here; None if one can."""
    if os.geteuid() != 0:
        return "only the superuser mounts file systems"
    if missing := [name for name in ("mkfs.ext4", "mount", "umount") if shutil.which(name) is None]:
        return f"{', '.join(missing)} is not installed"
    with TemporaryDirectory() as place:
        try:
            with mounted(new_image(Path(place) / "image", megabytes=8), Path(place) / "mount", _OPTIONS[0]):
                return None
        except subprocess.CalledProcessError as error:
            return f"file systems cannot be mounted ({error.stderr.strip()})"


def new_image(path: Path, *, megabytes: int = 96) -> Path:
    """Make an empty file system in a file."""
    path.unlink(missing_ok=True)
    with path.open("wb") as image:
        image.truncate(megabytes * 2**20)
    _system("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(path))
    return path


@contextmanager
def mounted(image: Path, where: Path, options: str) -> Iterator[Path]:
    """Mount a file system that stands in a file."""
    where.mkdir(exist_ok=True)
    _system("mount", "-o", f"loop,{options}", str(image), str(where))
    try:
        yield where
    finally:
        _system("umount", str(where))


def _system(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def write_run(path: Path, made: Path, *, replicates: int, with_sync: bool) -> None:
    """Write the run block by block, saying how many subjects are done, and then its outcomes."""
    if not with_sync:
        os.fsync = lambda _: None
    prepared = prepared_trial(replicates=replicates)
    with tables_of(made):
        run = run_trial(
            prepared, path, block_size=SMALLEST_BLOCK, progress=lambda done, _: print(f"done {done}", flush=True)
        )
    write_outcomes(run, prepared)
    print("finished", flush=True)


_LONGEST_WAIT = 0.03  # seconds after that, in which a block or two are written


def cut(
    folder: Path, made: Path, luck: random.Random, *, replicates: int, pieces: int, with_sync: bool
) -> Iterator[tuple[Path, str]]:
    """Write one run, and give copies of its disk with the last line that it had said before each; one at its end."""
    command = [
        sys.executable,
        "-m",
        "scripts.reliability.power_cuts",
        "write",
        str(folder / "disk" / "run"),
        str(made),
        str(replicates),
    ]
    blocks = -(-prepared_trial(replicates=replicates).plan.subjects // SMALLEST_BLOCK)
    image = new_image(folder / "image")
    with mounted(image, folder / "disk", luck.choice(_OPTIONS)):
        said = folder / "said"
        with said.open("w") as out:
            process = subprocess.Popen([*command, *([] if with_sync else ["--without-sync"])], stdout=out)
        while process.poll() is None and not (folder / "disk" / "run").exists():
            time.sleep(0.01)
        copies = []
        for reached in sorted(luck.randint(0, blocks) for _ in range(pieces - 1)):
            while process.poll() is None and len(_lines(said)) < reached:
                time.sleep(0.001)
            time.sleep(luck.uniform(0.0, _LONGEST_WAIT))
            process.send_signal(signal.SIGSTOP)
            copies.append((folder / f"copy-{len(copies)}", _last(said)))
            _copy(image, copies[-1][0])
            process.send_signal(signal.SIGCONT)
        process.wait()
        copies.append((folder / f"copy-{len(copies)}", _last(said)))
        _copy(image, copies[-1][0])
    if process.returncode != 0:
        raise RuntimeError(f"the run ended with {process.returncode}")
    yield from copies


def _lines(said: Path) -> list[str]:
    """Give the lines that a run has said as a whole."""
    return said.read_text().split("\n")[:-1]


def _last(said: Path) -> str:
    return (_lines(said) or ["nothing"])[-1]


def _copy(image: Path, copy: Path) -> None:
    """Copy an image as it is at one moment: the system itself goes on writing, so until two copies are equal."""
    while True:
        shutil.copyfile(image, copy)
        again = copy.with_suffix(".again")
        shutil.copyfile(image, again)
        if copy.read_bytes() == again.read_bytes():
            again.unlink()
            return


def what_is_left(prepared: Prepared, run: Path, made: Path, told: str) -> list[str]:
    """Say what a disk after a power cut has lost; nothing if the run goes on to the same bytes."""
    total = prepared.plan.subjects
    done = total if told == "finished" else int(told.split()[1]) if told.startswith("done") else 0
    said: list[str] = []
    lost = []
    try:
        kept = sum(block.is_there() and not list(block.problems()) for block in open_run(run).blocks())
        if kept * SMALLEST_BLOCK < done and kept < -(-total // SMALLEST_BLOCK):
            lost.append(f"{kept} blocks are whole where {done} subjects were told done")
        if told == "finished":
            open_run(run).read_file("outcomes.parquet")
    except (RunFolderError, ValueError) as error:
        if done:
            lost.append(str(error))
    try:
        with tables_of(made):
            again = run_trial(prepared, run, block_size=SMALLEST_BLOCK, say=said.append)
        write_outcomes(again, prepared)
    except RunFolderError as error:
        return [*lost, f"cannot be continued: {error.message}"]
    whole = {name: content for name, content in contents(made).items() if not name.startswith("outcomes")}
    if {name: content for name, content in contents(run).items() if name in whole} != whole:
        lost.append("goes on to other bytes")
    return [*lost, *said]


def count(images: int, *, seed: int, folder: Path, replicates: int = 400, with_sync: bool = True) -> Counter[str]:
    """Cut the power at random moments, and count what the disks hold.

    Parameters
    ----------
    images
        How many.
    seed
        Of the moments; when a process is stopped depends on the machine too.
    folder
        Where everything is kept.
    replicates
        Of the trial, with 20 subjects each.
    with_sync
        Whether the run waits for the disk.
    """
    luck, found, prepared = random.Random(seed), Counter[str](), prepared_trial(replicates=replicates)
    made = folder / "made"
    simulated(prepared, made)
    while found.total() < images:
        pieces = min(_PIECES, images - found.total())
        for copy, told in cut(folder, made, luck, replicates=replicates, pieces=pieces, with_sync=with_sync):
            with mounted(copy, folder / "after", "commit=60") as disk:
                lost = what_is_left(prepared, disk / "run", made, told) if (disk / "run").exists() else []
                lost += [f"no run folder after {told}"] if not (disk / "run").exists() and told != "nothing" else []
            found["lost" if lost else f"kept, {told.split()[0]}"] += 1
            for line in lost:
                print(f"{told}: {line}", file=sys.stderr)
    return found


if __name__ == "__main__":
    has_sync = "--without-sync" not in sys.argv
    if sys.argv[1] == "write":
        write_run(Path(sys.argv[2]), Path(sys.argv[3]), replicates=int(sys.argv[4]), with_sync=has_sync)
    else:
        with TemporaryDirectory() as place:
            print(dict(count(int(sys.argv[1]), seed=1, folder=Path(place), with_sync=has_sync)))
