"""Simulations that run beside the app, each in a process and folder of its own, so that none is lost."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from cereblon.app.calls import Call
from cereblon.core.durable_files import write_durably
from cereblon.core.errors import InputError, unknown_name
from cereblon.core.json_files import parse_json
from cereblon.core.one_writer import writer_of
from cereblon.core.text_files import read_text

State = Literal["running", "finished", "stopped", "failed"]
_KEY = re.compile(r"[a-z0-9-]{1,80}")
_JOB = "job.json"
KEPT = "shown.json.gz"
_PATIENCE_S = 10.0
_LAST_LINES, _LAST_BYTES = 6, 8192
_BAR = re.compile(r"(?P<what>.*): +(?P<share>\d{1,3}) %\|.*\| (?P<done>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One simulation.

    Parameters
    ----------
    key
        Name of its folder.
    title
        What is simulated, in words.
    function
        `compare`, `simulate`, `design`, `cohort.build` or `cohort.compare`.
    subject
        A study, the name of a trial file in the folder of the job, or where tables of patients or a cohort lie.
    options
        Of the function.
    begun
        When, ISO.
    """

    key: str
    title: str
    function: str
    subject: str
    options: dict[str, int | str]
    begun: str

    @property
    def call(self) -> Call:
        """The same, in Python and in a terminal."""
        return Call(
            function=self.function,
            command=tuple(self.function.split(".")),
            arguments=(self.subject,),
            options=self.options | ({"out": "cohort"} if self.function == "cohort.build" else {}),
        )


class Jobs:
    """The jobs of a folder; what an app that was killed left running can be resumed, what it finished is there.

    Parameters
    ----------
    folder
        Made if absent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._stopped: set[str] = set()
        self._one_at_a_time = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made a folder for simulations ({error.strerror})") from error

    def start(
        self,
        title: str,
        function: str,
        subject: str,
        options: Mapping[str, int | str],
        *,
        files: dict[str, str] | None = None,
    ) -> Job:
        """Start a simulation.

        Parameters
        ----------
        title, function, subject, options
            As in `Job`.
        files
            Text by name, written into the folder of the job before.

        Raises
        ------
        InputError
            If the folder cannot be written.
        """
        begun = datetime.now(UTC)
        key = f"{begun:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        place = self.folder / key
        job = Job(
            key=key,
            title=title,
            function=function,
            subject=subject,
            options=dict(options),
            begun=begun.isoformat(timespec="seconds"),
        )
        try:
            place.mkdir()
            for name, text in {**(files or {}), _JOB: json.dumps(asdict(job))}.items():
                write_durably(place / name, text.encode())
            self._run(job)
        except OSError as error:
            raise InputError(f"{place}: cannot be written ({error.strerror})") from error
        return job

    def resume(self, key: str) -> Job:
        """Go on with a job that was stopped: blocks that were done are not simulated again."""
        job = self.find(key)
        with self._one_at_a_time:  # two windows may ask at once
            if self.state(job) != "running":
                self._run(job)
        return job

    def stop(self, key: str) -> Job:
        """Stop a job, also one that an app before this one began; what is done of it is kept."""
        job = self.find(key)
        process = self._processes.get(key)
        if process is None:
            self._stop_stranger(job)
        elif process.poll() is None:
            self._stopped.add(key)  # one that had hardly begun does not tell by its code why it ended
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()
        return job

    def _stop_stranger(self, job: Job) -> None:
        place = self.folder / job.key
        for number in (signal.SIGINT, signal.SIGKILL):
            until = time.monotonic() + _PATIENCE_S
            while (pid := writer_of(place)) is not None and time.monotonic() < until:
                with suppress(OSError):
                    os.kill(pid, number)
                time.sleep(0.2)

    def stop_all(self) -> None:
        """Stop what runs, as the app ends."""
        for key in list(self._processes):
            self.stop(key)

    def all(self) -> list[Job]:
        """Give all jobs, the last first; a folder that is no job is passed over."""
        found = []
        for place in sorted(self.folder.iterdir(), reverse=True):
            with suppress(InputError):
                found.append(self.find(place.name))
        return found

    def find(self, key: str) -> Job:
        """Give a job by its key.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        place = self.folder / key / _JOB
        if not _KEY.fullmatch(key) or not place.is_file():
            raise unknown_name("simulation", key, [])
        try:
            job = Job(**parse_json(read_text(place), where=str(place)))
        except TypeError as error:
            raise InputError(f"{place}: is no description of a simulation") from error
        words = (job.title, job.function, job.subject, job.begun)
        if job.key != key or not isinstance(job.options, dict) or not all(isinstance(one, str) for one in words):
            raise InputError(f"{place}: is no description of a simulation")
        return job

    def state(self, job: Job) -> State:
        """Tell how a job stands."""
        process = self._processes.get(job.key)
        if process is not None and process.poll() is None:
            return "running"
        if process is None and writer_of(self.folder / job.key) is not None:
            return "running"  # an app before this one began it, and was killed
        if self.answer(job):
            return "finished"
        if process is None or job.key in self._stopped:
            return "stopped"
        return "stopped" if process.returncode in (0, -signal.SIGINT, 130, -signal.SIGKILL) else "failed"

    def run_folder(self, job: Job) -> Path:
        """Give the run folder of a job."""
        return self.folder / job.key / "run"

    def answer(self, job: Job) -> str:
        """Give the answer of a job in a few lines; empty until it is finished."""
        place = self.folder / job.key / "answer.txt"
        return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else ""

    def report(self, job: Job) -> Path:
        """Give the report of a job, there once it is finished."""
        return self.run_folder(job) / "report.html"

    def seconds(self, job: Job) -> int:
        """Give for how long a job that runs has been running."""
        started = self._started.get(job.key)
        if started is not None:
            return int(time.monotonic() - started)
        with suppress(ValueError):
            return max(0, int((datetime.now(UTC) - datetime.fromisoformat(job.begun)).total_seconds()))
        return 0

    def kept(self, job: Job) -> Path:
        """Give what its report shows, there once a comparison or simulation is finished."""
        return self.folder / job.key / KEPT

    def saved(self, job: Job, ending: str) -> Path:
        """Give its answer as a file of that kind, there once any other job is finished."""
        return self.folder / job.key / f"answer.{ending}"

    def progress(self, job: Job) -> tuple[list[str], int | None]:
        """Give the last lines that the command printed, bars in words as they last stood, and percent done."""
        log = self.folder / job.key / "log.txt"
        if not log.is_file():
            return [], None
        with log.open("rb") as opened:
            before = max(0, log.stat().st_size - _LAST_BYTES)
            opened.seek(before)
            lines = re.split(r"[\r\n]+", opened.read().decode("utf-8", "replace"))
        told: list[str] = []
        share, bar = None, ""
        for line in lines[1 if before else 0 :]:  # the first may be half a line
            found = _BAR.search(line.strip())
            if found is None:
                told += [line.strip()] if line.strip() and "%|" not in line else []
                bar = ""
                continue
            if bar == found["what"]:
                told.pop()
            bar, share = found["what"], int(found["share"])
            told.append(f"{bar}: {found['done']}")
        return told[-_LAST_LINES:], share

    def _run(self, job: Job) -> None:
        place = self.folder / job.key
        self._started[job.key] = time.monotonic()
        self._stopped.discard(job.key)
        with (place / "log.txt").open("wb") as log:
            self._processes[job.key] = subprocess.Popen(
                [sys.executable, "-m", "cereblon.app.job_process", str(place)],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
