"""An app that a test starts by its command, and where it is reached."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


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
def serving(folder: Path, port: int = 0) -> Iterator[Served]:
    """Serve the app in a process of its own until the block ends."""
    command = [sys.executable, "-c", "from cereblon.cli.main import main; main()", "app", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--folder", str(folder), "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "the app did not say where it is"
    yield Served(found[0], folder, process)
    process.terminate()
    process.wait(30)
    process.stdout.close()
