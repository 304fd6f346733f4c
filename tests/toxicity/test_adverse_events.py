"""Hazards of adverse events: what raises them, and how a week's luck becomes grade, end and consequence."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.parameter import all_parameters, values
from cereblon.model.toxicity import events, infection, thrombosis
from cereblon.model.toxicity.exposure import Doses, Person, Standing, remember

GROUPS = (*events.GROUPS, "adverse_events")
P = {group: jax.tree.map(jnp.float32, values(group)) for group in GROUPS}
NOTHING = dict.fromkeys(Doses._fields, 0.0)


def doses(**given: float) -> Doses:
    return Doses(**{name: jnp.float32(value) for name, value in (NOTHING | given).items()})


def person(**changed: float) -> Person:
    usual = {"age": 65.0, "frailty": 0.0, "bmi": 24.0, "cardiac_history": 0.0}
    return Person(**{name: jnp.float32(value) for name, value in (usual | changed).items()})


def standing(**changed: float) -> Standing:
    usual = {"burden": 1.0, "neutrophils": 4.0, "antibody": 0.0, "lenalidomide_years": 0.0, "transplanted": 0.0}
    return Standing(**{name: jnp.float32(value) for name, value in (usual | changed).items()})


@jax.jit
def _all(who: Person, recent: Doses, now: Standing, prophylaxis: jax.Array, years: jax.Array) -> jax.Array:
    return jnp.stack(events.hazards(who, recent, now, prophylaxis, years, P))


def hazards(
    who: Person | None = None,
    recent: Doses | None = None,
    now: Standing | None = None,
    prophylaxis: float = 0.0,
    years: float = 2.0,
) -> dict[str, float]:
    """Hazards by term, 1/year."""
    made = _all(who or person(), recent or doses(), now or standing(), jnp.float32(prophylaxis), jnp.float32(years))
    return dict(zip(events.TERMS, np.asarray(made).tolist(), strict=True))


RD = doses(lenalidomide=1.0, dexamethasone=1.0)


@pytest.mark.parametrize(
    ("term", "more", "less"),
    [
        ("cardiac_failure", {"recent": RD._replace(carfilzomib=jnp.float32(1.0))}, {"recent": RD}),
        ("hypertension", {"recent": RD._replace(carfilzomib=jnp.float32(1.0))}, {"recent": RD}),
        ("ischaemic_heart_disease", {"who": person(cardiac_history=1.0)}, {}),
        ("cardiac_failure", {"who": person(age=80.0)}, {}),
        ("infection", {"now": standing(antibody=1.0)}, {}),
        ("infection", {"now": standing(burden=1.0)}, {"now": standing(burden=0.1)}),
        ("pneumonia", {"now": standing(neutrophils=0.4)}, {}),
        ("pneumonia", {"who": person(frailty=2.0)}, {}),
        ("dvt", {"recent": RD}, {}),
        ("dvt", {"recent": RD}, {"recent": RD, "prophylaxis": 1.0}),
        ("pe", {"recent": RD, "years": 0.0}, {"recent": RD}),
        ("diarrhoea", {"recent": RD._replace(ixazomib=jnp.float32(1.0))}, {"recent": RD}),
        ("rash", {"recent": RD._replace(ixazomib=jnp.float32(1.0))}, {"recent": RD}),
        ("fatigue", {"recent": RD}, {}),
        ("hepatotoxicity", {"recent": RD}, {}),
        ("spm_solid", {"now": standing(lenalidomide_years=3.0)}, {}),
        (
            "spm_haematological",
            {"now": standing(lenalidomide_years=3.0, transplanted=1.0)},
            {"now": standing(lenalidomide_years=3.0)},
        ),
    ],
)
def test_what_is_known_to_harm_raises_the_hazard(term: str, more: dict[str, object], less: dict[str, object]) -> None:
    assert hazards(**more)[term] > hazards(**less)[term]  # type: ignore[arg-type]


def test_ixazomib_and_bortezomib_do_not_harm_the_heart() -> None:
    """Each drug by its own data: trials put that signal on carfilzomib."""
    with_them = hazards(recent=RD._replace(ixazomib=jnp.float32(1.0), bortezomib=jnp.float32(1.0)))
    assert with_them["cardiac_failure"] == hazards(recent=RD)["cardiac_failure"]
    assert with_them["hypertension"] == hazards(recent=RD)["hypertension"]


def test_half_the_dose_brings_less_of_every_harm_of_a_drug() -> None:
    half = doses(lenalidomide=0.5, dexamethasone=0.5)
    for term in ("infection", "diarrhoea", "rash", "fatigue", "hepatotoxicity"):
        assert hazards()[term] < hazards(recent=half)[term] < hazards(recent=RD)[term]


def test_fever_comes_only_with_low_neutrophils() -> None:
    assert hazards(now=standing(neutrophils=1.0))["febrile_neutropenia"] == 0.0
    assert hazards(now=standing(neutrophils=0.1))["febrile_neutropenia"] > 5.0


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
    assert float(thrombosis.impede(person(bmi=bmi), recent, jnp.float32(prophylaxis))) == points


def test_a_dose_is_felt_for_about_its_memory() -> None:
    """After a time of `memory` a stopped drug is down to 1/e."""
    recent, memory = RD, jnp.float32(14.0)
    for _ in range(2):
        recent = remember(recent, doses(), memory)
    assert float(recent.lenalidomide) == pytest.approx(np.exp(-1.0), rel=1e-5)


# A week's luck.

_SEVERITY = events.severity(jnp.float32(65.0), P)


@functools.partial(jax.jit, static_argnums=())
def _week(grade: jax.Array, hazard: jax.Array, luck: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    begins = events.begun(tuple(grade), tuple(hazard), luck, _SEVERITY)
    brought = events.week(tuple(grade), begins, luck, _SEVERITY)
    return jnp.stack(brought.grade), brought.fatal, brought.stop


def week(grade: float, hazard: float, luck: float) -> tuple[np.ndarray, bool, float]:
    n = len(events.TERMS)
    after, fatal, stop = _week(jnp.full(n, grade), jnp.full(n, hazard), jnp.full(n, luck))
    return np.asarray(after), bool(fatal), float(stop)


def test_without_hazard_nothing_begins() -> None:
    after, fatal, stop = week(0.0, 0.0, 0.0)
    assert not after.any()
    assert not fatal
    assert stop == 0.0


def test_the_worst_luck_is_fatal_only_where_an_event_can_kill() -> None:
    after, fatal, stop = week(0.0, 10.0, 0.0)
    can_kill = np.array(
        [values(group)[f"fatal_{term}"] > 0 for group, terms in events.GROUPS.items() for term in terms]
    )
    assert np.array_equal(after == 5.0, can_kill)
    assert fatal
    assert stop > 0.5


def test_an_event_goes_on_ends_by_luck_and_worsens_by_bad_luck() -> None:
    place = events.TERMS.index("fatigue")
    assert week(2.0, 0.1, 0.5)[0][place] == 2.0
    assert week(2.0, 0.1, 1.0)[0][place] == 0.0
    assert week(2.0, 10.0, 0.0)[0][place] == 4.0


def test_a_second_cancer_stays() -> None:
    assert week(3.0, 0.0, 1.0)[0][events.TERMS.index("spm_solid")] == 3.0


def test_shares_of_grades_and_of_a_year_are_those_asked_for() -> None:
    """20,000 weeks at a hazard of 5 a year: 1 - exp(-5/52.18) of them, 9.1 %; three standard errors of a share."""
    n, place = 20_000, events.TERMS.index("infection")
    luck = (jnp.arange(n) + 0.5) / n
    one = jax.jit(
        jax.vmap(
            lambda u: events.begun((jnp.float32(0.0),), (jnp.float32(5.0),), u[None], _SEVERITY[place : place + 1])[0]
        )
    )
    grade = np.asarray(one(luck.astype(jnp.float32)))
    expected = -np.expm1(-5.0 * 7.0 / 365.25)
    assert (grade > 0).mean() == pytest.approx(expected, abs=3 * np.sqrt(expected * (1 - expected) / n))
    severe = values("infection")["grade_3_infection"]
    assert (grade >= 3).sum() / (grade > 0).sum() == pytest.approx(severe, abs=0.02)


def test_people_differ_but_not_on_average() -> None:
    """Mean hazard ratio 1; 50,000 people of a log-normal with a standard deviation of about 0.64, three errors."""
    common, own = np.random.default_rng(3).standard_normal((2, 50_000))
    ratios = jax.vmap(
        lambda a, b: jnp.stack(events.susceptibility(a, jnp.full(len(events.TERMS), b), P["adverse_events"]))
    )(jnp.asarray(common, jnp.float32), jnp.asarray(own, jnp.float32))
    mean = np.asarray(ratios, np.float64).mean(axis=0)
    assert mean[events.TERMS.index("rash")] == pytest.approx(1.0, abs=0.012)
    assert mean[events.TERMS.index("spm_skin")] == 1.0


def test_packed_grades_are_read_back() -> None:
    grade = tuple(jnp.float32(place % 6) for place in range(len(events.TERMS)))
    words = np.stack([np.asarray(word) for word in events.pack(grade)])
    for place, term in enumerate(events.TERMS):
        assert events.unpack(words, term) == place % 6


def test_pneumonia_counts_as_infection_and_a_clot_as_vte() -> None:
    grade = [jnp.float32(0.0)] * len(events.TERMS)
    grade[events.TERMS.index("pneumonia")] = jnp.float32(3.0)
    grade[events.TERMS.index("pe")] = jnp.float32(4.0)
    found = events.current(tuple(grade))
    assert (float(found["infection"]), float(found["vte"]), float(found["spm"])) == (3.0, 4.0, 0.0)
    assert set(found) == set(events.NAMES)


def test_every_term_has_its_parameters_and_every_parameter_a_term_or_a_rate() -> None:
    """A share of a grade never exceeds that of a lower one."""
    for group, terms in events.GROUPS.items():
        for term in terms:
            p = values(group)
            assert p[f"fatal_{term}"] <= p[f"grade_3_{term}"] <= p[f"grade_2_{term}"]
    assert set(events.GROUPS) <= set(all_parameters())


def test_infection_falls_with_response() -> None:
    sick, well = (infection.hazards(person(), RD, standing(burden=b), P["infection"])[0] for b in (1.0, 0.0))
    assert float(well) < 0.8 * float(sick)
