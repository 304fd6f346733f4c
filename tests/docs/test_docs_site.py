"""Pages made from code are fresh, and the site needs nothing from the net."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docs_pages import ROOT
from mkdocs.exceptions import PluginError
from scripts.docstrings import OurSections
from scripts.reference_pages import stale_pages
from scripts.reference_pages.interface import exported_names
from scripts.reference_pages.markdown import cell
from scripts.site_hooks import mathml, on_config, on_page_content


def test_reference_pages_are_fresh() -> None:
    """Write them again with `.venv/bin/python -m scripts.reference_pages`."""
    assert [str(path.relative_to(ROOT)) for path in stale_pages()] == []


def test_every_page_of_the_python_interface_belongs_to_code() -> None:
    packages = {name.removeprefix("cereblon.").replace(".", "-") for name in exported_names(ROOT / "src")}
    pages = {page.stem for page in (ROOT / "docs/reference/api").glob("*.md")}
    assert sorted(pages - packages - {"foundation", "kinetics", "exposure"}) == []


def test_an_equation_becomes_mathml() -> None:
    page = on_page_content('<p>so <span class="arithmatex">\\(a &lt; b\\)</span></p>', page=_Page())
    assert page.startswith("<p>so <math") and "&#x0003C;" in page and "arithmatex" not in page


@pytest.mark.parametrize("tex", [r"\unheard{x}", r"\begin{aligned} a &amp;= b \end{aligned}"])
def test_an_equation_that_cannot_be_converted_stops_the_build(tex: str) -> None:
    with pytest.raises(PluginError, match=r"concepts/page\.md: the equation"):
        mathml(tex, block=True, where="concepts/page.md")


class _Page:
    file = "concepts/page.md"


def test_a_new_page_finds_its_place_in_the_menu(tmp_path: Path) -> None:
    for name in ("concepts/old.md", "concepts/new.md", "reference/api/trials.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    menu = [{"Home": "index.md"}, {"Concepts": ["concepts/old.md"]}, {"Reference": []}]
    config = on_config({"docs_dir": str(tmp_path), "nav": menu})
    assert config["nav"][1] == {"Concepts": ["concepts/old.md", "concepts/new.md"]}
    assert config["nav"][2] == {"Reference": [{"Python interface": ["reference/api/trials.md"]}]}


def test_the_site_asks_no_other_host() -> None:
    """Fonts of the system, no script and no style from elsewhere, and no repository whose counts are fetched."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    assert config["theme"]["font"] is False
    assert "://" not in text and "repo_url" not in config


def test_text_in_a_table_cell_is_safe_and_documents_are_links() -> None:
    assert cell("a|b_c < d") == r"a\|b\_c &lt; d"
    assert cell("(doi:10.1016/S0140-6736(16)31594-X), n") == (
        "([doi:10.1016/S0140-6736(16)31594-X](https://doi.org/10.1016/S0140-6736%2816%2931594-X)), n"
    )
    assert cell("PMID 27286995") == "[PMID 27286995](https://pubmed.ncbi.nlm.nih.gov/27286995/)"


def test_what_a_function_returns_is_text_and_its_source_no_heading() -> None:
    class Docstring:
        value = "Do.\n\nReturns\n-------\n    A number: of days.\n    Not hours.\n\nSource\n------\nkey2012."

    class Function:
        docstring = Docstring()

    OurSections().on_object(obj=Function(), loader=None)
    assert Function.docstring.value == (
        "Do.\n\nReturns\n-------\n:\n    A number: of days.\n    Not hours.\n\n**Source:**\n\nkey2012."
    )


def test_hooks_before_a_commit_call_only_programs_of_the_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in config["repos"][0]["hooks"])


def test_units_of_the_site_are_those_of_the_reports() -> None:
    content = "<p>bortezomib 1.3 mg/m2</p><code>--dose '1.3 mg/m2'</code>"
    shown = on_page_content(content, page=SimpleNamespace(file="a.md"))
    assert shown == "<p>bortezomib 1.3 mg/m\N{SUPERSCRIPT TWO}</p><code>--dose '1.3 mg/m2'</code>"
