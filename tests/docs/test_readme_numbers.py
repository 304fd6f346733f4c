"""README, terminal and report say the numbers of one run of SWOG S0777: the one that comes with the package.

After results change `python -m scripts.ship_runs swog-s0777` makes it again; then this test shows what the README has
to say.
"""

from __future__ import annotations

from docs_pages import ROOT

from cereblon.core.rows import Row, number, text
from cereblon.report.answers import comparison_answers, verdict
from cereblon.report.document import Paragraph
from cereblon.report.trial_report import report_document
from cereblon.trials.shipped_runs import shipped_run

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
CALIBRATION = " ".join((ROOT / "docs/concepts/calibration.md").read_text(encoding="utf-8").split())
DATA = shipped_run("swog-s0777").data


def row(endpoint: str, arm: str, cut: str) -> Row:
    (found,) = [
        one
        for one in DATA.comparison
        if (one["endpoint"], one["arm"], one["cut"]) == (endpoint, arm, cut) and one["grade"] in (None, "3-4")
    ]
    return found


def pair(endpoint: str, cut: str, which: str, digits: str) -> str:
    """Give a number of both arms, as the README writes it."""
    return " and ".join(f"{number(row(endpoint, arm, cut), which):{digits}}" for arm in ("vrd", "rd"))


def test_the_readme_has_the_numbers_of_the_run() -> None:
    told = {name: pair(name, "2017 primary", "predicted", ".0f") for name in ("orr", "cr_or_better")}
    printed = {name: pair(name, "2017 primary", "published", "g") for name in told}
    assert f"overall response {told['orr']} % ({printed['orr']})" in README
    assert f"complete response {told['cr_or_better']} % as its report is predicted" in README
    assert f"confirm them ({printed['cr_or_better']})" in README
    medians = [pair("pfs_median", "2020 update", which, ".0f") for which in ("predicted", "published")]
    assert f"median PFS {medians[0]} months ({medians[1]})" in README
    ratio = row("pfs_hr", "vrd", "2020 update")
    low, high = ratio["published_interval"]  # type: ignore[misc]
    said = f"hazard ratio {ratio['predicted']:.2f} ({ratio['published']:.2f}, interval {low:.2f} to {high:.2f})"
    assert said in README
    missed = pair("vgpr_or_better", "2020 update", "predicted", ".0f")
    assert f"very good partial response as reassessed ({missed} %;" in README
    anaemia = [f"{number(one, 'predicted'):.0f}" for one in DATA.comparison if text(one, "endpoint") == "ae_anaemia"]
    assert f"severe anaemia ({' and '.join(anaemia)} %;" in README


def test_the_page_on_calibration_has_the_same() -> None:
    told = [pair(name, "2017 primary", "predicted", ".0f") for name in ("orr", "cr_or_better")]
    assert f"gives {told[0]} % responses, {told[1]} % complete ones" in CALIBRATION
    assert f"a hazard ratio of {row('pfs_hr', 'vrd', '2020 update')['predicted']:.2f}" in CALIBRATION


def test_terminal_and_report_count_what_the_readme_counts() -> None:
    inside, of = verdict(DATA).split(" published values")[0].split(" of ")
    assert f"Of {of} published values {inside} lie inside the 90 % prediction interval" in README
    sentences = [
        block.words.replace("\N{NO-BREAK SPACE}", " ")
        for section in report_document(DATA).sections
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    assert any(words.startswith(f"{inside} of {of} published values lie inside") for words in sentences)
    ratio = f"hazard ratio for progression or death {row('pfs_hr', 'vrd', '2020 update')['predicted']:.2f} ("
    assert any(ratio in words for words in sentences)
    told = f"predicted {row('pfs_hr', 'vrd', '2020 update')['predicted']:.2f} ("
    assert any(told in line for line in comparison_answers(DATA) if line.startswith("PFS hazard ratio"))
