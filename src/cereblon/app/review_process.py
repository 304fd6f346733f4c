"""The process that writes the review: `python -m cereblon.app.review_process FOLDER`, page, tables and pictures."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Write the review without simulating: first the page, whole or not at all, then its tables and pictures."""
    os.nice(5)  # nobody may wait for an answer of another tab because the review is being written
    import cereblon as cb

    folder = Path(sys.argv[1])
    found = cb.review(simulate=False, progress=False)
    found.save(folder / "part.html")
    (folder / "part.html").rename(folder / "review.html")
    for ending in ("csv", "json"):
        found.save(folder / f"review.{ending}")
    for name in found.charts():
        chapter, _, place = name.partition(", ")
        if place == "1":
            for ending in ("svg", "png"):
                found.save(folder / f"{chapter}.{ending}", name)


if __name__ == "__main__":
    main()
