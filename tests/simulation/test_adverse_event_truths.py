"""What must be true of adverse events in the engine; small groups with common random numbers."""

from __future__ import annotations

import numpy as np
from engine_arms import Engine

from cereblon.model.engine import trajectory
from cereblon.model.engine.simulation import Results
from cereblon.model.toxicity import events

N = 512


def worst(results: Results, *terms: str) -> np.ndarray:
    """Worst grade of each subject."""
    return np.max([events.unpack(results.weeks.adverse_events, term).max(axis=1) for term in terms], axis=0)


def test_carfilzomib_brings_more_heart_failure_and_hypertension_than_rd_alone(engine: Engine) -> None:
    """ASPIRE: cardiac failure of any grade 6.4 against 4.1 %, hypertension 14.3 against 6.9 % (recalled).

    Half of a trial's size, with the same random numbers in both arms, so nearly everybody who falls ill on Rd does on
    KRd.
    """
    krd, rd = engine.run("krd", N), engine.run("rd", N)
    assert (worst(krd, "cardiac_failure") > 0).sum() > (worst(rd, "cardiac_failure") > 0).sum()
    assert (worst(krd, "hypertension") > 0).sum() > (worst(rd, "hypertension") > 0).sum()


def test_daratumumab_brings_more_infection(engine: Engine) -> None:
    drd, rd = engine.run("drd", N), engine.run("rd", N)
    assert (worst(drd, "infection", "pneumonia") >= 3).sum() > (worst(rd, "infection", "pneumonia") >= 3).sum()


def test_daratumumab_brings_more_severe_neutropenia(engine: Engine) -> None:
    """POLLUX: grade 3 or more in 57.6 against 41.6 %."""
    share = {}
    for arm in ("drd", "rd"):
        weeks = engine.run(arm, N).weeks
        seen = np.where(weeks.flags & trajectory.VISIT_BLOOD, weeks.neutrophils, np.inf)[:, 1:]
        share[arm] = (seen.min(axis=1) < 1.0).mean()
    assert share["drd"] > share["rd"] + 0.03


def test_prophylaxis_prevents_clots(engine: Engine) -> None:
    with_it, without = (engine.run("rd", N, changes={"thrombosis": {"prophylaxis": share}}) for share in (1.0, 0.0))
    assert (worst(with_it, "dvt", "pe") > 0).sum() < 0.8 * (worst(without, "dvt", "pe") > 0).sum()


def test_transplantation_brings_fever_in_neutropenia(engine: Engine) -> None:
    transplanted = engine.run("vrd-asct-ifm2009", N)
    assert (worst(transplanted, "febrile_neutropenia") > 0).mean() > 0.2
    assert (worst(engine.run("dex-high", N), "febrile_neutropenia") > 0).mean() < 0.02


def test_a_fatal_event_is_a_death_from_toxicity_in_the_same_week(engine: Engine) -> None:
    deadly = {"infection": {"fatal_infection": 0.2, "fatal_pneumonia": 0.5}}
    results = engine.run("rd", N, changes=deadly)
    killed = worst(results, *events.TERMS) == 5
    assert killed.sum() > 10
    toxic = results.events.death_cause == trajectory.DEATH_CAUSES.index("toxicity")
    assert toxic[killed].all()
    grade = np.max([events.unpack(results.weeks.adverse_events, term) for term in events.TERMS], axis=0)
    week = (grade == 5).argmax(axis=1)
    assert np.array_equal(results.events.death_day[killed], 7.0 * week[killed] + 3.5)


def test_nothing_happens_after_death(engine: Engine) -> None:
    results = engine.run("rd", N)
    after = results.events.death_day[:, None] < 7.0 * np.arange(results.weeks.flags.shape[1])
    assert after.any()
    assert not results.weeks.adverse_events[after].any()


def test_severe_events_stop_treatment(engine: Engine) -> None:
    always = {"fatigue": {"stop_fatigue": 1.0, "grade_3_fatigue": 0.5, "grade_2_fatigue": 0.6}}
    results = engine.run("rd", N, changes=always)
    severe = worst(results, "fatigue") >= 3
    stopped = results.events.stop_cause[:, 0] == trajectory.STOP_CAUSES.index("toxicity")
    assert severe.sum() > 50
    # The rest had progressed or stopped for other reasons before, or fell ill within four weeks of the end.
    assert stopped[severe].mean() > 0.75
    usual = engine.run("rd", N).events.stop_cause[:, 0] == trajectory.STOP_CAUSES.index("toxicity")
    assert stopped.mean() > usual.mean() + 0.1


_FULL_DOSE = {
    "id": "full-dose",
    "title": "No starting dose by renal function",
    "extends": "us-label",
    "without": ["lenalidomide-start-30-60", "lenalidomide-start-below-30"],
}
_GCSF = {
    "id": "with-gcsf",
    "title": "G-CSF below 1e9/L",
    "extends": "us-label",
    "rules": [
        {
            "id": "gcsf",
            "when": {"anc": {"below": 1.0}},
            "do": "give",
            "give": "g-csf",
            "source": "judged",
            "basis": "assumed",
        }
    ],
}


def severe_neutropenia(results: Results, limit: float) -> float:
    """Share with a count on treatment below a limit, 1e9/L."""
    weeks = results.weeks
    seen = (weeks.flags & trajectory.VISIT_BLOOD > 0) & (weeks.flags & trajectory.ON_TREATMENT > 0)
    return float((np.where(seen, weeks.neutrophils, np.inf)[:, 1:].min(axis=1) < limit).mean())


def test_full_dose_in_renal_failure_gives_more_grade_4_neutropenia_than_label_dosing(engine: Engine) -> None:
    """Creatinine clearance of 30 mL/min: by the label 10 mg, without it 25 mg that stay longer."""
    by_label, full = (
        severe_neutropenia(each.run("rd", N, crcl_ml_min=30.0), 0.5) for each in (engine, engine.under(_FULL_DOSE))
    )
    assert full > by_label + 0.05


def test_gcsf_by_a_rule_shortens_neutropenia(engine: Engine) -> None:
    """Weeks with a count below 1e9/L; the same patients with the same random numbers."""
    low = []
    for each in (engine, engine.under(_GCSF)):
        weeks = each.run("rd", N).weeks
        low.append(((weeks.flags & trajectory.VISIT_BLOOD > 0) & (weeks.neutrophils < 1.0)).sum())
    assert low[1] < 0.95 * low[0]
