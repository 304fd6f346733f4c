"""Reference pages that are made from the code and its data, so that they cannot disagree with it."""

from __future__ import annotations

from pathlib import Path

from scripts.reference_pages.bibliography import bibliography_page
from scripts.reference_pages.bounds import bounds_page
from scripts.reference_pages.cohort_tables import cohort_tables_page
from scripts.reference_pages.commands import commands_page
from scripts.reference_pages.interface import interface_pages
from scripts.reference_pages.networks import network_pictures, networks_page
from scripts.reference_pages.numbers import parameters_page
from scripts.reference_pages.packages import packages_page, packages_picture
from scripts.reference_pages.posterior import posterior_page, posterior_pictures
from scripts.reference_pages.published_regimens import published_regimens_page
from scripts.reference_pages.schemas import answers_page, tables_page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
IMAGES = ROOT / "docs" / "images"


def pages() -> dict[Path, str]:
    """Make every page, by its place."""
    single = {
        "cli.md": commands_page,
        "parameters.md": parameters_page,
        "posterior.md": posterior_page,
        "tables.md": tables_page,
        "answers.md": answers_page,
        "cohort-tables.md": cohort_tables_page,
        "bounds.md": bounds_page,
        "bibliography.md": bibliography_page,
        "networks.md": networks_page,
        "packages.md": packages_page,
        "published-regimens.md": published_regimens_page,
    }
    made = {FOLDER / name: make() for name, make in single.items()}
    return made | {FOLDER / "api" / name: text for name, text in interface_pages(ROOT / "src").items()}


def pictures() -> dict[Path, str]:
    """Draw the pictures of the pages, by their place; they are not compared, since fonts differ between machines."""
    drawn = {**network_pictures(), **posterior_pictures(), "packages.svg": packages_picture()}
    return {IMAGES / name: drawing for name, drawing in drawn.items()}


def stale_pages() -> list[Path]:
    """Name the pages that are missing or differ from what the code says today."""
    return [path for path, text in pages().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
