"""The app, served by its command in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from served_app import Served


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("app")
    command = [sys.executable, "-c", "from cereblon.cli.main import main; main()"]
    process = subprocess.Popen(
        [*command, "app", "--no-browser", "--folder", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "the app did not say where it is"
    yield Served(found[0], folder)
    process.terminate()
    process.wait(30)
    process.stdout.close()
