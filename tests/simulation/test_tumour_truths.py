"""What must be true of a tumour under treatment, in small simulated groups with common random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from engine_arms import GAP_DAYS, SEED, WEEKS, Engine

from cereblon.model.engine import trajectory
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.simulation import Results

N = 256
NO_NOISE = {
    "proteins": {"assay_proportional": 0.0, "assay_additive": 0.0, "missed_visit": 0.0, "quantification_limit": 0.0}
}
# Chance would let a stronger drug be given less; these arms are run without dose rules, too.
NO_STOPS = {"mortality": {"stop_rate": 0.0, "stop_by_proteasome_inhibitor": 0.0}}
Changes = Mapping[str, Mapping[str, float]]


def with_m_protein(engine: Engine, results: Results) -> np.ndarray:
    """M-protein at every fourth week relative to baseline, of subjects who have one; not a number after death."""
    died = results.events.death_day[:, None] < 7.0 * np.arange(WEEKS)
    values = np.where(died, np.nan, results.weeks.m_protein)[engine.patients.m_protein_g_l[:N] > 5.0]
    return np.asarray(values[:, ::4] / values[:, :1])


def deepest(engine: Engine, arm: str, changes: Changes = NO_NOISE | NO_STOPS) -> np.ndarray:
    return np.nanmin(with_m_protein(engine, engine.under("none").run(arm, N, changes=changes)), axis=1)


def test_without_drugs_the_tumour_grows_in_everybody(engine: Engine) -> None:
    ratio = with_m_protein(engine, engine.run("observation", N, changes=NO_NOISE))
    # Not at capacity, where nothing grows; 1e-3 is the rounding to one decimal of g/L.
    step = np.diff(ratio, axis=1)
    assert (step[np.isfinite(step)] >= -1e-3).all()
    assert np.nanmedian(ratio[:, -1]) > 1.3


def test_without_drugs_the_disease_progresses_in_most(engine: Engine) -> None:
    """Growth of 25 % takes 3 months at the typical rate, and confirmation a month more; slow tumours take longer."""
    events = engine.run("observation", N).events
    assert 0.6 < np.isfinite(events.progression_day[:, 0]).mean() < 1.0


def test_with_drugs_most_respond_and_fewer_progress(engine: Engine) -> None:
    untreated, treated = (
        np.isfinite(engine.run(arm, N).events.progression_day[:, 0]).mean() for arm in ("observation", "rd")
    )
    assert treated < 0.5 * untreated
    assert (
        np.nanmin(with_m_protein(engine, engine.run("rd", N)), axis=1) <= 0.5
    ).mean() > 0.6  # partial response or better


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("observation", "dex-high"),
        ("dex-high", "rd"),
        ("rd", "vrd-s0777"),
        ("rd", "krd"),
        ("rd", "drd"),
    ],
)
def test_a_drug_more_gives_a_deeper_response(engine: Engine, weaker: str, stronger: str) -> None:
    less, more = deepest(engine, weaker), deepest(engine, stronger)
    assert np.median(np.log(more + 1e-6)) < np.median(np.log(less + 1e-6))
    # Regimens differ in days and doses too, so not in everyone; but in most of the same people.
    assert (more <= less + 1e-3).mean() > 0.7


def test_a_stronger_drug_never_gives_a_shallower_response_in_the_same_person(engine: Engine) -> None:
    typical = model_parameters()["lenalidomide"]["kill"]
    depths = [
        deepest(engine, "rd", NO_NOISE | NO_STOPS | {"lenalidomide": {"kill": factor * typical}})
        for factor in (0.5, 1.0, 2.0)
    ]
    for shallow, deep in pairwise(depths):
        assert (deep <= shallow + 0.02).all()  # M-protein of more than 5 g/L is rounded to 0.1 g/L
    assert np.median(depths[2]) < 0.8 * np.median(depths[0])


def test_a_refractory_tumour_responds_less(engine: Engine) -> None:
    naive, refractory = (
        np.nanmin(with_m_protein(engine, engine.run("rd", N, refractory=share)), axis=1) for share in (0.0, 1.0)
    )
    assert np.median(refractory) > np.median(naive) + 0.2


def test_high_risk_disease_progresses_sooner(engine: Engine) -> None:
    standard, high = (
        np.isfinite(engine.run("rd", N, high_risk=risk).events.progression_day[:, 0]).mean() for risk in (0.0, 1.0)
    )
    assert high > standard


def test_melphalan_makes_a_step_down(engine: Engine) -> None:
    """Marrow is not examined every week, so its share of clonal cells is read from the record: it follows the burden.

    An AUC of 13 mg h/L kills exp(-13 x 0.14) or 84 % in the median subject; in nine of ten at least half is to go.
    """
    results = engine.run("vrd-asct-ifm2009", N)
    done = np.flatnonzero(np.isfinite(results.events.transplant_day[:, 0]))
    week = (results.events.transplant_day[done, 0] // 7).astype(int)
    left = results.weeks.clonal_share[done, week + 1] / results.weeks.clonal_share[done, week]
    assert len(done) > 150
    assert (left < 0.5).mean() > 0.9


def test_nobody_s_resistance_comes_from_nowhere(engine: Engine) -> None:
    """With no resistant clone and no acquisition everybody keeps responding to the end."""
    susceptible = {
        "clones": {
            **{f"log_odds_{clone}": -20.0 for clone in ("imid_resistant", "pi_resistant", "cd38_escaped")},
            "log_odds_multi_resistant": -20.0,
            "acquisition": 0.0,
        },
        "lenalidomide": {"kill": 0.2},
    }
    events = engine.run("rd", N, changes=NO_STOPS | susceptible).events
    assert np.isfinite(events.progression_day[:, 0]).mean() < 0.03


def test_the_next_line_starts_after_progression_and_the_gap(engine: Engine) -> None:
    results = engine.run("dex-high then rd", N)
    events, weeks = results.events, results.weeks
    progressed = np.isfinite(events.confirmed_day[:, 0])
    begun = np.isfinite(events.start_day[:, 1])
    assert begun.sum() > 50
    assert not (begun & ~progressed).any()
    wait = events.start_day[begun, 1] - events.confirmed_day[begun, 0]
    assert set(wait) == {float(GAP_DAYS)}
    # From its first day the second line's drug is given; before it never.
    lenalidomide = weeks.given_mg[:, :, engine.layout.drugs.index("lenalidomide")]
    second = weeks.line == 1
    assert lenalidomide[second].sum() > 0.0
    assert lenalidomide[~second].sum() == 0.0


def test_between_two_lines_nothing_is_given(engine: Engine) -> None:
    results = engine.run("dex-high then rd", N)
    confirmed, start = results.events.confirmed_day[:, 0], results.events.start_day[:, 1]
    day = 7.0 * np.arange(WEEKS)
    between = (day >= confirmed[:, None]) & (day < start[:, None])
    assert between.any()
    assert not results.weeks.given_mg[between].any()
    assert not (results.weeks.flags[between] & trajectory.ON_TREATMENT).any()


def test_progression_is_dated_before_it_is_confirmed(engine: Engine) -> None:
    events = engine.run("observation", N).events
    seen = np.isfinite(events.confirmed_day[:, 0])
    assert (events.progression_day[seen, 0] < events.confirmed_day[seen, 0]).all()
    assert (events.progression_day[seen, 0] > 0.0).all()


def test_death_ends_everything(engine: Engine) -> None:
    deadly = {"mortality": {"disease_rate": 2.0}}
    results = engine.run("rd", N, changes=deadly)
    died = np.isfinite(results.events.death_day)
    assert died.mean() > 0.3
    after = 7.0 * np.arange(WEEKS) > results.events.death_day[:, None]
    visit = trajectory.VISIT_RESPONSE | trajectory.VISIT_BLOOD | trajectory.VISIT_MARROW | trajectory.ON_TREATMENT
    assert not (results.weeks.flags[after] & visit).any()
    assert not results.weeks.given_mg[after].any()


def test_everybody_is_whole(engine: Engine) -> None:
    """Seed 5 is one of many; the arms hold every drug."""
    assert SEED == 5
    assert not engine.run("vrd-asct-ifm2009", 512).result_code.any()
