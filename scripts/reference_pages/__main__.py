"""Write the reference pages, or with `--check` name those that are stale: `python -m scripts.reference_pages`."""

from __future__ import annotations

import sys

from scripts.reference_pages import ROOT, pages, pictures, stale_pages

stale = [path.relative_to(ROOT) for path in stale_pages()]
if sys.argv[1:] == ["--check"]:
    for path in stale:
        print(f"stale: {path}")
    if stale:
        print("write them again: .venv/bin/python -m scripts.reference_pages", file=sys.stderr)
    sys.exit(bool(stale))
for path, text in (pages() | pictures()).items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
for path in stale:
    print(f"written: {path}")
