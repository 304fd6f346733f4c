"""The review as the app shows it: written once, without simulations, by another process meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

# Nobody may wait for an answer of another tab because the review is being written.
_WRITE = (
    "import os, sys; os.nice(10); import cereblon as cb; cb.review(simulate=False, progress=False).save(sys.argv[1])"
)


class ReviewWriter:
    """Writes the review beside the app, from its start on."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cereblon-app-")
        self._path = Path(self._folder.name) / "review.html"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WRITE, str(self._path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def state(self) -> str:
        """`writing`, `ready` or `failed`."""
        if self._process.poll() is None:
            return "writing"
        return "ready" if self._path.is_file() else "failed"

    def page(self) -> str:
        """Give the page; empty until it is ready."""
        return self._path.read_text(encoding="utf-8") if self.state == "ready" else ""

    def close(self) -> None:
        """End the process and remove the page."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()
