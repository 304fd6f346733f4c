"""An app that a test starts by its command, and where it is reached."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cereblon.app.reviewing import ReviewWriter

COMMAND = "from cereblon.cli.main import main; main()"
UNREVIEWED = f"""
import sys
sys.path.append({str(Path(__file__).parent)!r})
from cereblon.app import server
from served_app import NoReview
server.ReviewWriter = NoReview
{COMMAND}
"""
"""The same command, but for the review, which takes a processor eight seconds."""


class NoReview(ReviewWriter):
    """A review that is being written for ever."""

    def __init__(self) -> None:
        pass

    @property
    def state(self) -> str:
        return "writing"

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Served:
    """Address with the token, and the folder of its simulations."""

    address: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def root(self) -> str:
        """The address without token and path."""
        return self.address.partition("/?")[0]


@contextmanager
def serving(folder: Path, port: int = 0, program: str = COMMAND) -> Iterator[Served]:
    """Serve the app in a process of its own until the block ends."""
    command = [sys.executable, "-c", program, "app", "--no-browser", "--folder", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "the app did not say where it is"
    yield Served(found[0], folder, process)
    process.terminate()
    process.wait(30)
    process.stdout.close()
