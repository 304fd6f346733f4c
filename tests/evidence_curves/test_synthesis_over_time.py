"""Hazard ratios over time from several trials, against R glm, a stratified Cox regression and closed forms."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.synthesis.curves.event_counts import (
    ArmTimes,
    EventCounts,
    arm_times,
    comparable_arms,
    count_events,
    read_arm_times,
)
from cereblon.synthesis.curves.time_synthesis import fractional_polynomial, piecewise, select_polynomial
from reference_data import rows_beside

CELLS = """study,treatment,start,end,events,pm
one,B,0,2,9,190
one,B,2,4,8,172
one,B,4,8,12,300
one,B,8,12,8,262
one,A,0,2,5,195
one,A,2,4,5,184
one,A,4,8,10,335
one,A,8,12,10,300
two,B,0,2,14,280
two,B,2,4,11,255
two,B,4,8,20,440
two,B,8,12,13,375
two,C,0,2,5,292
two,C,2,4,7,281
two,C,4,8,17,520
two,C,8,12,16,455
"""


@pytest.fixture(scope="module")
def cells() -> EventCounts:
    rows = list(csv.DictReader(io.StringIO(CELLS)))
    words = [np.array([row[name] for row in rows], dtype=object) for name in ("study", "treatment")]
    numbers = [np.array([float(row[name]) for row in rows]) for name in ("start", "end", "events", "pm")]
    return EventCounts(*words, *numbers)


def test_a_first_order_polynomial_is_that_of_r_glm(cells: EventCounts) -> None:
    """R 4.2.2, glm(events ~ 0 + s1 + s1:log(t) + s2 + s2:log(t) + A + A:log(t) + C + C:log(t) + offset(log(pm)),
    poisson) on the cells above, t the middle of the cell; R stops at a relative 1e-8 of the deviance."""
    model = fractional_polynomial(cells, [0.0], reference="B")
    fit = model.fit
    expected = [-2.986927645809, -0.167450786162, -2.977115362674, -0.122767523759]
    expected += [-0.707650976422, 0.282705468234, -1.057232481778, 0.437641420939]
    assert fit.coefficients == pytest.approx(expected, rel=1e-5)
    assert np.sqrt(np.diag(fit.covariance))[4:] == pytest.approx(
        [0.499148485403, 0.297650148609, 0.445837988818, 0.255886341862], rel=1e-5
    )
    assert fit.deviance == pytest.approx(0.754450957998, rel=1e-6)
    assert fit.aic == pytest.approx(82.8837730122, rel=1e-8)


def test_a_repeated_power_has_a_factor_of_log_time(cells: EventCounts) -> None:
    """R glm as above with t and t log(t): coefficients of A and deviance."""
    fit = fractional_polynomial(cells, [1.0, 1.0], reference="B").fit
    assert fit.coefficients[6:9] == pytest.approx([-0.6032637931799, -0.0143504171059, 0.0363484125793], rel=1e-4)
    assert fit.deviance == pytest.approx(0.184059376925, rel=1e-6)


def test_piecewise_hazard_ratios_are_those_of_r_glm(cells: EventCounts) -> None:
    """R glm with a baseline per study and interval and effects before and after month 4."""
    model = piecewise(cells, [4.0], reference="B")
    for treatment, early, late, errors in (
        ("A", -0.576624352544, -0.121638485770, (0.398546652987, 0.316233924643)),
        ("C", -0.802885195327, -0.178617705086, (0.351217684679, 0.246188232008)),
    ):
        value, error = model.log_hazard_ratio(treatment, [3.0, 6.0])
        assert value == pytest.approx([early, late], rel=1e-6)
        assert error == pytest.approx(errors, rel=1e-6)
    assert model.fit.deviance == pytest.approx(1.39031718928, rel=1e-6)


def test_two_arms_in_one_interval_have_the_closed_form() -> None:
    """Ratio of rates with variance 1/d1 + 1/d0."""
    month, seen = np.array([5.0, 7.0, 9.0, 10.0] * 5), np.array([True, True, True, False] * 5)
    arms = [arm_times("s", "A", month * 2, seen), arm_times("s", "B", month, seen)]
    value, error = piecewise(count_events(arms, []), [], reference="B").log_hazard_ratio("A", [1.0])
    assert value[0] == pytest.approx(np.log(0.5))
    assert error[0] == pytest.approx(np.sqrt(2 / 15))


def test_effects_compose_over_the_network(cells: EventCounts) -> None:
    """Consistency: A against C is A against B less C against B, their variances add (no study has both)."""
    model = piecewise(cells, [], reference="B")
    a, c = model.log_hazard_ratio("A", [3.0]), model.log_hazard_ratio("C", [3.0])
    both = model.log_hazard_ratio("A", [3.0], versus="C")
    assert both[0] == pytest.approx(a[0] - c[0])
    assert both[1] ** 2 == pytest.approx(a[1] ** 2 + c[1] ** 2)


@pytest.fixture(scope="module")
def ndmm() -> list[ArmTimes]:
    """Simulated progression-free survival of five maintenance trials (multinma), software check only."""
    people: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for name in ("ndmm_ipd", "ndmm_agd"):
        for row in rows_beside(f"ndmm_multinma/{name}.csv"):
            key = (row["study"], row["trt"])
            people.setdefault(key, []).append((float(row["eventtime"]), row["status"] == "1"))
    return [arm_times(s, t, [p[0] for p in v], [p[1] for p in v]) for (s, t), v in people.items()]


def test_proportional_hazards_agree_with_cox_and_netmeta(ndmm: list[ArmTimes]) -> None:
    """netmeta 3.3-1 on Cox log ratios of the same data: Len -0.5228685 (0.04559017), Thal -0.09994822 (0.08674864).

    Months as intervals instead of exact times, and one stage instead of two, move the log ratio by thousandths."""
    model = piecewise(count_events(ndmm, np.arange(1.0, 130.0)), [], reference="Pbo")
    for treatment, log_ratio, error in (("Len", -0.5228685, 0.04559017), ("Thal", -0.09994822, 0.08674864)):
        value, found = model.log_hazard_ratio(treatment, [12.0])
        assert value[0] == pytest.approx(log_ratio, abs=0.005)
        assert found[0] == pytest.approx(error, rel=0.01)
    assert model.heterogeneity is not None
    # netmeta: Q 3.109808 on 3; a likelihood ratio, not Wald's
    assert model.heterogeneity[0] == pytest.approx(3.109808, abs=0.1)
    assert model.heterogeneity[1] == 3


def test_survival_under_a_model_follows_kaplan_meier(ndmm: list[ArmTimes]) -> None:
    """R survival 3.5-3: Jackson2019 lenalidomide 0.8476, 0.6952, 0.5875, 0.5083 at 12 to 48 months. One curve for all
    studies' effects: within two percentage points, about one standard error of a difference."""
    counts = count_events(ndmm, np.arange(1.0, 130.0))
    model = fractional_polynomial(counts, [-1.0, 0.5], reference="Pbo")
    found = model.survival("Len", [12, 24, 36, 48], "Jackson2019")
    assert found == pytest.approx([0.8476, 0.6952, 0.5875, 0.5083], abs=0.02)


def test_crossing_hazards_are_found() -> None:
    """Simulated: the hazard of A is half that of B for 12 months and twice as high afterwards, 4,000 people per arm.
    Tolerance: three standard errors, about 0.1."""
    generator = np.random.default_rng(5)
    first, later = generator.exponential(1 / 0.02, 4000), generator.exponential(1 / 0.08, 4000)
    a = np.where(first < 12, first, 12 + later)
    b = generator.exponential(1 / 0.04, 4000)
    arms = [arm_times("s", "A", np.minimum(a, 36), a < 36), arm_times("s", "B", np.minimum(b, 36), b < 36)]
    model = piecewise(count_events(arms, np.arange(3.0, 36.0, 3.0)), [12.0], reference="B")
    value, error = model.log_hazard_ratio("A", [6.0, 24.0])
    assert np.abs(value - [np.log(0.5), np.log(2)]).max() < 3 * error.max()
    assert error.max() < 0.06


def test_the_best_polynomial_comes_first(cells: EventCounts) -> None:
    models, refused = select_polynomial(cells, reference="B", order=1)
    aics = [model.fit.aic for model in models]
    assert len(models) + len(refused) == 8
    assert len(models) > 1
    assert aics == sorted(aics)


def test_survival_beyond_the_follow_up_of_a_study_is_not_given(cells: EventCounts) -> None:
    found = piecewise(cells, [], reference="B").survival("A", [0, 10, 20], "two")
    assert found[0] == 1
    assert np.isnan(found[2])


def test_trials_that_share_no_treatment_are_refused() -> None:
    month, seen = np.arange(1.0, 21.0), np.ones(20, bool)
    arms = [arm_times(s, t, month, seen) for s, t in (("one", "A"), ("one", "B"), ("two", "C"), ("two", "D"))]
    with pytest.raises(InputError, match="the network is not connected"):
        piecewise(count_events(arms, [10.0]), [], reference="A")


def test_a_treatment_without_events_in_an_interval_is_named() -> None:
    month = np.arange(1.0, 21.0)
    arms = [arm_times("s", "A", month, month < 10), arm_times("s", "B", month, np.ones(20, bool))]
    with pytest.raises(InputError, match="treatment A: no event in one of the intervals"):
        piecewise(count_events(arms, [10.0]), [10.0], reference="B")


def test_a_study_with_one_arm_is_refused() -> None:
    with pytest.raises(InputError, match="study s has one arm only"):
        count_events([arm_times("s", "A", [1.0, 2.0], [True, True])], [1.5])


def test_an_unknown_reference_is_refused(cells: EventCounts) -> None:
    with pytest.raises(UnknownNameError, match="treatment 'Z' is not known"):
        piecewise(cells, [], reference="Z")


def test_a_power_outside_the_list_is_refused(cells: EventCounts) -> None:
    with pytest.raises(InputError, match=r"powers 1\.5; one or two of"):
        fractional_polynomial(cells, [1.5], reference="B")


def test_individuals_of_trials_are_read_with_all_problems(tmp_path: Path) -> None:
    file = tmp_path / "trials.csv"
    file.write_text("study,arm,day,event\none,A,30,1\none,B,x,0\none,B,60,2\n")
    with pytest.raises(
        InputError, match=r"line 3, day: 'x' is not a number\n.*line 4, event: '2' is no indicator of an event"
    ):
        read_arm_times(file)


def test_an_arm_without_events_is_left_out_and_named() -> None:
    month = np.arange(1.0, 21.0)
    arms = [arm_times("s", t, month, month % 2 == 0) for t in ("A", "B")] + [arm_times("s", "C", month, month > 99)]
    kept, said = comparable_arms([*arms, arm_times("t", "A", month, month > 5)])
    assert [(arm.study, arm.treatment) for arm in kept] == [("s", "A"), ("s", "B")]
    assert said == [
        "study s, C: left out; nobody on this treatment had an event",
        "study t: left out; with A alone it compares nothing",
    ]


def test_a_column_of_two_endpoints_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "adtte.csv"
    file.write_text("study,arm,day,cnsr,paramcd\none,A,30,1,OS\none,B,60,0,PFS\n")
    with pytest.raises(InputError, match=r"paramcd names 2 endpoints \(OS, PFS\)"):
        read_arm_times(file)
