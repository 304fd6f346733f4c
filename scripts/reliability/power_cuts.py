"""Cut the power at random moments of a run: `python -m scripts.reliability.power_cuts 100`, as the superuser.

A run writes into a file system of its own, in a file. At random moments, and right after its end, the process is
stopped and that file copied: the copy holds what a disk would hold if the power had failed then, without what the
system had not written yet. Of each copy three things must be true: every block that the run had reported as done is
whole, outcomes that it had reported as written are those of a run that nobody disturbed, and the run can be continued
to the same bytes, outcomes and all. Subjects and outcomes are those of one run that was simulated before.

Each copy gets a line. `--record FILE` keeps them, and a count that was broken off goes on from there.
`--without-sync` shows what happens to a program that does not wait for the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cereblon.core.errors import RunFolderError
from cereblon.trials.folder import FILES, RunFolder, open_run
from cereblon.trials.run import Prepared
from cereblon.trials.running import run_trial
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


_OUTCOMES = "outcomes.parquet"


def make_run(prepared: Prepared, path: Path) -> None:
    """Simulate the run that nobody disturbs, with its outcomes."""
    write_outcomes(simulated(prepared, path), prepared)


def write_run(path: Path, made: Path, *, replicates: int, with_sync: bool) -> None:
    """Write the run block by block, saying how many subjects are done, and then its outcomes."""
    if not with_sync:
        os.fsync = lambda _: None
    run = _written(prepared_trial(replicates=replicates), path, made, say=lambda line: print(line, flush=True))
    run.write_file(_OUTCOMES, (made / _OUTCOMES).read_bytes())
    print("finished", flush=True)


def _written(prepared: Prepared, path: Path, made: Path, *, say: Callable[[str], None]) -> RunFolder:
    """Write what is missing of a run, from the tables of the one that was simulated before."""
    with tables_of(made):
        return run_trial(
            prepared, path, block_size=SMALLEST_BLOCK, progress=lambda done, _: say(f"done {done}"), say=say
        )


_LONGEST_WAIT = 0.03  # seconds after that, in which a block or two are written


def cut(
    folder: Path, made: Path, luck: random.Random, *, replicates: int, pieces: int, with_sync: bool
) -> Iterator[tuple[Path, str]]:
    """Write one run, and give copies of its disk with the last line that it had said before each; one at its end."""
    command = [
        sys.executable,
        "-m",
        "scripts.reliability.power_cuts",
        "--write",
        str(folder / "disk" / "run"),
        str(made),
        "--replicates",
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


def what_is_left(prepared: Prepared, run: Path, made: Path, last: str) -> list[str]:
    """Say what a disk has lost of what was reported before the cut; nothing if the run goes on to the same bytes."""
    lost, whole = lost_before(run, prepared.plan.subjects, contents(made), last), contents(made)
    said: list[str] = []
    try:
        again = _written(prepared, run, made, say=said.append)
        again.write_file(_OUTCOMES, whole[_OUTCOMES])
    except RunFolderError as error:
        return [*lost, f"cannot be continued: {error.message}"]
    now = contents(run)
    lost += [f"{name} has other bytes" for name in whole if now.get(name) != whole[name]]
    lost += [f"{name} was left behind" for name in now if name not in whole]
    return [*lost, *(line for line in said if not line.startswith("done"))]


def lost_before(path: Path, total: int, whole: dict[str, bytes], last: str) -> list[str]:
    """Say what is missing or damaged as the disk is, before the run is continued.

    Parameters
    ----------
    path
        Of the run.
    total
        Subjects of the run.
    whole
        Every file of the run that nobody disturbed.
    last
        The last line that was said before the power failed.
    """
    done = total if last == "finished" else int(last.split()[1]) if last.startswith("done") else 0
    try:
        run = open_run(path)
    except RunFolderError as error:
        return [str(error)] if done else []
    lost = []
    kept = sum(block.is_there() for block in run.blocks())
    if kept * SMALLEST_BLOCK < done and kept < run.header["blocks"]:
        lost.append(f"{kept} blocks are there where {done} subjects were reported")
    lost += [
        f"block {number}: {' '.join(one)}"
        for number, block in enumerate(run.blocks())
        if block.is_there()
        for one in block.problems()
    ]
    for name in (_OUTCOMES, FILES):
        there = contents(path).get(name)
        if there != whole[name] and (there is not None or last == "finished"):
            lost.append(f"{name} is {'missing' if there is None else 'other bytes'}")
    return lost


def count(
    images: int, *, seed: int, folder: Path, replicates: int = 400, with_sync: bool = True, record: Path | None = None
) -> Counter[str]:
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
    record
        File that gets a line of JSON for each copy; what it has is counted, and only the rest is done.
    """
    found, prepared = _recorded(record), prepared_trial(replicates=replicates)
    luck = random.Random(f"{seed} after {found.total()}")
    made = folder / "made"
    make_run(prepared, made)
    while found.total() < images:
        pieces = min(_PIECES, images - found.total())
        for copy, last in cut(folder, made, luck, replicates=replicates, pieces=pieces, with_sync=with_sync):
            with mounted(copy, folder / "after", "commit=60") as disk:
                lost = what_is_left(prepared, disk / "run", made, last) if (disk / "run").exists() else []
                lost += [f"no run folder after {last}"] if not (disk / "run").exists() and last != "nothing" else []
            verdict = "lost" if lost else f"kept, {last.split()[0]}"
            found[verdict] += 1
            _report({"copy": found.total(), "last line": last, "verdict": verdict, "lost": lost}, record)
    return found


def _recorded(record: Path | None) -> Counter[str]:
    if record is None or not record.exists():
        return Counter()
    return Counter(json.loads(line)["verdict"] for line in record.read_text().splitlines())


def _report(line: dict[str, object], record: Path | None) -> None:
    print(json.dumps(line), file=sys.stderr, flush=True)
    if record is not None:
        with record.open("a") as out:
            out.write(json.dumps(line) + "\n")


def main() -> None:
    """Count, or be the process that is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("copies", type=int, nargs="?", default=100)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--without-sync", action="store_true")
    parser.add_argument("--write", nargs=2, type=Path, help=argparse.SUPPRESS)  # the process that is stopped
    given = parser.parse_args()
    if given.write:
        write_run(*given.write, replicates=given.replicates, with_sync=not given.without_sync)
        return
    with TemporaryDirectory() as place:
        found = count(
            given.copies,
            replicates=given.replicates,
            seed=1,
            folder=Path(place),
            with_sync=not given.without_sync,
            record=given.record,
        )
    print(dict(found))


if __name__ == "__main__":
    main()
