"""What README and pages say of the predictive record is what the record and the evidence set give."""

from __future__ import annotations

import re

import pytest
from docs_pages import ROOT

from cereblon.calibration.coverage import LENALIDOMIDE, coverage
from cereblon.calibration.pages import number
from cereblon.evidence import load_all
from cereblon.trials.comparison_scale import kind_of, to_scale
from cereblon.trials.shipped_runs import shipped_run, shipped_studies
from cereblon.trials.study_plan import plan_study
from cereblon.vocabulary.endpoints import endpoint_label, vocabulary

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


def test_the_record_and_the_shipped_comparisons_predict_the_same() -> None:
    """Both are simulated apart: 72 trials of 64 patients in an arm, and some thirty of the published size.

    Of a rare response, or of the logarithm of a hazard ratio, each leaves a standard error of about 0.06 on its
    scale, and what is printed is rounded. 0.25 is three of the difference, for two hundred numbers. The habit of
    recording complete response moves it by 0.3.
    """
    found = {}
    for study, rows in re.findall(
        r"^`([\w-]+)`, [\w-]+: \d+ of \d+ numbers inside\.\n\n(?:Made.*\n\n)?((?:\|.*\n)+)", RECORD, re.M
    ):
        for row in rows.splitlines()[2:]:
            arm, endpoint, published, predicted, *_ = [cell.strip() for cell in row.strip("|").split("|")]
            found[study, arm, endpoint, float(published)] = float(predicted)
    differences = {}
    for study in shipped_studies():
        for row in shipped_run(study).data.comparison:
            predicted, published, unit = (row[name] for name in ("predicted", "published", "unit"))
            if predicted is None or published is None or row["grade"]:
                continue
            month = "" if row["month"] is None else f" at {row['month']:g} months"
            words = endpoint_label(row["endpoint"]) + month + (f" against {row['versus']}" if row["versus"] else "")
            key = (study, row["arm"], words, float(number(published, unit)))
            if key in found:
                differences[key] = to_scale(kind_of(unit), found[key]) - to_scale(kind_of(unit), predicted)
    assert len(differences) > 150
    assert {key: one for key, one in differences.items() if abs(one) > 0.25} == {}


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
