"""The page: complete, self-contained, honest about failures, and safe with any text."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from cereblon.report import wording
from cereblon.report.answers import few_trials
from cereblon.report.labels import row_label
from cereblon.report.provenance import Page
from cereblon.report.report_data import ReportData
from cereblon.report.trial_report import report_page

LARGEST = 6_000_000  # bytes of a page that still opens at once from a mail
SENTENCES = [
    "No published trial to compare with",
    "No results were given to this report.",
    "No published curves, medians or landmarks were given",
    "No response rates were given",
    "No M-protein of single subjects was given",
    "No courses of single subjects were given",
    "No doses were given",
    "No adverse events were given",
    "No baseline table was given",
    "The numbers of the model are not repeated here",
]


class Elements(HTMLParser):
    """Collect elements with their attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._silent = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._silent = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture(scope="module")
def elements(html: str) -> Elements:
    return Elements(html)


@pytest.fixture(scope="module")
def bare_html(bare: ReportData) -> str:
    return report_page(bare)


def table_rows(html: str, key: str) -> list[str]:
    body = html.split(f'id="table-{key}"')[1].split('<tbody role="rowgroup">')[1].split("</table>")[0]
    return re.findall(r'<tr role="row">(.*?)</tr>', body, flags=re.DOTALL)


def test_nothing_is_fetched_when_the_page_is_opened(elements: Elements) -> None:
    fetching = [attrs.get("src") or attrs.get("href") or "" for tag, attrs in elements.found if tag != "a"]
    assert [address for address in fetching if address and not address.startswith("data:image/svg+xml;base64,")] == []
    assert not {"link", "iframe", "object", "embed", "base"} & {tag for tag, _ in elements.found}


def test_styles_and_scripts_import_nothing(html: str) -> None:
    style = html.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"@import|url\(|@font-face", style)
    assert all("src" not in attrs for attrs in Elements(html).named("script"))


def test_columns_that_may_be_empty_may_be_left_out(bare: ReportData) -> None:
    arms = [{key: row[key] for key in ("arm", "label", "regimen", "n")} for row in bare.arms]
    html = report_page(dataclasses.replace(bare, arms=arms, publications=[{"label": "Durie 2017"}]))
    assert "Durie 2017" in html
    assert " published</span>" not in html


def test_the_page_forbids_the_browser_any_request(elements: Elements) -> None:
    policy = next(a["content"] for a in elements.named("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy


def test_the_page_is_light(html: str) -> None:
    assert 500_000 < len(html.encode()) < LARGEST  # the lower bound: the chart library is really inside


def test_every_row_of_the_comparison_is_in_the_table(html: str, data: ReportData) -> None:
    rows = table_rows(html, "comparison")
    assert len(rows) == len(data.comparison)
    for row in data.comparison:
        arm = {"vrd": "VRd", "rd": "Rd"}[row["arm"]]
        wanted = (row_label(row), f"<span>{arm}", f">{wording.published(row)}", f">{wording.predicted(row)}")
        assert any(all(part in shown for part in wanted) for shown in rows), wanted
    assert sum("outside" in row for row in rows) == 5
    assert sum("not judged" in row for row in rows) == 1


def test_the_verdict_counts_and_names_what_is_outside(elements: Elements) -> None:
    assert "22 of 27 published values lie inside the 90\u00a0% prediction interval." in elements.text
    assert "Peripheral neuropathy, grade 3–4, Rd: published 5.0 %, predicted 2.0 % (0.4 to 3.9)" in elements.text
    assert "1 published value could not be judged" in elements.text


def test_the_page_says_when_the_study_was_used_to_fit_the_model(elements: Elements) -> None:
    assert "This study is a calibration study" in elements.text


def test_every_figure_has_a_static_picture_a_description_and_its_origin(html: str, elements: Elements) -> None:
    figures = [part.split("</figure>")[0] for part in html.split("<figure ")[1:]]
    assert len(figures) == 11
    assert all('src="data:image/svg+xml;base64,' in figure and 'class="origin"' in figure for figure in figures)
    assert all("run swog-s0777-1f3a" in figure or "Ordered by the regimen" in figure for figure in figures)
    assert all(attrs.get("alt") for attrs in elements.named("img"))


def test_every_table_names_its_origin(html: str) -> None:
    below = [part.split("</table>")[1][:300] for part in html.split('<div class="table"')[1:]]
    assert len(below) == 6
    assert all("run swog-s0777-1f3a (seed 1, cereblon 0.1.0)" in text for text in below)


def test_a_source_is_listed_once_and_cited_by_number(html: str) -> None:
    sources = html.split('class="entries"')[1].split("</ol>")[0]
    assert sources.count("https://doi.org/10.1038/s41408-020-0311-8") == 1
    assert sources.count("<li") == 3
    assert "ref digest" in table_rows(html, "comparison")[0]


def test_assumed_parameters_come_first_and_are_counted_at_the_top(html: str, elements: Elements) -> None:
    assert len(table_rows(html, "parameters-assumed")) == 3
    assert len(table_rows(html, "parameters-other")) == 84
    assert html.index('id="table-parameters-assumed"') < html.index('id="table-parameters-other"')
    assert "3 of 87 parameters are assumed" in elements.text


def test_the_page_is_marked_as_a_research_tool(elements: Elements) -> None:
    assert "Research tool." in elements.text
    assert "Not for deciding the treatment of a patient." in elements.text


def test_trial_size_seed_command_and_time_are_stated(elements: Elements) -> None:
    assert "242 VRd + 229 Rd subjects in each of 100 replicate trials" in elements.text
    assert "cereblon compare swog-s0777 --seed 1" in elements.text
    assert "time, simulation" in elements.text
    assert "12.3 s" in elements.text


@pytest.mark.parametrize(("trials", "is_warned"), [(2, True), (9, True), (10, False), (40, False)])
def test_few_virtual_trials_are_warned_of(data: ReportData, trials: int, is_warned: bool) -> None:
    warned = few_trials(dataclasses.replace(data, replicates=trials))
    assert (warned != []) is is_warned
    assert not warned or warned[0].startswith(f"With only {trials} virtual trials the prediction interval is rough")


def test_few_virtual_trials_of_a_design_are_warned_of_beside_its_answer(bare: ReportData, data: ReportData) -> None:
    own = dataclasses.replace(bare, predicted=data.predicted, replicates=4)
    assert "With only 4 virtual trials the range of 90 % of trials is rough" in report_page(own)
    assert "With only" not in report_page(dataclasses.replace(own, replicates=40))
    assert "With only" not in report_page(dataclasses.replace(own, replicates=1))


def test_nothing_is_said_to_be_missing_of_a_trial_that_nobody_published(bare: ReportData, data: ReportData) -> None:
    """Its baseline, of which there is nothing to compare, is in a fold."""
    alone = [{**row, "published": None} for row in data.population]
    html = report_page(dataclasses.replace(bare, population=alone, predicted=data.predicted))
    assert "was given for this trial" not in html and "were given for this trial" not in html
    assert re.search(r"<details[^>]*>\s*<summary[^>]*>[^<]*Baseline of the virtual population", html)


def test_the_page_opens_with_the_answer(elements: Elements) -> None:
    """The made-up report: hazard ratio 0.79 (0.62-0.98), medians 39.2 and 29.8, neuropathy 21.2 against 2.0 %."""
    text = elements.text
    answer = text.index(
        "VRd against Rd: hazard ratio for progression or death 0.79 (90 % of trials 0.62 to 0.98);"
        " median progression-free survival 39 months against 30 months."
    )
    assert answer < text.index("Of 100 patients, 84 with VRd and 75 with Rd respond (partial response or better).")
    assert text.index("Peripheral neuropathy: 21 with VRd and 2 with Rd") < text.index("Progression-free survival")
    assert "22 of 27 values that this trial published lie inside the 90\u00a0% prediction interval" in text


def test_a_trial_of_ones_own_has_its_answer_too(bare: ReportData, data: ReportData) -> None:
    """Nothing was published of it, and its hazard ratio is there all the same."""
    html = report_page(dataclasses.replace(bare, predicted=data.predicted))
    assert "hazard ratio for progression or death 0.79" in html
    assert "No published trial to compare with: how sure it is rests on the model alone." in html


def test_details_stay_folded_on_paper(html: str) -> None:
    """Printed with all folds open, half of 87 pages were parameters."""
    assert "beforeprint" not in html
    folded = re.findall(r"<summary>([^<]*)</summary>", html)
    assert any(title.startswith("Assumed parameters") for title in folded)


def test_a_whole_run_has_no_failure_banner(html: str) -> None:
    assert 'role="alert"' not in html


def test_failed_subjects_are_told_before_anything_else(bare: ReportData) -> None:
    reasons = [{"reason": "left its physiological bounds", "subjects": 3}]
    html = report_page(dataclasses.replace(bare, failures=3, failure_reasons=reasons))
    assert "3 subjects could not be simulated." in html
    assert "3: left its physiological bounds" in html
    assert html.index('role="alert"') < html.index("<main>")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_section_without_data_says_so(bare_html: str, sentence: str) -> None:
    assert sentence in bare_html


def test_a_section_without_data_has_no_empty_chart(bare_html: str) -> None:
    assert bare_html.count("<figure ") == 2  # the two survival curves that were given
    assert "Sources</h2>" not in bare_html


def test_text_of_a_trial_cannot_become_markup(bare: ReportData) -> None:
    evil = "<script>alert(1)</script><!--"
    arms = [{**row, "label": f"{row['arm']}{evil}", "regimen": evil} for row in bare.arms]
    html = report_page(dataclasses.replace(bare, title=evil, trial=evil, description=evil, arms=arms, limits=[evil]))
    assert "<script>alert" not in html
    assert len(Elements(html).named("script")) == 4  # two specifications, Vega, and the page's own
    assert evil in Elements(html).text


def test_an_address_is_a_link_only_when_it_is_a_web_address(fields: dict[str, object], bare: ReportData) -> None:
    row = {**fields["km_published"][0], "source": "javascript:alert(1)"}
    html = report_page(dataclasses.replace(bare, km_published=[row]))
    assert "javascript:alert(1)" in html
    assert not any((attrs.get("href") or "").startswith("javascript") for attrs in Elements(html).named("a"))


def test_equal_contents_give_equal_pages(bare: ReportData, bare_html: str) -> None:
    assert report_page(bare) == bare_html


def test_a_population_made_like_the_trial_is_not_named_by_its_key(data: ReportData) -> None:
    own = dataclasses.replace(data, trial="swog-s0777", population_name="like swog-s0777")
    assert Page(own).population == "made like the patients published"
    assert Page(dataclasses.replace(own, population_name="like maia")).population == "like maia"
