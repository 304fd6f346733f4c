"""What README and pages say of the predictive record is what the record and the evidence set give."""

from __future__ import annotations

import re

import pytest
from docs_pages import ROOT

from cereblon.calibration.coverage import LENALIDOMIDE, coverage
from cereblon.evidence import load_all
from cereblon.trials.study_plan import plan_study
from cereblon.vocabulary.endpoints import vocabulary

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
RECORD = (ROOT / "docs" / "reference" / "validation.md").read_text(encoding="utf-8")
CALIBRATION = " ".join((ROOT / "docs" / "concepts" / "calibration.md").read_text(encoding="utf-8").split())


def scores(of: str) -> list[str]:
    """Give the cells of a row of the table of scores: inside, response, complete response, median, ratio, ..."""
    (row,) = [line for line in RECORD.splitlines() if line.startswith(f"| {of} |")]
    return [cell.strip() for cell in row.strip("|").split("|")[1:]]


def test_the_readme_has_the_scores_of_the_record() -> None:
    inside, response, complete, _, ratio, *_ = scores("validation trials, population only")
    practice = scores("routine care, population only")[0]
    assert f"in trials {inside} of the numbers lie inside their 90 % interval (routine care {practice})" in README
    assert f"overall response is off by {response} points in the median" in README
    assert f"**complete response by {float(complete):.0f}**" in README
    assert f"median error of its logarithm {ratio}" in README


def test_the_page_on_calibration_has_the_scores_of_the_record() -> None:
    inside, response, complete, *_ = scores("validation trials, population only")
    assert f"Of the numbers of validation trials {inside} lie inside" in CALIBRATION
    assert f"Overall response is off by {response} points in the median" in CALIBRATION
    assert f"**complete response by {float(complete):.0f} points**" in CALIBRATION


def test_the_record_names_endpoints_as_its_program_does() -> None:
    """The page is long to make, so that a new word in the program does not reach it by itself."""
    rows = [line.strip("|").split("|") for line in RECORD.splitlines() if line.startswith("| ")]
    named = {row[1].strip() for row in rows if row[-1].strip() in ("inside", "**outside**")}
    bare = {re.sub(r"( at [\d.]+ months)?( against [\w-]+)?$", "", one) for one in named}
    assert len(bare) > 10
    assert bare - {one.label for one in vocabulary().endpoints.values()} == set()


@pytest.mark.slow
def test_the_record_gives_the_reasons_that_its_program_gives() -> None:
    plans = {plan.study.id: plan for plan in (plan_study(study, found_at=study.id) for study in load_all())}
    told = re.findall(r"^`([\w-]+)`, [\w-]+: .* inside\.\n\nMade without a trial file: (.*)\.$", RECORD, re.MULTILINE)
    assert told
    assert {study: "; ".join(plans[study].notes) for study, _ in told} == dict(told)
    left = re.findall(
        r"^\| `([\w-]+)` \| ([\w-]+) \| (.*) \|$", RECORD[RECORD.index("## Not simulated") :], re.MULTILINE
    )
    arms = [one for one in left if one[1] != "all"]
    assert arms
    assert [(study, arm, dict(plans[study].reasons)[arm]) for study, arm, _ in arms] == arms


@pytest.mark.slow
def test_the_readme_has_the_coverage_of_the_evidence_set() -> None:
    found = coverage([plan_study(study, found_at=study.id) for study in load_all()])
    row = next(row for row in found.rows if row.kind == LENALIDOMIDE)
    (share, predicted, published) = re.findall(
        r"randomised trials with lenalidomide (\d+) % can be predicted at all \((\d+) of (\d+)\)", README
    )[0]
    assert (int(predicted), int(published)) == (row.predicted, row.published)
    assert int(share) == round(100 * row.predicted / row.published)
