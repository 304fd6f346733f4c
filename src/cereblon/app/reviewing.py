"""The review as the app shows it: written once, without simulations, by another process meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from cereblon.app.calls import Call
from cereblon.core.errors import UnknownNameError

CHAPTERS = {
    "": "whole review",
    "summary": "What is known",
    "mechanism": "How it works",
    "kinetics": "Pharmacokinetics and the kidney",
    "rd": "With dexamethasone",
    "vrd": "With bortezomib",
    "ird": "With ixazomib",
    "krd": "With carfilzomib",
    "drd": "With daratumumab",
    "transplant": "Transplant or not?",
    "maintenance": "Maintenance",
    "safety": "Safety",
    "practice": "Routine care",
    "unknown": "What is unknown",
}
_ONE_CHAPTER = ("rd", "vrd", "ird", "krd", "drd", "transplant", "maintenance")


def review_call(chapter: str) -> Call:
    """Give the call that writes the review, or one chapter where it can be asked for alone."""
    alone = chapter if chapter in _ONE_CHAPTER else None
    return Call(
        function="review",
        command=("review",),
        options={"regimen": alone} if alone else {},
        python_only={"simulate": False},
        command_only=("--no-simulation",),
    )


class ReviewWriter:
    """Writes the review beside the app, from its start on."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cereblon-app-")
        self._path = Path(self._folder.name) / "review.html"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cereblon.app.review_process", self._folder.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def state(self) -> str:
        """`writing`, `ready` or `failed`."""
        if self._path.is_file():
            return "ready"
        return "writing" if self._process.poll() is None else "failed"

    def page(self) -> str:
        """Give the page; empty until it is ready."""
        return self._path.read_text(encoding="utf-8") if self.state == "ready" else ""

    def endings(self, chapter: str) -> list[str]:
        """Give what can be saved: page and tables of the review, and the first picture of a chapter that has one."""
        return [one for one in ("png", "svg", "csv", "json", "html") if self._file(chapter, one).is_file()]

    def file(self, chapter: str, ending: str) -> Path:
        """Give a file of the review.

        Raises
        ------
        UnknownNameError
            If there is none, or not yet.
        """
        place = self._file(chapter, ending)
        if chapter not in CHAPTERS or not ending.isalnum() or not place.is_file():
            raise UnknownNameError(f"the review has no file of kind {ending[:20]!r} here")
        return place

    def _file(self, chapter: str, ending: str) -> Path:
        name = chapter or "vrd" if ending in ("png", "svg") else "review"
        return Path(self._folder.name) / f"{name}.{ending}"

    def close(self) -> None:
        """End the process and remove the page."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()
