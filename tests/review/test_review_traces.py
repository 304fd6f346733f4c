"""Every number of the review leads to the fact, parameter, simulation or computation it came from."""

from __future__ import annotations

import re
from html import unescape

import pytest

from cereblon.core.parameter import load_parameters
from cereblon.core.plain_text import capital
from cereblon.core.units import shown_units
from cereblon.evidence import load_study
from cereblon.model.dosing.description import describe_rule, describe_starting_dose
from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.rule_set import Rule, RuleSet, StartRule
from cereblon.report.review.document import WrittenReview
from cereblon.report.review.traces import Origin, fact_numbers, numbers_of
from cereblon.report.review.tracing import Reader, untraced

LINK = re.compile(r'<a class="n [a-z]+" href="#([^"]+)" data-trace="([^"]+)" title="[^"]*">([^<]*)</a>')


def test_no_number_of_the_whole_review_stands_without_its_origin(document: WrittenReview, page: str) -> None:
    assert untraced(page, document.traces.origins, document.traces.names) == []


def test_the_check_sees_thousands_of_numbers(document: WrittenReview, page: str) -> None:
    """A check that reads nothing would pass as well."""
    reader = Reader(document.traces.origins, document.traces.names)
    reader.feed(page)
    assert reader.traced > 1000


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<p>about 12 months</p>", "holds a number without a link"),
        ('<p><a data-trace="fact/x/0">12</a></p>', "leads to fact/x/0, which does not exist"),
        ('<p><a data-trace="fact/a/0">12</a></p>', "shows 12, not a number of fact/a/0"),
        ("<p><span data-name>12</span></p>", "passes for a name and is none"),
    ],
)
def test_a_number_that_leads_nowhere_is_found(html: str, problem: str) -> None:
    problems = untraced(html, {"fact/a/0": Origin(frozenset({"13"}), "")}, {"MM1"})
    assert len(problems) == 1
    assert problem in problems[0]


def test_facts_are_looked_up_again_in_the_study_files(page: str) -> None:
    """Independent of what the writer noted: each link is resolved in the evidence by its path."""
    checked = 0
    for _, path, words in LINK.findall(page):
        kind, *place = path.split("/")
        if kind == "fact":
            fact = load_study(place[0]).facts[int(place[1])]
            assert set(numbers_of(words)) <= fact_numbers(fact), path
            checked += 1
    assert checked > 500


def test_parameters_and_rules_are_looked_up_again_in_their_files(page: str) -> None:
    checked = 0
    for _, path, words in LINK.findall(page):
        kind, *place = path.split("/")
        if kind == "parameter":
            assert f"{load_parameters(place[0])[place[1]].value:g}" in words, path
            checked += 1
        if kind == "rule":
            rules = load_rule_set(place[0])
            rule = next(rule for rule in rules.all_rules if rule.id == place[1])
            assert unescape(words) in _said(rules, rule), path
            checked += 1
    assert checked > 20


def _said(rules: RuleSet, rule: StartRule | Rule) -> set[str]:
    """Give what a link to a rule may show: its sentence, or of a starting dose who gets it and the dose alone."""
    if not isinstance(rule, StartRule):
        return {shown_units(f"{describe_rule(rules, rule)}.")}
    sentences = [describe_starting_dose(rules, rule, unit) for unit in ("mg", "mg/m2", "mg/kg")]
    dose, _, patient = sentences[0].partition(": ")
    return {shown_units(one) for one in (*(f"{sentence}." for sentence in sentences), dose, capital(patient))}


def test_every_link_has_its_target_in_the_page(page: str) -> None:
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert {href for href, _, _ in LINK.findall(page)} <= targets


def test_names_are_names_and_no_numbers(document: WrittenReview) -> None:
    assert [name for name in document.traces.names if re.fullmatch(r"[\d\s.,%-]+", name)] == []
