"""Designs from Python, on patients with constant hazards: nothing is simulated by the model here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Browser
from tests.trial_design.pools import constant_hazards

import cereblon as cb
from cereblon.core.errors import ArgumentError, InputError
from cereblon.questions.design import design_from_pools
from cereblon.questions.trial_design import TrialDesign
from cereblon.report.document import Section, Table
from cereblon.trial_design.forecast import TrialState, forecast
from cereblon.trial_design.look_data import Look
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.replicates import Enrolment, draw_trials
from cereblon.trial_design.setup import setup_of
from cereblon.trials.accrual import steady
from cereblon.trials.trial import TrialPlan, parse_trial
from real_browser import draw_pictures, in_browser, printed_pages, serious_findings, small_texts, wide_pictures

MONTH = 365.25 / 12
FOLLOWED = 1600.0
TRIAL: dict[str, Any] = {
    "id": "made-up",
    "title": "A made-up trial",
    "population": {"base": "ndmm"},
    "arms": {"new": {"regimen": "vrd", "size": 150}, "old": {"regimen": "rd", "size": 150}},
    "comparator": "old",
    "follow_up_months": 36,
    "dropout_per_year": 0.05,
    "seed": 3,
    "design": {
        "power": 0.8,
        "accrual": {"per_month": 20, "ramp_months": 3},
        "looks": [{"events": 60}, {"events": 120}],
        "futility": {"spending": {"function": "hwang-shih-decani", "gamma": -4}},
    },
}


def plan(**design: Any) -> TrialPlan:
    return parse_trial({**TRIAL, "design": {**TRIAL["design"], **design}}, where="t.yaml")


@pytest.fixture(scope="module")
def designed() -> TrialDesign:
    hazards = {"hazard": 0.6 / (30 * MONTH), "versus": 1.0 / (30 * MONTH)}
    pool = constant_hazards(**hazards, size=4000, followed=FOLLOWED)
    drawn = constant_hazards(**hazards, size=150, followed=FOLLOWED, trials=8, seed=4)
    return design_from_pools(
        plan(),
        pool,
        drawn,
        replicates=200,
        between_trials=0.07,
        search="size",
        state=TrialState(month=14.0, enrolled=200, events=30),
        command="cereblon design t.yaml",
    )


def test_the_answer_says_chance_size_duration_and_the_next_look(designed: TrialDesign) -> None:
    text = str(designed)
    for said in ("chance of success", "assurance", "Expected", "months", "Look 1 is expected in month", "fewest"):
        assert said in text


def test_an_endpoint_that_the_file_does_not_name_is_said(designed: TrialDesign) -> None:
    said = "Primary endpoint: progression-free survival (as the file names none); log-rank test, one-sided 0.025."
    assert said in str(designed)
    settings = dict(designed.table("settings").iter_rows())
    assert settings["primary endpoint"] == "progression-free survival, as the file names none"
    named = replace(designed, plan=plan(primary_endpoint="pfs"))
    assert "Primary endpoint: progression-free survival; log-rank test" in str(named)


def test_the_page_opens_with_the_chance_and_says_that_nothing_was_published(designed: TrialDesign) -> None:
    lead = designed.document().lead
    assert lead[0].startswith("The chance of success is ")
    assert lead[-1].startswith("No published trial to compare with")


def test_every_look_has_its_row(designed: TrialDesign) -> None:
    looks = designed.table("looks")
    assert looks["look"].to_list() == [1, 2]
    assert looks["held_at"].to_list() == ["60 events", "120 events"]
    assert looks["chance_by_then"][-1] == pytest.approx(designed.evaluation.characteristics.power.value)
    assert (looks["monte_carlo_error"] > 0).all()
    assert looks["information"].to_list() == [0.5, 1.0]


def test_the_search_finds_the_smallest_size_that_was_tried(designed: TrialDesign) -> None:
    """Bisection: every tried size below the found one has too little power; the found one has enough."""
    tried = designed.table("search").sort("tried")
    enough = tried.filter(pl.col("power") >= 0.8)
    assert designed.found == enough["tried"].min()
    assert (tried.filter(pl.col("tried") < designed.found)["power"] < 0.8).all()
    share = (designed.found or 0) / 300
    assert f"with looks at {round(60 * share)}, {round(120 * share)} events; expected duration" in str(designed)
    assert 150 < (designed.found or 0) < 450  # Schoenfeld: 121 events of 300 patients have 80 %


def test_each_chance_of_a_search_has_the_error_of_replicates_and_pool(designed: TrialDesign) -> None:
    """Two hundred trials leave sqrt(p (1 - p) / 200); the pool adds to it."""
    between = designed.table("search").filter((pl.col("power") > 0.05) & (pl.col("power") < 0.95))
    assert len(between) >= 3
    replicates = (between["power"] * (1 - between["power"]) / 200).sqrt()
    assert (between["monte_carlo_error"] > replicates).all()
    assert (between["monte_carlo_error"] < 3 * replicates).all()
    assert "Monte Carlo error of that chance" in str(designed)


def test_an_assurance_can_be_searched_for_up_to_the_planned_size() -> None:
    """Over draws that differ, the assurance of a size is below its power, so that more patients are needed."""
    ratios, parts = (0.5, 0.6, 0.9), []
    for number, ratio in enumerate(ratios):
        drawn = constant_hazards(
            hazard=ratio / (30 * MONTH), versus=1.0 / (30 * MONTH), size=150, followed=FOLLOWED, trials=2, seed=number
        )
        parts.append(replace(drawn, trial=drawn.trial + 2 * number))
    columns = ("arm", "event", "known", "stratum", "trial")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    drawn = Pool(**joined, followed=FOLLOWED)
    pool = constant_hazards(hazard=0.6 / (30 * MONTH), versus=1.0 / (30 * MONTH), size=4000, followed=FOLLOWED)
    asked = {"replicates": 200, "between_trials": 0.07, "search": "size", "wanted": 0.5}
    power, assurance = (design_from_pools(plan(), pool, drawn, aim=aim, **asked) for aim in ("power", "assurance"))
    assert assurance.found is not None
    assert power.found is not None
    assert power.found < assurance.found <= 300
    assert set(assurance.table("search")["aim"]) == {"assurance"}
    assert "with an assurance of 50 %" in str(assurance)
    assert assurance.table("grid")["patients_planned"].max() == 300
    assert assurance.assurance is not None
    whole = assurance.table("search").filter(pl.col("tried") == 300)["power"]
    assert whole[0] == pytest.approx(assurance.assurance.chance.value)
    whole = assurance.table("search").filter(pl.col("tried") == 300)["monte_carlo_error"]
    assert whole[0] == pytest.approx(assurance.assurance.chance.error)


def test_power_over_the_grid_rises_with_size(designed: TrialDesign) -> None:
    grid = designed.table("grid")
    whole = grid.filter(pl.col("patients_planned") == 375).sort("until")["power"].to_numpy()
    small = grid.filter(pl.col("patients_planned") == 120).sort("until")["power"].to_numpy()
    assert whole.max() > small.max()


def test_closed_forms_stand_beside_it(designed: TrialDesign) -> None:
    rows = dict(designed.table("closed_forms").select("design_number", "value").iter_rows())
    assert rows["ratio of mean hazards of the simulated arms"] == pytest.approx(0.6, rel=0.1)
    schoenfeld = rows["power of a log-rank test with these events, Schoenfeld"]
    assert schoenfeld == pytest.approx(designed.evaluation.characteristics.power.value, abs=0.12)


def test_assurance_averages_over_draws(designed: TrialDesign) -> None:
    assert designed.assurance is not None
    chances = designed.table("assurance")["power"].to_numpy()
    assert len(chances) == 4
    assert designed.assurance.chance.value == pytest.approx(chances.mean())
    assert designed.assurance.chance.error > 0


def test_the_settings_say_what_a_protocol_says(designed: TrialDesign) -> None:
    settings = dict(designed.table("settings").iter_rows())
    assert settings["accrual"] == "20 patients a month, after a ramp of 3 months; Poisson arrivals"
    assert settings["futility"] == "Hwang-Shih-DeCani, gamma -4, of 20 %, not binding"
    assert settings["type I error"] == "0.05, two-sided"


@in_browser
def test_its_page_can_be_used_without_seeing_it_and_prints_on_twelve_pages(
    designed: TrialDesign, tmp_path: Path, browser: Browser
) -> None:
    """Nothing that axe calls serious or beyond the edge, on a phone in the dark and on a wide screen in the light."""
    place = designed.save(tmp_path / "design.html").as_uri()
    for width, scheme in ((390, "dark"), (1400, "light")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.goto(place)
        draw_pictures(page)
        assert serious_findings(page, ".vega-embed") == []
        assert (small_texts(page), wide_pictures(page)) == ([], [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert 1 < printed_pages(page) <= 12
    context.close()


def test_it_is_saved_as_page_table_and_word_document(designed: TrialDesign, tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    page = designed.save(tmp_path / "design.html").read_text()
    assert 'class="live"' in page  # charts as wide as the window
    for said in (
        "The chance of success is",
        "events and looks",
        "Settings of the simulation",
        "Beside closed forms",
    ):
        assert said in page
    designed.save(tmp_path / "settings.csv", "settings")
    assert "Poisson arrivals" in (tmp_path / "settings.csv").read_text()
    written = docx.Document(str(designed.write_word(tmp_path / "settings.docx")))
    assert written.tables[0].rows[0].cells[0].text == "setting"
    looks = [cell.text for cell in written.tables[1].rows[1].cells]
    assert looks[:2] == ["1", "60 events"]
    assert " % (" in looks[6]  # words of the report, not raw columns
    head = written.tables[1].rows[0]
    assert head._tr.trPr.xpath("w:tblHeader")  # on every page that the table goes on to
    assert head.cells[0].paragraphs[0].runs[0].bold
    assert written.sections[0].page_width > written.sections[0].page_height
    assert json.loads(designed.to_json())["looks"][0]["look"] == 1


def test_events_of_a_trial_under_way_go_on_from_where_it_is(designed: TrialDesign) -> None:
    """It has 30 events of 200 enrolled patients in month 14."""
    first = designed.table("calendar").row(0, named=True)
    assert first["month"] == pytest.approx(14.0)
    assert (first["enrolled_middle"], first["events_middle"]) == (200, 30)


def test_the_picture_of_a_trial_under_way_has_its_looks_where_they_are_expected(designed: TrialDesign) -> None:
    drawn = json.dumps(designed.charts()["calendar"].to_dict(validate=False))
    for look in designed.calendar.looks:
        assert look is not None
        assert f'"month": {look[1]}' in drawn


def test_more_events_than_simulated_bring_the_look_forward() -> None:
    pool = constant_hazards(hazard=0.0008, versus=0.0012, size=2000, followed=FOLLOWED)
    trials = draw_trials(pool, Enrolment(patients=300, accrual=steady(20.0)), 200, seed=1)
    looks = [Look(latest=FOLLOWED, events=120)]
    months = []
    for events in (20, 40, 80):
        found = forecast(trials, looks, state=TrialState(month=12.0, enrolled=240, events=events)).looks[0]
        assert found is not None
        months.append(found[1])
    assert months == sorted(months, reverse=True)


def test_events_over_the_calendar_are_those_of_constant_hazards() -> None:
    """Hazard 0.001 a day from one day on: 122.4 of 400 in a year; 5 standard errors of the median are below 4."""
    pool = constant_hazards(hazard=0.001, versus=0.001, size=20_000, followed=800.0)
    trials = draw_trials(pool, Enrolment(patients=400), 300, seed=1)
    found = forecast(trials, [Look(latest=800.0, day=790.0)])
    assert found.events[12, 1] == pytest.approx(400 * (1 - np.exp(-0.001 * 365.25)), abs=4)
    assert found.enrolled[0].tolist() == [400, 400, 400]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"comparator": None}, "comparator: is missing"),
        ({"design": None}, "design: is missing"),
        ({"arms": {"new": {"regimen": "vrd", "size": 300}}, "comparator": None}, "arms: 1 are there"),
    ],
)
def test_a_trial_that_is_no_comparison_has_no_design(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        setup_of(parse_trial({**TRIAL, **fields}, where="t.yaml"))


def test_the_page_says_in_words_what_was_tried(designed: TrialDesign) -> None:
    shown = {one.title: one.blocks[-1] for one in designed.document().sections if isinstance(one, Section)}
    tried, grid = shown["How large"], shown["Power over size and end of the trial"]
    assert isinstance(tried, Table) and isinstance(grid, Table)
    assert list(tried.head)[:2] == ["patients of both arms", "chance of success"]
    assert list(grid.head) == ["patients of both arms", "events at the last look", "chance of success"]
    assert len(grid.rows) == designed.table("grid").height


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"draws": 1}, "0 leaves assurance out"),
        ({"patients": 3}, "patients: 3 is outside 100 to 200000"),
        ({"wanted": 1.5}, "wanted: 1.5 is no chance of success"),
        ({"draws": 2000}, "draws: 2000 is outside 0 to 1000"),
        ({"replicates": 7}, "replicates: 7 is outside 100 to 100000"),
        ({"search": "cost"}, "'cost'"),
        ({"search": "months"}, "design.looks: are at events"),
        ({"search": "size", "aim": "hope"}, "'hope'"),
        ({"search": "size", "aim": "assurance", "draws": 0}, "assurance is averaged over draws"),
        ({"enrolled": 10}, "belong together"),
        ({"enrolled": 400, "events": 10, "month": 3.0}, "enrolled: 400 of 300 planned patients cannot be"),
        ({"enrolled": 100, "events": 10, "month": -1.0}, "month: -1 is no month of a trial under way"),
        ({"enrolled": 100, "events": 10, "month": 99.0}, r"month: 99 is not before the data cut in month \d+\.\d"),
        ({"enrolled": 100, "events": 200, "month": 3.0}, "events: 200 of 100 enrolled patients cannot be"),
    ],
)
def test_impossible_questions_are_refused_before_anything_is_simulated(asked: dict[str, Any], text: str) -> None:
    with pytest.raises((ArgumentError, InputError), match=text):
        cb.design(TRIAL, **asked)


def test_a_search_for_events_needs_looks_at_events() -> None:
    pool = constant_hazards(hazard=0.001, versus=0.001, size=100, followed=FOLLOWED)
    months = parse_trial({**TRIAL, "design": {"accrual": {"per_month": 20}}}, where="t.yaml")
    with pytest.raises(InputError, match=r"design\.looks: are at months"):
        design_from_pools(months, pool, None, replicates=100, search="events")


def test_a_response_is_designed_too() -> None:
    """45 % against 30 % of 150 each: 2.7 standard errors, so about three in four trials succeed."""
    dice = np.random.default_rng(1)
    pool = constant_hazards(hazard=0.001, versus=0.001, size=3000, followed=FOLLOWED)
    responds = dice.random(6000) < np.where(pool.arm == 0, 0.45, 0.30)
    days = np.where(responds, 56.0, np.inf)
    known = type(pool)(
        arm=pool.arm, event=days, known=days, stratum=pool.stratum, trial=pool.trial, followed=FOLLOWED
    )
    trial = parse_trial(
        {**TRIAL, "design": {"primary_endpoint": "vgpr_or_better", "accrual": {"per_month": 20}}}, where="t.yaml"
    )
    found = design_from_pools(trial, known, None, replicates=400)
    assert found.evaluation.characteristics.power.value == pytest.approx(0.76, abs=0.12)
    assert found.table("looks")["effect_middle"][0] == pytest.approx(15.0, abs=2.5)
    assert found.document().title == "A made-up trial"


def test_a_response_beside_the_primary_endpoint_is_in_answer_summary_and_settings(tmp_path: Path) -> None:
    pool = constant_hazards(hazard=0.6 / (30 * MONTH), versus=1.0 / (30 * MONTH), size=3000, followed=FOLLOWED)
    drawn = constant_hazards(
        hazard=0.6 / (30 * MONTH), versus=1.0 / (30 * MONTH), size=150, followed=FOLLOWED, trials=4
    )
    beside = []
    for number, one in enumerate((pool, drawn)):
        dice = np.random.default_rng(number).random(len(one.arm))
        day = np.where(dice < np.where(one.arm == 0, 0.5, 0.3), 365.0, np.inf)
        beside.append(replace(one, event=day, known=day, landmark=365.0))
    second = {"endpoint": "mrd_negative_1e-5_with_cr", "landmark_months": 12, "months": 30, "alpha": 0.01}
    planned = parse_trial(
        {**TRIAL, "design": {**TRIAL["design"], "co_primary": second}, "estimands": {"pfs": "fda"}}, where="t.yaml"
    )
    found = design_from_pools(planned, pool, drawn, *beside, replicates=200, between_trials=0.0)
    rows = dict(found.table("summary").select("design_number", "value").iter_rows())
    name = "MRD negativity (10^-5) with complete response at month 12"
    assert rows[f"chance of success of {name}"] > 0.5
    assert rows["chance of success of both"] <= rows[f"chance of success of {name}"]
    assert rows["chance of success of one of the two endpoints"] >= rows["chance of success at the best guess"]
    assert f"assurance of {name}" in rows
    assert f"{name}, looked at in month 30.0" in str(found)
    settings = dict(found.table("settings").iter_rows())
    assert settings["type I error"] == "0.05, two-sided; 0.04 for the primary endpoint"
    assert settings["endpoint beside it"].startswith(name)
    assert "convention of the FDA" in settings["conventions of counting"]
    page = found.save(tmp_path / "design.html").read_text()
    assert "one of the two endpoints" in page
