"""Hazards of adverse events: what raises them, and how a week's draw becomes grade, end and consequence."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.parameter import all_parameters, values
from cereblon.model.toxicity import events, infection, thrombosis
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS
from cereblon.model.toxicity.risk_factors import (
    DiseaseState,
    PatientFactors,
    RecentDoses,
    RiskFactors,
    no_doses,
    remember,
)

GROUPS = (*events.GROUPS, "adverse_events")
P = {group: jax.tree.map(jnp.float32, values(group)) for group in GROUPS}
NOTHING = no_doses(jnp.float32(0.0))


def doses(**given: float) -> RecentDoses:
    own = {name: jnp.float32(value) for name, value in given.items()}
    inhibitors = {drug: own.pop(drug, zero) for drug, zero in NOTHING.inhibitors.items()}
    return NOTHING._replace(inhibitors=inhibitors, **own)


def patient(**changed: float) -> PatientFactors:
    usual = {"age": 65.0, "frailty": 0.0, "bmi": 24.0, "cardiac_history": 0.0}
    return PatientFactors(**{name: jnp.float32(value) for name, value in (usual | changed).items()})


def disease_state(**changed: float) -> DiseaseState:
    usual = {"burden": 1.0, "neutrophils": 4.0, "antibody": 0.0, "lenalidomide_years": 0.0, "transplanted": 0.0}
    return DiseaseState(**{name: jnp.float32(value) for name, value in (usual | changed).items()})


def situation(
    who: PatientFactors | None = None,
    recent: RecentDoses | None = None,
    now: DiseaseState | None = None,
    prophylaxis: float = 0.0,
    years: float = 2.0,
) -> RiskFactors:
    return RiskFactors(
        who or patient(), recent or doses(), now or disease_state(), jnp.float32(prophylaxis), jnp.float32(years)
    )


@jax.jit
def _all(now: RiskFactors) -> dict[str, jax.Array]:
    return events.hazards(now, P)


def hazards(
    who: PatientFactors | None = None,
    recent: RecentDoses | None = None,
    now: DiseaseState | None = None,
    prophylaxis: float = 0.0,
    years: float = 2.0,
) -> dict[str, float]:
    """Hazards by term, 1/year."""
    made = _all(situation(who, recent, now, prophylaxis, years))
    return {term: float(rate) for term, rate in made.items()}


RD_DOSES = {"lenalidomide": 1.0, "dexamethasone": 1.0}
RD = doses(**RD_DOSES)


@pytest.mark.parametrize(
    ("term", "more", "less"),
    [
        ("cardiac_failure", {"recent": doses(**RD_DOSES, carfilzomib=1.0)}, {"recent": RD}),
        ("hypertension", {"recent": doses(**RD_DOSES, carfilzomib=1.0)}, {"recent": RD}),
        ("ischaemic_heart_disease", {"who": patient(cardiac_history=1.0)}, {}),
        ("cardiac_failure", {"who": patient(age=80.0)}, {}),
        ("infection", {"now": disease_state(antibody=1.0)}, {}),
        ("infection", {"now": disease_state(burden=1.0)}, {"now": disease_state(burden=0.1)}),
        ("pneumonia", {"now": disease_state(neutrophils=0.4)}, {}),
        ("pneumonia", {"who": patient(frailty=2.0)}, {}),
        ("dvt", {"recent": RD}, {}),
        ("dvt", {"recent": RD}, {"recent": RD, "prophylaxis": 1.0}),
        ("pe", {"recent": RD, "years": 0.0}, {"recent": RD}),
        ("diarrhoea", {"recent": doses(**RD_DOSES, ixazomib=1.0)}, {"recent": RD}),
        ("rash", {"recent": doses(**RD_DOSES, ixazomib=1.0)}, {"recent": RD}),
        ("fatigue", {"recent": RD}, {}),
        ("hepatotoxicity", {"recent": RD}, {}),
        ("spm_solid", {"now": disease_state(lenalidomide_years=3.0)}, {}),
        (
            "spm_haematological",
            {"now": disease_state(lenalidomide_years=3.0, transplanted=1.0)},
            {"now": disease_state(lenalidomide_years=3.0)},
        ),
    ],
)
def test_what_is_known_to_harm_raises_the_hazard(term: str, more: dict[str, object], less: dict[str, object]) -> None:
    assert hazards(**more)[term] > hazards(**less)[term]  # type: ignore[arg-type]


def test_ixazomib_and_bortezomib_do_not_harm_the_heart() -> None:
    """Each drug by its own data: trials put that signal on carfilzomib."""
    with_them = hazards(recent=doses(**RD_DOSES, ixazomib=1.0, bortezomib=1.0))
    assert with_them["cardiac_failure"] == hazards(recent=RD)["cardiac_failure"]
    assert with_them["hypertension"] == hazards(recent=RD)["hypertension"]


def test_half_the_dose_brings_less_of_every_harm_of_a_drug() -> None:
    half = doses(lenalidomide=0.5, dexamethasone=0.5)
    for term in ("infection", "diarrhoea", "rash", "fatigue", "hepatotoxicity"):
        assert hazards()[term] < hazards(recent=half)[term] < hazards(recent=RD)[term]


def test_fever_comes_only_with_low_neutrophils() -> None:
    assert hazards(now=disease_state(neutrophils=1.0))["febrile_neutropenia"] == 0.0
    assert hazards(now=disease_state(neutrophils=0.1))["febrile_neutropenia"] > 5.0


@pytest.mark.parametrize(
    ("lenalidomide", "dexamethasone", "bmi", "prophylaxis", "points"),
    [(1.0, 1.0, 24.0, 0.0, 6.0), (1.0, 3.0, 25.0, 0.0, 9.0), (1.0, 1.0, 25.0, 1.0, 4.0), (0.0, 3.0, 24.0, 1.0, 4.0)],
)
def test_points_are_those_of_the_impede_score(
    lenalidomide: float, dexamethasone: float, bmi: float, prophylaxis: float, points: float
) -> None:
    """IMiD 4, dexamethasone up to 160 mg a month 2 and above 4, body mass index of 25 or more 1, prophylaxis -3.

    http://www.ash-sap.org/view-large/11540537; 120 mg a week is high-dose dexamethasone.
    """
    recent = doses(lenalidomide=lenalidomide, dexamethasone=dexamethasone)
    assert float(thrombosis.impede(patient(bmi=bmi), recent, jnp.float32(prophylaxis))) == points


def test_a_dose_is_felt_for_about_its_memory() -> None:
    """After a time of `memory` a stopped drug is down to 1/e."""
    recent, memory = RD, jnp.float32(14.0)
    for _ in range(2):
        recent = remember(recent, doses(), memory)
    assert float(recent.lenalidomide) == pytest.approx(np.exp(-1.0), rel=1e-5)


# A week's draws.

_SEVERITY = events.severity(jnp.float32(65.0), P)


@jax.jit
def _week(grade: jax.Array, hazard: jax.Array, draw: jax.Array) -> tuple[dict[str, jax.Array], jax.Array, jax.Array]:
    now, rates = dict.fromkeys(events.TERMS, grade), dict.fromkeys(events.TERMS, hazard)
    drawn = (draw,) * events.N_DRAWS
    brought = events.week(now, events.begun(now, rates, drawn, _SEVERITY), drawn, _SEVERITY)
    return brought.grade, brought.fatal, brought.stop


def week(grade: float, hazard: float, draw: float) -> tuple[dict[str, float], bool, float]:
    after, fatal, stop = _week(jnp.float32(grade), jnp.float32(hazard), jnp.float32(draw))
    return {term: float(now) for term, now in after.items()}, bool(fatal), float(stop)


def test_without_hazard_nothing_begins() -> None:
    after, fatal, stop = week(0.0, 0.0, 0.0)
    assert not any(after.values())
    assert not fatal
    assert stop == 0.0


def test_the_worst_draw_is_fatal_only_where_an_event_can_kill() -> None:
    after, fatal, stop = week(0.0, 10.0, 0.0)
    can_kill = {event.term: values(event.parameters)[f"fatal_{event.term}"] > 0 for event in events.EVENTS}
    assert {term: grade == 5.0 for term, grade in after.items()} == can_kill
    assert fatal
    assert stop > 0.5


def test_an_event_goes_on_ends_by_chance_and_worsens_by_chance() -> None:
    assert week(2.0, 0.1, 0.5)[0]["fatigue"] == 2.0
    assert week(2.0, 0.1, 1.0)[0]["fatigue"] == 0.0
    assert week(2.0, 10.0, 0.0)[0]["fatigue"] == 4.0


def test_a_second_cancer_stays() -> None:
    assert week(3.0, 0.0, 1.0)[0]["spm_solid"] == 3.0


def test_shares_of_grades_and_of_a_year_are_those_asked_for() -> None:
    """20,000 weeks at a hazard of 5 a year: 1 - exp(-5/52.18) of them, 9.1 %; three standard errors of a share."""
    n = 20_000
    draws = (jnp.arange(n) + 0.5) / n
    nothing, often = (dict.fromkeys(events.TERMS, jnp.float32(value)) for value in (0.0, 5.0))
    one = jax.jit(jax.vmap(lambda u: events.begun(nothing, often, (u,) * events.N_DRAWS, _SEVERITY)["infection"]))
    grade = np.asarray(one(draws.astype(jnp.float32)))
    expected = -np.expm1(-5.0 * 7.0 / 365.25)
    assert (grade > 0).mean() == pytest.approx(expected, abs=3 * np.sqrt(expected * (1 - expected) / n))
    severe = values("infection")["grade_3_infection"]
    assert (grade >= 3).sum() / (grade > 0).sum() == pytest.approx(severe, abs=0.02)


def test_people_differ_but_not_on_average() -> None:
    """Mean hazard ratio 1; 50,000 people of a log-normal with a standard deviation of about 0.64, three errors."""
    common, own = np.random.default_rng(3).standard_normal((2, 50_000))
    ratios = jax.vmap(lambda a, b: events.susceptibility(a, jnp.full(events.N_TOLERANCES, b), P["adverse_events"]))(
        jnp.asarray(common, jnp.float32), jnp.asarray(own, jnp.float32)
    )
    assert np.asarray(ratios["rash"], np.float64).mean() == pytest.approx(1.0, abs=0.012)
    assert np.asarray(ratios["spm_skin"]).mean() == 1.0


def test_packed_grades_are_read_back() -> None:
    grade = {term: jnp.float32(place % 6) for place, term in enumerate(events.TERMS)}
    words = np.stack([np.asarray(word) for word in events.pack(grade)])
    for place, term in enumerate(events.TERMS):
        assert events.unpack(words, term) == place % 6


def test_pneumonia_counts_as_infection_and_a_clot_as_vte() -> None:
    grade = dict.fromkeys(events.TERMS, jnp.float32(0.0))
    found = events.current(grade | {"pneumonia": jnp.float32(3.0), "pe": jnp.float32(4.0)})
    assert (float(found["infection"]), float(found["vte"]), float(found["spm"])) == (3.0, 4.0, 0.0)
    assert set(found) == set(ADVERSE_EVENTS.members)


def test_every_term_has_its_parameters_and_every_parameter_a_term_or_a_rate() -> None:
    """A share of a grade never exceeds that of a lower one."""
    for event in events.EVENTS:
        p = values(event.parameters)
        assert p[f"fatal_{event.term}"] <= p[f"grade_3_{event.term}"] <= p[f"grade_2_{event.term}"]
    assert set(events.GROUPS) <= set(all_parameters())


def test_infection_falls_with_response() -> None:
    sick, well = (
        infection.infection(situation(recent=RD, now=disease_state(burden=b)), P["infection"]) for b in (1.0, 0.0)
    )
    assert float(well) < 0.8 * float(sick)
