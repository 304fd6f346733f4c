"""Say how long pages are: words that stand open, all words, and A4 pages of a print.

`python -m scripts.page_size FILE...`; needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SCRIPTS = re.compile(r"<(script|style|svg)\b.*?</\1>", re.DOTALL)
_FOLD = re.compile(r"<details(?:(?!<details).)*?</details>", re.DOTALL)
_LISTS = '<section id="references"'
"""Where the lists begin that the numbers of a review lead to."""


def words_of(html: str) -> str:
    """Give the words of a page or a part of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def unfolded(page: str) -> str:
    """Give what a reader sees before opening a fold, without the lists at the end."""
    shown = _SCRIPTS.sub("", page.partition("<h1>")[2].partition(_LISTS)[0])
    while "<details" in shown:
        shown = _FOLD.sub("", shown)
    return shown


def printed_pages(path: Path) -> int:
    """Count the A4 pages that a page prints on."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "page.pdf"
        options = ("--headless", "--no-sandbox", "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
        subprocess.run([chromium, *options, path.resolve().as_uri()], check=True, capture_output=True)
        return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


def main() -> None:
    """Print a line for each page."""
    for path in map(Path, sys.argv[1:]):
        page = path.read_text(encoding="utf-8")
        open_words, all_words = (len(words_of(part).split()) for part in (unfolded(page), _SCRIPTS.sub("", page)))
        print(f"{path}: {open_words:,} words open, {all_words:,} in all, {printed_pages(path)} pages")


if __name__ == "__main__":
    main()
