"""Sentences follow the evidence, claim no more than intervals carry, and say what is missing."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from scripts.page_size import unfolded
from scripts.page_size import words_of as words
from typer.testing import CliRunner

from cereblon.cli.review import app
from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import Fact, Interval, PValue, Study, load_all
from cereblon.report.document import Table
from cereblon.report.page import check_printer, page_text
from cereblon.report.review.adverse_events import event_name
from cereblon.report.review.answer import answer_blocks, certainty_section
from cereblon.report.review.beside import simulator_sentence
from cereblon.report.review.build import build_review
from cereblon.report.review.certainty import certainty_of
from cereblon.report.review.comparisons import ComparedArms, comparisons_of, last_ratios, leading
from cereblon.report.review.disagreement import disagreement_section
from cereblon.report.review.document import review_document
from cereblon.report.review.efficacy import reading
from cereblon.report.review.findings import main_sentence
from cereblon.report.review.held_out import held_out_trials
from cereblon.report.review.naming import listed
from cereblon.report.review.predictions import TrialPrediction, prediction_section
from cereblon.report.review.schedule import adjustment_section
from cereblon.report.review.topics import TOPICS, cohorts_of
from cereblon.report.review.traces import Traces
from cereblon.report.review.tracing import untraced
from cereblon.report.review.unknown import unknown_chapter
from cereblon.trials.comparison import ComparisonRow

HOW_TO = Path(__file__).parents[2] / "docs/how-to/write-the-review.md"


def ratio(low: float | None, high: float | None, p: float | None = None) -> Fact:
    interval = Interval(level=0.95, low=low, high=high) if low is not None else None
    return Fact(
        arm="a",
        versus="b",
        endpoint="pfs_hr",
        unit="ratio",
        source="s",
        value=0.8,
        interval=interval,
        p=PValue(value=p) if p is not None else None,
    )


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (ratio(0.6, 0.9), "below one, in favour of A"),
        (ratio(0.6, 1.0), "includes one, so no difference was shown"),
        (ratio(1.1, 1.9), "above one, in favour of B"),
        (ratio(None, None, 0.01), "with a p value and without an interval"),
        (ratio(None, None), "uncertainty is not known"),
    ],
)
def test_a_ratio_is_read_as_far_as_its_interval_carries(fact: Fact, said: str) -> None:
    assert said in str(reading(fact, "A", "B"))


def changed(study_id: str, endpoint: str, **fields: object) -> tuple[Study, ...]:
    """The evidence with one fact changed."""
    studies = []
    for study in load_all():
        if study.id == study_id:
            index = max(
                i for i, f in enumerate(study.facts) if f.endpoint == endpoint and f.subgroup is None and f.interval
            )
            facts = list(study.facts)
            facts[index] = replace(facts[index], **fields)  # type: ignore[arg-type]
            study = replace(study, facts=tuple(facts))
        studies.append(study)
    return tuple(studies)


def chapter(studies: tuple[Study, ...]) -> str:
    return words(page_text(review_document(build_review(regimen="ird", studies=studies, simulate=False))))


def test_a_change_in_the_evidence_changes_the_text() -> None:
    """TOURMALINE-MM1, second look: 0.82 (0.67-1.00); were it 0.60 (0.50-0.72), the answer would turn."""
    before = chapter(load_all())
    after = chapter(changed("tourmaline-mm1", "pfs_hr", value=0.6, interval=Interval(level=0.95, low=0.5, high=0.72)))
    assert "adding ixazomib to Rd did not clearly delay progression or death" in before
    assert "adding ixazomib to Rd delayed progression or death" in after
    assert "0.60 (95% 0.50-0.72)" in after


def test_an_earlier_difference_that_was_not_kept_is_named() -> None:
    """TOURMALINE-MM1: 0.74, p 0.01 at 14.7 months; 0.82 (0.67-1.00) at 23 months."""
    said = chapter(load_all())
    assert "an earlier cut showed a difference, 0.74 p=0.01 , that the last does not" in said
    assert "0.82 (95% 0.67-1.00)† ; at an earlier cut 0.74 p=0.01 ; certainty" in said


def test_a_ratio_is_that_of_the_last_cut_with_an_interval() -> None:
    """FIRST, continuous Rd against 18 cycles: 0.70 (0.60-0.82) in 2014, and 0.7 without an interval in 2018."""
    (study,) = (one for one in load_all() if one.id == "first-mm020")
    (ratio,) = (one for one in last_ratios(study) if (one.endpoint, one.versus) == ("pfs_hr", "rd18"))
    assert (ratio.cut, ratio.interval is not None) == ("2014 primary", True)
    assert len([one for one in last_ratios(study) if one.quantity == ratio.quantity]) == 1


def test_a_chapter_compares_what_holds_or_adds_its_treatment() -> None:
    """OPTIMISMM compared PVd with Vd: no lenalidomide, and bortezomib in both arms."""
    chapters = {key: {one.study.id for one in comparisons_of(topic, load_all())} for key, topic in TOPICS.items()}
    assert not any("optimismm" in found for found in chapters.values())
    assert {"apollo", "candor", "icaria"} <= chapters["drd"]


def test_every_finding_of_the_summary_has_a_number_of_patients_or_months(page: str) -> None:
    """A ratio says nothing of how much it comes to: shares of a hundred where there are any, else medians."""
    summary = page.partition('<section id="summary"')[2].partition("What is not known")[0]
    found = re.findall(r"progression or death.*?certainty", words(summary))
    assert len(found) > 8
    assert [one for one in found if " against " not in one] == []


def test_the_other_antibodies_of_a_chapter_are_told_in_words(page: str) -> None:
    """ELOQUENT-2 (Lonial 2015): 0.70 (0.57-0.85); IMROZ (Facon 2024): 0.60 (98.5 % 0.41-0.88)."""
    chapter = words(page.partition('<section id="drd"')[2].partition("<details")[0])
    assert "adding isatuximab to VRd delayed progression or death" in chapter
    assert "adding elotuzumab to Rd delayed progression or death" in chapter
    assert "0.60 (98.5% 0.41-0.88)" in chapter and "0.70 (95% 0.57-0.85)" in chapter
    assert chapter.index("PERSEUS") < chapter.index("SWOG S1211")  # daratumumab opens the chapter


def test_maintenance_is_compared_before_induction_and_maintenance_together() -> None:
    """MM-015 (Palumbo 2012): MPR-R against MPR 0.49; against MP, 0.40, induction differs too."""
    found = {one.study.id: one for one in leading(comparisons_of(TOPICS["maintenance"], load_all()))}
    assert (found["mm015"].treated, found["mm015"].control) == ("mpr-r", "mpr")


def test_a_ratio_that_disagrees_names_its_arms() -> None:
    """DETERMINATION published RVd alone over transplant, 1.53, which reads like the opposite without them."""
    said = words(page_text(review_document(build_review(regimen="transplant", simulate=False))))
    assert "RVd x8 then lenalidomide against RVd + ASCT then lenalidomide : the hazard ratio" in said


def test_the_review_says_first_that_it_is_for_research_only(page: str) -> None:
    text = words(page.partition("<h1>")[2])
    assert 0 < text.index("For research only.") < 100


def test_the_chapters_come_in_the_order_of_a_clinician(page: str) -> None:
    found = re.findall(r'<section id="([a-z-]+)"', page)
    treatments = ["rd", "vrd", "ird", "krd", "drd", "transplant", "maintenance"]
    assert found[:13] == ["summary", "mechanism", "kinetics", *treatments, "safety", "practice", "unknown"]


def test_the_review_is_short_enough_to_be_read(page: str) -> None:
    """8,000 words are two hours of a journal club; the details lie behind folds."""
    found = len(words(unfolded(page)).split())
    assert 2500 < found < 8000
    told = re.search(r"\| review, words that stand open \| [^|]* \| ([\d,]+) \|", HOW_TO.read_text(encoding="utf-8"))
    assert told is not None
    assert found == pytest.approx(int(told[1].replace(",", "")), rel=0.1)  # numbers of simulations are some words


def opening(page: str, key: str) -> str:
    """The first paragraph of a chapter."""
    return words(page.partition(f'<section id="{key}"')[2].partition("<p>")[2].partition("</p>")[0])


def test_a_trial_of_which_no_number_may_be_used_is_not_told_of(page: str) -> None:
    """EMN20 compared KRd with Rd; its ratio and medians are flagged."""
    assert "EMN20" not in opening(page, "krd")


def test_more_than_two_trials_are_listed_with_commas() -> None:
    assert listed(["FORTE"]) == "FORTE"
    assert listed(["FORTE", "ASPIRE"]) == "FORTE and ASPIRE"
    assert listed(["ENDURANCE", "FORTE", "<ASPIRE>"]) == "ENDURANCE, FORTE and &lt;ASPIRE&gt;"


def test_every_chapter_opens_with_three_to_six_sentences(page: str) -> None:
    for key in (*TOPICS, "mechanism", "kinetics", "safety", "practice", "unknown"):
        assert 3 <= len(re.findall(r"\.(?= [A-Z]|$)", opening(page, key))) <= 6, opening(page, key)


def test_every_answer_says_how_certain_it_is_and_leads_to_the_reasons(page: str) -> None:
    for key in TOPICS:
        assert (
            f'certainty <a href="#certainty-{key}">' in page.partition(f'<section id="{key}"')[2].partition("</p>")[0]
        )
        assert f'<span id="certainty-{key}"></span>' in page


def test_every_treatment_is_shown_as_a_hundred_patients_and_in_one_picture_of_all_sources(page: str) -> None:
    for key in TOPICS:
        shown = unfolded(
            page.partition("<h1>")[0] + "<h1>" + page.partition(f'<section id="{key}"')[2].partition("</section>")[0]
        )
        assert shown.count("A hundred patients of each arm") == 2, key  # once to read, once to hear
        assert shown.count('alt="Trials, routine care and simulator beside each other"') == 1, key


def test_a_trial_without_a_hazard_ratio_is_told_by_its_responses_and_medians(page: str) -> None:
    """MM-009 and MM-010: responses 60.6 against 21.9 %, time to progression 13.4 against 4.6 months."""
    assert "response in 60.6 against 21.9 % ; median time to progression 13.4 against 4.6 months" in opening(
        page, "rd"
    )


def test_pivotal_trials_that_are_held_out_are_named_without_a_number(page: str) -> None:
    assert {"TOURMALINE-MM2", "CEPHEUS", "AURIGA"} <= {trial.name for trial in held_out_trials()}
    for trial in held_out_trials():
        assert trial.name in page
        assert trial.name not in {study.name for study in load_all()}


def test_what_our_library_lacks_is_not_called_unpublished(page: str) -> None:
    assert "not published" not in words(unfolded(page))
    assert "our library has no hazard ratio for survival from PERSEUS" in words(unfolded(page)).replace(" .", ".")


def comparison(study_id: str, endpoint: str, topic: str) -> ComparedArms:
    found = comparisons_of(TOPICS[topic], load_all())
    return next(one for one in found if one.study.id == study_id and one.fact.endpoint == endpoint)


@pytest.mark.parametrize(
    ("study", "endpoint", "topic", "level", "reason"),
    [
        ("maia", "pfs_hr", "drd", "high", ""),  # open-label, 0.55 (0.45-0.67), Rd with and without daratumumab
        ("griffin", "pfs_hr", "drd", "moderate", "differ more than threefold"),  # 0.45 (0.21-0.95)
        ("endurance-e1a11", "pfs_hr", "krd", "very low", "includes one"),  # 1.04 (0.83-1.31), in a digest, two drugs
        ("calgb-100104", "pfs_hr", "maintenance", "moderate", "changed over"),  # unblinded at 18 months
        ("ma-dara-vs-rvd-2024", "pfs_hr", "drd", "very low", "not a randomised comparison"),
    ],
)
def test_certainty_follows_its_rule(study: str, endpoint: str, topic: str, level: str, reason: str) -> None:
    rated = certainty_of(comparison(study, endpoint, topic), comparisons_of(TOPICS[topic], load_all()))
    assert rated.level == level
    assert reason in "; ".join(rated.reasons)


def test_trials_that_contradict_each_other_lower_certainty() -> None:
    """MAIA 0.55 (0.45-0.67), were another trial of the same arms to print 0.90 (0.75-1.08)."""
    maia = comparison("maia", "pfs_hr", "drd")
    fact = replace(maia.fact, value=0.9, interval=Interval(level=0.95, low=0.75, high=1.08))
    other = replace(maia, study=replace(maia.study, id="other", name="OTHER"), fact=fact)
    assert certainty_of(maia, [maia, other]).reasons == ("inconsistency: OTHER found otherwise",)


def test_a_ratio_of_control_over_treatment_is_turned() -> None:
    """DETERMINATION printed 1.53 (1.23-1.91) of no transplant over transplant: 0.65 (0.52-0.81) turned."""
    one = comparison("determination", "pfs_hr", "transplant")
    assert (one.treated, one.shows) == ("rvd-asct", "better")
    said = words("".join(str(getattr(block, "words", "")) for block in answer_blocks([one], Traces())))
    assert "hazard ratio 0.65 (95% 0.52-0.81)" in said


def test_every_table_gives_the_ratio_the_way_round_that_it_names_the_arms() -> None:
    """DETERMINATION, transplant against none: 0.65, not the published 1.53 of none against transplant."""
    table = certainty_section([comparison("determination", "pfs_hr", "transplant")], Traces()).blocks[1]
    assert isinstance(table, Table)
    assert [words(str(cell)) for cell in table.rows[0][1:4]] == [
        "RVd + ASCT then lenalidomide against RVd x8 then lenalidomide",
        "progression or death",
        "0.65 (95% 0.52-0.81)",
    ]


def test_an_interval_of_seventy_percent_is_not_precise() -> None:
    """Elotuzumab with bortezomib, phase 2: 0.72 (70 % 0.59-0.88), p 0.09."""
    one = comparison("evd-phase2", "pfs_hr", "drd")
    assert certainty_of(one, [one]).reasons == ("imprecision: the interval is one of 70 % only",)


def test_a_ratio_of_one_or_more_is_no_delay_at_all() -> None:
    """ENDURANCE: 1.04 (0.83-1.31)."""
    one = comparison("endurance-e1a11", "pfs_hr", "krd")
    assert "was not shown to delay progression" in words(str(main_sentence(one, [one], Traces())))


def test_dose_rules_of_a_chapter_are_those_of_its_schedule() -> None:
    """DRd is drawn with 16 mg/kg, KRd with 27 mg/m2; other schedules have 1800 mg, 56 and 70 mg/m2."""
    tables = [adjustment_section(TOPICS[key], Traces()).blocks[0] for key in ("drd", "krd")]
    told = [words(" ".join(str(row[1]) for row in table.rows)) for table in tables if isinstance(table, Table)]
    assert "Full starting dose of daratumumab 16 mg/kg" in told[0] and "1800" not in told[0]
    assert "Full starting dose of carfilzomib 27 mg/m2" in told[1] and "carfilzomib 56" not in told[1]


def test_the_leading_trial_of_maintenance_is_the_analysis_of_individual_patients() -> None:
    """McCarthy 2017 holds the patients of three trials, and showed a difference in survival."""
    chosen = leading(comparisons_of(TOPICS["maintenance"], load_all()))
    assert [one.study.id for one in chosen if one.study.setting == "maintenance-post-asct"] == ["ma-mccarthy-2017"]


def test_the_mechanism_shows_each_marker_asked_for(page: str) -> None:
    for marker in ("VEGF", "IL-6", "cytochrome c", "caspase-8", "direct killing"):
        assert marker in page


def test_the_page_asks_the_network_nothing(page: str) -> None:
    assert "<script src" not in page
    assert "vegaEmbed=" not in page
    assert re.findall(r'(?:src|xlink:href)="http[^"]*"', page) == []
    assert "@import" not in page


def test_no_caption_or_sentence_holds_an_unfilled_place(page: str) -> None:
    assert "{}" not in page.partition("<script>")[0]
    assert "None" not in words(page)
    assert "`month" not in page
    assert "nan" not in words(page).split()


def test_no_table_is_empty(page: str) -> None:
    assert re.findall(r"<tbody[^>]*>\s*</tbody>", page) == []


def test_a_chapter_on_its_own_is_asked_for_by_name() -> None:
    with pytest.raises(UnknownNameError, match="known: drd, ird, krd, maintenance, rd, transplant, vrd"):
        build_review(regimen="xyzzy", simulate=False)


def predicted(**fields: object) -> TrialPrediction:
    row = ComparisonRow(
        **{
            "endpoint": "orr",
            "arm": "ird",
            "versus": "",
            "month": None,
            "grade": "",
            "unit": "percent",
            "cut": "14.7 months",
            "published": 78.0,
            "published_status": "reported",
            "published_interval": None,
            "predicted": 66.6,
            "predicted_interval": (63.2, 70.1),
            "predicted_level": 0.9,
            "inside": False,
            "source": "",
            "source_quality": "primary",
            "note": "",
            **fields,
        }  # type: ignore[arg-type]
    )
    return TrialPrediction(
        study="tourmaline-mm1",
        role="calibration",
        arms={"ird": "IRd", "rd": "Rd"},
        seed=7,
        replicates=4,
        subjects=2888,
        made="made up",
        rows=(row,),
    )


def test_predictions_state_seed_size_and_role_and_link_what_was_published() -> None:
    traces = Traces()
    section = prediction_section(predicted(), "tourmaline-mm1", traces)
    html = "".join(str(getattr(block, "words", "")) for block in section.blocks)
    assert "seed 7, 4 virtual trials of 722 patients" in words(html)
    assert "agreement is no test" in words(html)
    assert "0 of 1" in words(html)
    table = section.blocks[1]
    assert 'data-trace="fact/tourmaline-mm1/' in str(table)
    assert untraced(html, traces.origins, traces.names) == []


def test_a_chapter_counts_what_the_simulator_met() -> None:
    traces = Traces()
    html = str(simulator_sentence(predicted(inside=True), (), traces))
    assert "Of the published values of TOURMALINE-MM1 , 1 of 1 lie inside" in words(html)
    assert untraced(html, traces.origins, traces.names) == []


def test_what_the_simulator_misses_is_a_disagreement() -> None:
    traces = Traces()
    cohorts = cohorts_of(TOPICS["ird"], load_all())
    section = disagreement_section(cohorts, (), predicted(), traces)
    assert "The simulator misses" in words(str(section))
    section = disagreement_section(cohorts, (), predicted(inside=True), traces)
    assert "The simulator misses" not in words(str(section))


def test_a_harm_keeps_its_whole_name() -> None:
    """`cardiac, pulmonary or renal event` must not become `cardiac`."""
    assert event_name("ae_cardiac_pulmonary_renal") == "cardiac, pulmonary or renal event"


def test_arms_of_two_randomisations_are_not_set_against_each_other(page: str) -> None:
    """EMN01 randomised induction (Rd, MPR, CPR) and later maintenance (R, RP): neutropenia was printed for both."""
    text = words(page)
    assert "25 % with Rd induction then R or RP , 64 % with MPR induction then R or RP" in text
    assert "25 % with Rd induction then R or RP , 21 % with maintenance" not in text


def test_a_chapter_opens_with_the_trial_that_added_the_treatment(page: str) -> None:
    """SWOG S0777 added bortezomib to Rd: 24 against 5 % had neuropathy of grade 3 or 4; MAIA added daratumumab."""
    vrd = words(unfolded(page).partition('<section id="vrd"')[2].partition("</section>")[0])
    assert "adding bortezomib to Rd delayed progression or death ( SWOG S0777 , 525 patients" in vrd
    assert "peripheral neuropathy ( grade 3-4† , 24† against 5 %† )" in vrd
    drd = words(unfolded(page).partition('<section id="drd"')[2].partition("</section>")[0])
    assert "adding daratumumab to Rd delayed progression or death ( MAIA , 737 patients" in drd
    assert "neutropenia" in drd


def test_a_ratio_counted_to_a_month_says_so(page: str) -> None:
    """ASPIRE printed 0.58 of the first 18 months, without interval, beside 0.69 of the whole follow-up."""
    assert "0.58 , counted to month 18" in words(page)


def test_without_evidence_each_question_is_open() -> None:
    section = unknown_chapter((), Traces())
    assert "infection in trials" in str(section)
    assert "median survival in routine care" in str(section)


def test_pdf_without_its_printer_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(InputError, match=r"cereblon\[pdf\]"):
        check_printer()


def test_the_command_writes_one_chapter(tmp_path: object) -> None:
    done = CliRunner().invoke(
        app, ["--regimen", "IRd", "--no-simulation", "--out", str(tmp_path)], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert done.stdout.strip().endswith("review-ird.html")
