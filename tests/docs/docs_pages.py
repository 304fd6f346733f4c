"""Pages of the documentation and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MADE = "<!-- Made by `python -m scripts.reference_pages`"
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w+)(?P<options>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


def written_pages() -> list[Path]:
    """Every page that people write: those made from code are left out."""
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return pages + [page for page in sorted(DOCS.rglob("*.md")) if MADE not in page.read_text(encoding="utf-8")]


def blocks(kind: str) -> list[tuple[str, str]]:
    """Blocks of one language in the written pages, each with a name for the test; not the cells of notebook pages."""
    return [
        (f"{page.relative_to(ROOT)}:{number}", text)
        for page in written_pages()
        for number, text in enumerate(_blocks_of(page, kind), start=1)
    ]


def _blocks_of(page: Path, kind: str) -> Iterator[str]:
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if found["kind"] == kind and not found["options"]:
            yield dedent(found["text"])


def cells(*, run: bool) -> str:
    """Give the code of all cells of the notebook pages that run while the site is built, or of those that do not."""
    option = 'exec="yes"' if run else 'exec="no"'
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "notebooks").glob("*.md")))
    return "\n".join(found["text"] for found in _BLOCK.finditer(text) if option in found["options"])


def prose(page: Path) -> str:
    """The text of a page without code, equations, comments and addresses."""
    text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = _BLOCK.sub("", text)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", "", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", "", text)
    return re.sub(r"\]\([^)]*\)|https?://\S+", "]", text)
