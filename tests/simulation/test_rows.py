"""From what the engine gives to rows of the subject tables: nothing lost, nothing invented, nothing after the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from jax import Array

from cereblon.core import random_streams
from cereblon.criteria import ctcae
from cereblon.model.dosing import dosing_state
from cereblon.model.drugs import DRUGS
from cereblon.model.engine import orders, trajectory
from cereblon.model.engine.inputs import Subject, subjects_of
from cereblon.model.engine.program import Layout, Program, ordered_drugs
from cereblon.model.engine.simulation import Results
from cereblon.model.engine.subject_tables import subject_tables
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.model.regimens.grid import order_grid
from cereblon.trials.allocation import Allocation, allocate
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.trial import parse_trial
from plain_tables import plain

WEEK = 7
RESPONSE_TESTS = ("m_protein", "involved_flc", "uninvolved_flc", "immunofixation_serum")
BLOOD_TESTS = ("neutrophils", "platelets", "haemoglobin")
GAP_DAYS = {"dex": 28, "rd": 14}  # small.yaml


@dataclass(frozen=True)
class Simulated:
    """The first 512 subjects of the small trial, as the engine gives them."""

    prepared: Prepared
    patients: VirtualPatients
    place: Allocation
    results: Results

    def tables(self, results: Results | None = None, place: Allocation | None = None) -> dict[str, pl.DataFrame]:
        place = place or self.place
        tables = subject_tables(
            results or self.results,
            self.patients,
            arm=place.arm,
            arms=list(self.prepared.plan.arms),
            replicate=place.replicate,
            follow_up_days=place.follow_up_days,
            dropped_out=place.dropped_out,
            drugs=self.prepared.layout.drugs,
            parameters=self.prepared.parameters,
            rules=self.prepared.rules,
            ordered=ordered_drugs(self.prepared.program, self.prepared.layout),
            source_id="test",
        )
        return {name: plain(table) for name, table in tables.items()}


@pytest.fixture(scope="module")
def simulated(small_prepared: Prepared) -> Simulated:
    ids, root = np.arange(512), random_streams.root_key(small_prepared.plan.seed)
    patients, place = small_prepared.population.draw(root, ids), allocate(small_prepared.plan, ids)
    subjects = subjects_of(patients, replicate=place.replicate, arm=place.arm, follow_up_days=place.follow_up_days)
    with small_prepared.simulator() as simulator:
        results = simulator.simulate(subjects, small_prepared.n_weeks)
    return Simulated(small_prepared, patients, place, results)


@pytest.fixture(scope="module")
def frames(simulated: Simulated) -> dict[str, pl.DataFrame]:
    return simulated.tables()


@pytest.fixture(scope="module")
def ends(small_frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Day of death or last contact of every subject."""
    final = small_frames["events"].filter(pl.col("event").is_in(["death", "censored"]))
    return final.select("subject_id", end="day", final="event")


# Nothing after the end.


def test_every_subject_dies_or_is_censored_once(ends: pl.DataFrame) -> None:
    assert ends["subject_id"].sort().to_list() == list(range(1200))
    assert set(ends["final"]) == {"death", "censored"}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("events", "day"),
        ("labs", "day"),
        ("responses", "day"),
        ("exposures", "day"),
        ("adverse_events", "start_day"),
        ("adverse_events", "end_day"),
    ],
)
def test_nothing_is_dated_after_death_or_last_contact(
    table: str, column: str, small_frames: dict[str, pl.DataFrame], ends: pl.DataFrame
) -> None:
    late = small_frames[table].join(ends, on="subject_id").filter(pl.col(column) > pl.col("end"))
    assert len(late) == 0
    assert len(small_frames[table]) > 0


def changed_events(simulated: Simulated, **days: float) -> pl.DataFrame:
    """Give subject 0 of the first line other days: alive and on treatment, followed for 100 days, but for these."""
    columns = {name: np.array(column) for name, column in simulated.results.events._asdict().items()}
    for name, column in columns.items():
        column[0] = 1 if name.endswith("cause") else np.inf
    columns["start_day"][0, 0] = 0.0
    for name, day in days.items():
        columns[name].reshape(512, -1)[0, 0] = day
    weeks = simulated.results.weeks._replace(line=np.zeros_like(simulated.results.weeks.line))
    results = simulated.results._replace(weeks=weeks, events=trajectory.DatedEvents(**columns))
    follow_up, dropped = simulated.place.follow_up_days.copy(), simulated.place.dropped_out.copy()
    follow_up[0], dropped[0] = 100.0, False
    place = replace(simulated.place, follow_up_days=follow_up, dropped_out=dropped)
    table = simulated.tables(results, place)["events"].filter(pl.col("subject_id") == 0)
    return table.select("event", "day", "cause").sort("day", "event")


def test_a_stop_after_the_last_contact_was_not_seen(simulated: Simulated) -> None:
    """The engine dates a stop to the end of its week."""
    assert changed_events(simulated, stop_day=103.0).rows() == [
        ("treatment_start", 0.0, ""),
        ("censored", 100.0, "end_of_follow_up"),
    ]
    assert ("treatment_stopped", 100.0, "progression") in changed_events(simulated, stop_day=100.0).rows()


def test_death_after_the_last_contact_was_not_seen(simulated: Simulated) -> None:
    """Who dies of a transplant dies two weeks after it, be the trial over or not."""
    assert changed_events(simulated, transplant_day=90.0, death_day=104.0).rows() == [
        ("treatment_start", 0.0, ""),
        ("transplant", 90.0, ""),
        ("censored", 100.0, "end_of_follow_up"),
    ]


def test_death_ends_treatment_and_what_was_planned_after_it(simulated: Simulated) -> None:
    expected = [("treatment_start", 0.0, ""), ("death", 50.0, "myeloma"), ("treatment_stopped", 50.0, "death")]
    assert changed_events(simulated, death_day=50.0).rows() == expected
    later = {"transplant_day": 52.0, "stop_day": 56.0}
    assert changed_events(simulated, death_day=50.0, **later).rows() == expected


def test_who_stopped_before_death_stopped_for_the_first_reason(simulated: Simulated) -> None:
    assert changed_events(simulated, death_day=50.0, stop_day=49.0).rows() == [
        ("treatment_start", 0.0, ""),
        ("treatment_stopped", 49.0, "progression"),
        ("death", 50.0, "myeloma"),
    ]


# Lines.


def test_lines_begin_one_after_the_other_and_the_next_is_next_therapy(small_frames: dict[str, pl.DataFrame]) -> None:
    events = small_frames["events"]
    starts = events.filter(pl.col("event") == "treatment_start").select("subject_id", "line", "day")
    lines = starts.group_by("subject_id", maintain_order=True).agg("line", "day")
    assert all(line == list(range(1, len(line) + 1)) for line in lines["line"].to_list())
    assert all(day == sorted(set(day)) and day[0] == 0 for day in lines["day"].to_list())
    assert starts["line"].max() == 3
    following = events.filter(pl.col("event") == "next_therapy").select("subject_id", "line", "day")
    assert following.equals(starts.filter(pl.col("line") > 1))


def test_a_line_is_stopped_at_most_once_and_before_the_next_begins(small_frames: dict[str, pl.DataFrame]) -> None:
    events = small_frames["events"]
    stops = events.filter(pl.col("event") == "treatment_stopped")
    assert stops.select("subject_id", "line").is_unique().all()
    assert set(stops["cause"]) == {"progression", "toxicity", "other", "completed", "death"}
    starts = events.filter(pl.col("event") == "next_therapy").select("subject_id", pl.col("line") - 1, start="day")
    both = starts.join(stops, on=["subject_id", "line"], how="left")
    assert both["day"].null_count() == 0
    assert (both["day"] <= both["start"]).all()


def test_who_dies_on_treatment_stops_on_the_day_of_death(
    small_frames: dict[str, pl.DataFrame], ends: pl.DataFrame
) -> None:
    stops = small_frames["events"].filter((pl.col("event") == "treatment_stopped") & (pl.col("cause") == "death"))
    assert len(stops) > 50
    assert (stops.join(ends, on="subject_id")["end"] == stops["day"]).all()


# Progression: the engine and the assessment of the tables look at the same values.


@pytest.fixture(scope="module")
def switches(small_frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Every change of line with the confirmed progression before it and the visits it rests on."""
    events, key = small_frames["events"], ["subject_id", "line"]
    gap = pl.col("arm").replace_strict(GAP_DAYS)
    change = events.filter(pl.col("event") == "next_therapy").select(
        "subject_id", pl.col("line") - 1, confirmed=pl.col("day") - gap
    )
    found = events.filter(pl.col("event") == "progression").select(*key, progression="day")
    visits = small_frames["labs"].filter(pl.col("test") == "m_protein").select("subject_id", "day")
    before = visits.with_columns(visit_before=pl.col("day").shift(1).over("subject_id"))
    isotype = small_frames["subjects"].select("subject_id", "isotype")
    return (
        change.join(found, on=key, how="left")
        .join(before, left_on=["subject_id", "confirmed"], right_on=["subject_id", "day"], how="left")
        .join(isotype, on="subject_id")
    )


def test_there_are_changes_of_line_enough_to_judge(switches: pl.DataFrame) -> None:
    assert len(switches) > 200
    assert len(switches.filter(pl.col("isotype") == "light_chain")) > 40
    assert len(switches.filter(pl.col("line") == 2)) > 10


def test_the_next_line_begins_a_gap_after_a_visit(switches: pl.DataFrame) -> None:
    assert switches["visit_before"].null_count() == 0


def test_progression_is_first_seen_on_the_visit_before_the_one_that_confirms_it(switches: pl.DataFrame) -> None:
    assert switches["progression"].to_list() == switches["visit_before"].to_list()


def test_progression_without_a_next_line_came_too_late_for_one(
    small_frames: dict[str, pl.DataFrame], switches: pl.DataFrame, ends: pl.DataFrame
) -> None:
    """With a line left, the gap after the confirming visit ends after death or the last contact."""
    line_is_left = pl.col("line") < pl.col("arm").replace_strict({"dex": 3, "rd": 2})
    progressions = small_frames["events"].filter((pl.col("event") == "progression") & line_is_left)
    alone = progressions.join(switches, on=["subject_id", "line"], how="anti").join(ends, on="subject_id")
    visits = small_frames["labs"].filter(pl.col("test") == "m_protein").select("subject_id", visit="day")
    confirmed = (
        alone.join(visits, on="subject_id")
        .filter(pl.col("visit") > pl.col("day"))
        .group_by("subject_id", "line", "end", "arm")
        .agg(pl.col("visit").min())
    )
    assert len(confirmed) == len(alone) > 5
    begins = confirmed["visit"] + confirmed["arm"].replace_strict(GAP_DAYS)
    assert (begins > confirmed["end"]).all()


# Exposures.


def test_no_more_is_given_than_planned(small_frames: dict[str, pl.DataFrame]) -> None:
    """A millionth of slack: sums of single precision."""
    exposures = small_frames["exposures"]
    assert (exposures["given_doses"] <= exposures["planned_doses"]).all()
    assert (exposures["given_mg"] <= exposures["planned_mg"] * (1 + 1e-6)).all()
    assert (exposures["planned_doses"] > 0).all()
    assert (exposures["given_doses"] < exposures["planned_doses"]).any()


def test_exposures_are_the_weekly_amounts_cycle_by_cycle(
    simulated: Simulated, frames: dict[str, pl.DataFrame]
) -> None:
    weeks, drugs = simulated.results.weeks, simulated.prepared.layout.drugs
    expected: dict[tuple[int, int, int, str], list[float]] = {}
    for subject, week in zip(*np.nonzero(weeks.flags & trajectory.ON_TREATMENT), strict=True):
        for place, drug in enumerate(drugs):
            key = (subject, int(weeks.line[subject, week]) + 1, int(weeks.cycle[subject, week]) + 1, drug)
            found = expected.setdefault(key, [WEEK * week, 0, 0, 0, 0])
            for position, name in enumerate(("planned_doses", "given_doses", "planned_mg", "given_mg"), start=1):
                found[position] += float(getattr(weeks, name)[subject, week, place])
    ordered = {key: found for key, found in expected.items() if found[1]}
    columns = ("subject_id", "line", "cycle", "drug", "day", "planned_doses", "given_doses", "planned_mg", "given_mg")
    rows = {row[:4]: list(row[4:]) for row in frames["exposures"].select(columns).iter_rows()}
    assert rows.keys() == ordered.keys()
    assert len(rows) == len(frames["exposures"]) > 5000
    assert all(rows[key] == pytest.approx(ordered[key], rel=1e-9) for key in rows)


def whole_cycles(simulated: Simulated, frames: dict[str, pl.DataFrame]) -> Iterator[tuple[dict[str, Any], float]]:
    """Give exposures of cycles that were followed by another, each with the amount that its regimen orders."""
    exposures = frames["exposures"]
    last = exposures.group_by("subject_id", "line").agg(last=pl.col("cycle").max())
    grids = {arm: [order_grid(line) for line in lines] for arm, lines in simulated.prepared.lines.items()}
    for row in exposures.join(last, on=["subject_id", "line"]).filter(pl.col("cycle") < pl.col("last")).to_dicts():
        grid = grids[row["arm"]][row["line"] - 1]
        template = grid.cycle_template[min(row["cycle"], grid.n_cycles) - 1]
        yield row, float(grid.template_dose[template, :, DRUGS.index(row["drug"])].sum())


def test_a_whole_cycle_is_planned_as_ordered(simulated: Simulated, frames: dict[str, pl.DataFrame]) -> None:
    """By the label dexamethasone is halved over 75 years, and lenalidomide less than 25 mg below 60 mL/min."""
    patients, seen = simulated.patients, set()
    decided = set(frames["decisions"].select("drug", "subject_id").iter_rows())
    for row, ordered in whole_cycles(simulated, frames):
        subject = row["subject_id"]
        if row["drug"] == "dexamethasone":
            old = patients.age[subject] > 75
            assert row["planned_mg"] == pytest.approx(ordered * (0.5 if old else 1.0), rel=1e-6)
            assert row["given_mg"] == row["planned_mg"] or ("dexamethasone", subject) in decided
            seen.add(("dexamethasone", old))
        elif patients.crcl_ml_min[subject] >= 60:
            assert row["planned_mg"] == pytest.approx(ordered, rel=1e-6)
            seen.add(("lenalidomide", True))
        else:
            assert row["planned_mg"] < ordered or ordered < 25 * 21
            seen.add(("lenalidomide", False))
    assert len(seen) == 4


@partial(jax.jit, static_argnames=("layout",))
def first_orders(program: Program, template: Array, day: Array, person: Subject, layout: Layout) -> orders.WeekOrders:
    """Order a week of the first line for one person whose doses no rule has changed."""
    state, zero = dosing_state.start(len(layout.drugs)), jnp.asarray(0)
    known = orders.known(program, template, orders.TreatmentPosition(zero, zero, zero, zero), person, layout)
    starting = dosing_state.starting_doses(state, program.rules, known)
    return orders.week_orders(program, template, day, jnp.asarray(True), person, state, starting, layout)


@pytest.mark.parametrize("name", ["rd18", "vd", "krd", "drd-sc", "vrd-s0777", "vrd-asct-ifm2009"])
def test_without_rules_what_is_ordered_times_body_size_is_planned_and_given(name: str) -> None:
    """One person of 1.8 m2 and 70 kg through every template, week by week; sums of single precision."""
    prepared = prepare(
        parse_trial(
            {
                "id": "as-ordered",
                "title": "Without dose rules",
                "population": {"base": "ndmm"},
                "arms": {"one": {"regimen": name, "size": 1}},
                "follow_up_months": 1,
                "rules": "none",
            },
            where="test",
        )
    )
    person = Subject(*(jnp.asarray(0.0) for _ in Subject._fields))._replace(
        height_cm=jnp.asarray(170.0),
        age=jnp.asarray(80.0),
        crcl_ml_min=jnp.asarray(20.0),
        bsa_m2=jnp.asarray(1.8),
        weight_kg=jnp.asarray(70.0),
    )
    grid, layout = order_grid(prepared.lines["one"][0]), prepared.layout
    for template, days in enumerate(grid.template_days):
        weeks = [
            first_orders(prepared.program, jnp.asarray(template), jnp.asarray(day), person, layout)
            for day in range(0, days, WEEK)
        ]
        for drug in layout.drugs:
            place = DRUGS.index(drug)
            size = (1.0, 1.8, 70.0)[grid.template_unit[template, place]]
            ordered = grid.template_dose[template, :days, place] * size
            for amounts in ([week.planned[drug] for week in weeks], [week.given[drug] for week in weeks]):
                np.testing.assert_allclose(np.concatenate(amounts), ordered, rtol=1e-6)


# Laboratory values.


def test_labs_are_the_values_of_the_visits_and_only_those(
    simulated: Simulated, frames: dict[str, pl.DataFrame]
) -> None:
    weeks, labs = simulated.results.weeks, frames["labs"]
    visited = {name: (weeks.flags & bit) > 0 for name, bit in (("response", 1), ("blood", 2), ("marrow", 4))}
    for test, values, when in (
        ("m_protein", weeks.m_protein, visited["response"]),
        ("involved_flc", weeks.involved_flc, visited["response"]),
        ("uninvolved_flc", weeks.uninvolved_flc, visited["response"]),
        ("immunofixation_serum", (weeks.flags & 8) > 0, visited["response"]),
        ("marrow_plasma_cells", weeks.plasma_cells, visited["marrow"]),
        ("neutrophils", weeks.neutrophils, visited["blood"]),
        ("platelets", weeks.platelets, visited["blood"]),
        ("haemoglobin", weeks.haemoglobin, visited["blood"]),
    ):
        subject, week = np.nonzero(when)
        rows = labs.filter(pl.col("test") == test)
        assert rows["subject_id"].to_list() == subject.tolist()
        assert rows["day"].to_list() == (WEEK * week).tolist()
        assert rows["value"].to_list() == values[subject, week].astype(np.float64).tolist()


def test_baseline_is_measured_on_day_0_as_in_the_table_of_subjects(frames: dict[str, pl.DataFrame]) -> None:
    """Half of the last digit that a laboratory reports, 0.1 g/L and 0.1 mg/L; blood counts are not rounded."""
    first = frames["labs"].filter(pl.col("day") == 0)
    for test, column, slack in (
        ("m_protein", "m_protein_g_l", 0.0501),
        ("involved_flc", "involved_flc_mg_l", 0.0501),
        ("uninvolved_flc", "uninvolved_flc_mg_l", 0.0501),
        ("neutrophils", "neutrophils_1e9_l", 1e-5),
        ("platelets", "platelets_1e9_l", 1e-3),
        ("haemoglobin", "haemoglobin_g_l", 1e-4),
    ):
        rows = first.filter(pl.col("test") == test)
        assert rows["subject_id"].to_list() == list(range(512))
        difference = rows["value"].to_numpy() - frames["subjects"][column].to_numpy()
        # Values of thousands of mg/L have seven digits of single precision.
        assert np.all(np.abs(difference) <= slack + 1e-6 * rows["value"].to_numpy())


def test_response_visits_come_every_four_weeks_and_some_are_missed(frames: dict[str, pl.DataFrame]) -> None:
    days = frames["labs"].filter(pl.col("test") == "m_protein").group_by("subject_id").agg("day")["day"]
    assert all(day % 28 == 0 for subject in days for day in subject)
    steps = np.concatenate([np.diff(subject) for subject in days])
    assert 0.5 < np.mean(steps == 28) < 1


def test_clone_and_residual_disease_are_sought_in_the_marrow_after_baseline(frames: dict[str, pl.DataFrame]) -> None:
    labs = frames["labs"]
    marrow = labs.filter((pl.col("test") == "marrow_plasma_cells") & (pl.col("day") > 0)).select("subject_id", "day")
    assert len(marrow) > 10
    for test in ("mrd", "marrow_clonal"):
        assert labs.filter(pl.col("test") == test).select("subject_id", "day").equals(marrow)
    assert len(labs.filter((pl.col("test") == "marrow_plasma_cells") & (pl.col("day") == 0))) == 512


def test_an_mrd_assay_finds_a_tenth_of_the_share_in_a_biopsy(
    simulated: Simulated, frames: dict[str, pl.DataFrame]
) -> None:
    """Demyanets 2020: medians of 3.0 % by flow of the aspirate and 30.0 % in the biopsy; below 1e-5 it reports 0."""
    labs = frames["labs"].filter(pl.col("test") == "mrd")
    first = frames["subjects"]["subject_id"].min()
    place, week = labs["subject_id"].to_numpy() - first, (labs["day"].to_numpy() / WEEK).astype(int)
    drawn_up = 0.1 * np.asarray(simulated.results.weeks.clonal_share)[place, week]
    # Single precision keeps 7 digits.
    np.testing.assert_allclose(labs["value"].to_numpy(), np.where(drawn_up >= 1e-5, drawn_up, 0.0), rtol=1e-5)


# Adverse events.


def graded(simulated: Simulated) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give where each event is looked for, and its grade there; shape (subject, week)."""
    weeks, patients = simulated.results.weeks, simulated.patients
    on = (weeks.flags & trajectory.ON_TREATMENT) > 0
    counted = on & ((weeks.flags & trajectory.VISIT_BLOOD) > 0)
    counted[:, 0] = False
    worse = np.where(weeks.neuropathy > patients.baseline_neuropathy_grade[:, None], weeks.neuropathy, 0)
    return {
        "neutropenia": (counted, ctcae.neutropenia_grade(weeks.neutrophils, np)),
        "thrombocytopenia": (counted, ctcae.thrombocytopenia_grade(weeks.platelets, np)),
        "anaemia": (counted, ctcae.anaemia_grade(weeks.haemoglobin, ~patients.male[:, None], np)),
        "peripheral_neuropathy": (on, worse),
    }


def episodes(seen: np.ndarray, grade: np.ndarray, line: np.ndarray) -> list[tuple[float, float | None, int, int]]:
    """Follow one subject visit by visit: first day, first well day, worst grade and line of each episode."""
    found: list[tuple[float, float | None, int, int]] = []
    current: list[float] | None = None
    for week in np.flatnonzero(seen):
        day, now, where = float(WEEK * week), int(grade[week]), int(line[week]) + 1
        if current is not None and current[2] != where:
            found.append((current[0], None, int(current[1]), int(current[2])))
            current = None
        if now == 0 and current is not None:
            found.append((current[0], day, int(current[1]), int(current[2])))
            current = None
        elif now > 0 and current is None:
            current = [day, now, where]
        elif now > 0 and current is not None:
            current[1] = max(current[1], now)
    if current is not None:
        found.append((current[0], None, int(current[1]), int(current[2])))
    return found


@pytest.mark.parametrize("event", ["neutropenia", "thrombocytopenia", "anaemia", "peripheral_neuropathy"])
def test_episodes_are_what_one_sees_following_subjects_visit_by_visit(
    event: str, simulated: Simulated, frames: dict[str, pl.DataFrame]
) -> None:
    seen, grade = graded(simulated)[event]
    expected = [
        (subject, *episode)
        for subject in range(512)
        for episode in episodes(seen[subject], np.asarray(grade)[subject], simulated.results.weeks.line[subject])
    ]
    rows = frames["adverse_events"].filter(pl.col("event") == event)
    assert rows.select("subject_id", "start_day", "end_day", "grade", "line").rows() == expected
    assert len(expected) > 20


def test_an_event_is_put_down_to_drugs_that_the_subject_had_before_in_that_line(
    simulated: Simulated, frames: dict[str, pl.DataFrame]
) -> None:
    weeks, drugs = simulated.results.weeks, simulated.prepared.layout.drugs
    found = frames["adverse_events"].select("subject_id", "line", "start_day", "related")
    for subject, line, day, related in found.iter_rows():
        before = (weeks.line[subject] == line - 1) & (np.arange(weeks.line.shape[1]) < day / WEEK)
        given = weeks.given_doses[subject][before].sum(axis=0)
        assert related == ",".join(drug for drug, doses in zip(drugs, given, strict=True) if doses)
    assert set(found["related"]) == {"", "dexamethasone", "lenalidomide", "lenalidomide,dexamethasone"}


def test_rows_do_not_depend_on_who_else_is_in_the_block(
    simulated: Simulated, small_frames: dict[str, pl.DataFrame], small_prepared: Prepared
) -> None:
    """The last block alone has 176 subjects, one of dexamethasone's arm has had no other drug."""
    alone = simulated.place.arm == 0
    results = Results(
        trajectory.WeeklyValues(*(column[alone] for column in simulated.results.weeks)),
        trajectory.DatedEvents(*(column[alone] for column in simulated.results.events)),
        simulated.results.result_code[alone],
    )
    place = Allocation(**{name: getattr(simulated.place, name)[alone] for name in Allocation.__dataclass_fields__})
    part = Simulated(small_prepared, simulated.patients.take(alone), place, results).tables()
    for name, frame in part.items():
        whole = simulated.tables()[name].filter(pl.col("arm") == "dex")
        assert frame.equals(whole), name


def test_held_and_reduced_doses_show_in_the_action(frames: dict[str, pl.DataFrame]) -> None:
    """Neutropenia of grade 3 and 4 holds lenalidomide by the label; who else is held or reduced has a rule for it."""
    severe = frames["adverse_events"].filter((pl.col("event") == "neutropenia") & (pl.col("grade") >= 3))
    lenalidomide = severe.filter(pl.col("related").str.contains("lenalidomide"))
    assert len(lenalidomide) > 20
    assert lenalidomide["action"].value_counts(sort=True)["action"][0] == "held"
    alone = frames["adverse_events"].filter((pl.col("related") == "dexamethasone") & (pl.col("line") == 1))
    acted = alone.filter(pl.col("action").is_in(["held", "reduced"]))["subject_id"]
    assert 0 < len(set(acted)) < len(set(alone["subject_id"]))
    assert set(acted) <= set(frames["decisions"]["subject_id"])


def test_all_columns_of_all_tables_come_from_somewhere(simulated: Simulated, tmp_path: Path) -> None:
    """Every table survives a Parquet file: words, nulls and order."""
    for name, frame in simulated.tables().items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
        assert pl.DataFrame(pl.from_arrow(pa.parquet.read_table(tmp_path / f"{name}.parquet"))).equals(frame)
