"""Parametric fits against R flexsurv, R survreg, Stata stpm, lifelines and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from ovarian import OVARIAN_DAYS, OVARIAN_DEATHS
from scipy.special import gamma

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.synthesis.curves.extrapolation import (
    curve_points,
    landmark,
    mean_time,
    median_time,
    observed_hazards,
    restricted_mean,
)
from cereblon.synthesis.curves.fits import FittedCurve, fit_curve, fit_curves


@pytest.fixture(scope="module")
def breast() -> tuple[np.ndarray, np.ndarray]:
    """German breast cancer study, 686 women: `gbsg2` of lifelines, years of 365 days as `bc` of R flexsurv has it."""
    from lifelines.datasets import load_gbsg2

    data = load_gbsg2()
    return data["time"].to_numpy() / 365, data["cens"].to_numpy()


@pytest.fixture(scope="module")
def simulated() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    time, end = generator.weibull(1.3, 400) * 30, generator.uniform(5, 60, 400)
    return np.minimum(time, end), time <= end


def test_ovarian_log_normal_likelihood_is_that_of_flexsurv() -> None:
    """tests/testthat/test_flexsurvreg.R of R flexsurv: -97.12174204265681, there to a relative 1e-6."""
    fit = fit_curve(OVARIAN_DAYS, OVARIAN_DEATHS, "lognormal")
    assert fit.log_likelihood == pytest.approx(-97.12174204265681, rel=1e-6)


def test_ovarian_weibull_is_that_of_survreg() -> None:
    """R survreg(Surv(futime, fustat) ~ 1, ovarian) prints intercept 7.111 and scale 0.902, three digits each."""
    fit = fit_curve(OVARIAN_DAYS, OVARIAN_DEATHS, "weibull")
    assert np.log(fit.parameters["scale"]) == pytest.approx(7.111, abs=5e-4)
    assert 1 / fit.parameters["shape"] == pytest.approx(0.902, abs=5e-4)


def test_a_spline_without_inner_knots_is_the_weibull_of_flexsurv(breast: tuple[np.ndarray, np.ndarray]) -> None:
    """tests/testthat/test_spline.R of R flexsurv: -873.207054864145 for k = 0, there to a relative 1e-6."""
    assert fit_curve(*breast, "spline-0").log_likelihood == pytest.approx(-873.207054864145, rel=1e-6)
    assert fit_curve(*breast, "weibull").log_likelihood == pytest.approx(-873.207054864145, rel=1e-6)


@pytest.mark.parametrize(
    ("model", "stata"),
    [("spline-2", -674.75128), ("spline-odds-2", -675.271), ("spline-normal-2", -675.73591)],
)
def test_splines_agree_with_stata(breast: tuple[np.ndarray, np.ndarray], model: str, stata: float) -> None:
    """Stata stpm, copied in tests/testthat/test_spline.R of R flexsurv, likelihoods of log time, there to a relative
    1e-4 because the packages place their knots at slightly different quantiles."""
    time, seen = breast
    of_log_time = fit_curve(time, seen, model).log_likelihood + np.log(time[seen == 1]).sum()
    assert of_log_time == pytest.approx(stata, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "fitter"),
    [
        ("exponential", "ExponentialFitter"),
        ("weibull", "WeibullFitter"),
        ("lognormal", "LogNormalFitter"),
        ("loglogistic", "LogLogisticFitter"),
        ("gengamma", "GeneralizedGammaFitter"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # lifelines warns about its own optimiser
def test_families_agree_with_lifelines(breast: tuple[np.ndarray, np.ndarray], model: str, fitter: str) -> None:
    """Tolerances: lifelines stops its search at four to five digits."""
    import lifelines

    theirs = getattr(lifelines, fitter)().fit(*breast)
    ours = fit_curve(*breast, model)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood_, abs=1e-4)
    assert ours.survival([1, 5, 20]) == pytest.approx(
        theirs.survival_function_at_times([1, 5, 20]).to_numpy(), rel=1e-3
    )


def test_the_exponential_rate_is_events_over_time(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    """Closed form of the maximum likelihood; its standard error on the log scale is one over root events."""
    time, seen = simulated
    fit = fit_curve(time, seen, "exponential")
    assert fit.parameters["rate"] == pytest.approx(seen.sum() / time.sum(), rel=1e-7)
    # second differences of the likelihood carry about five digits
    assert np.sqrt(fit.covariance[0, 0]) == pytest.approx(seen.sum() ** -0.5, rel=1e-4)


def test_gompertz_maximises_its_likelihood(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    """Score equations, Garg, Rao and Redmond 1970: both derivatives of the closed-form likelihood vanish."""
    time, seen = simulated
    fit = fit_curve(time, seen, "gompertz")
    shape, rate = fit.parameters["shape"], fit.parameters["rate"]
    grown = np.expm1(shape * time) / shape
    by_rate = seen.sum() / rate - grown.sum()
    slope = (time * np.exp(shape * time) - grown) / shape
    by_shape = (time * seen).sum() - rate * slope.sum()
    # relative to the sizes of the sums they are differences of
    assert abs(by_rate) < 1e-4 * grown.sum()
    assert abs(by_shape) < 1e-4 * (time * seen).sum()


def test_means_and_medians_have_their_closed_forms(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    """Mean and median of each family by its formula; the grid gives four to five digits, the heavy tail fewer."""
    fits = {
        name: fit_curve(*simulated, name) for name in ("weibull", "lognormal", "loglogistic", "gengamma", "gompertz")
    }
    p = {name: fit.parameters for name, fit in fits.items()}
    w, n, lo, g = p["weibull"], p["lognormal"], p["loglogistic"], p["gengamma"]
    means = {
        "weibull": w["scale"] * gamma(1 + 1 / w["shape"]),
        "lognormal": np.exp(n["meanlog"] + n["sdlog"] ** 2 / 2),
        "loglogistic": lo["scale"] * np.pi / lo["shape"] / np.sin(np.pi / lo["shape"]),
        "gengamma": np.exp(g["mu"])
        * g["Q"] ** (2 * g["sigma"] / g["Q"])
        * gamma(g["Q"] ** -2 + g["sigma"] / g["Q"])
        / gamma(g["Q"] ** -2),
    }
    for name, mean in means.items():
        assert mean_time(fits[name]).value == pytest.approx(mean, rel=2e-4)
    assert median_time(fits["weibull"]).value == pytest.approx(w["scale"] * np.log(2) ** (1 / w["shape"]), rel=1e-4)
    z = p["gompertz"]
    median = np.log1p(z["shape"] / z["rate"] * np.log(2)) / z["shape"]
    assert median_time(fits["gompertz"]).value == pytest.approx(median, rel=1e-4)


def test_a_curve_that_never_falls_to_one_half_has_an_infinite_median_and_mean() -> None:
    """A falling Gompertz hazard leaves exp(rate / shape) without the event: here all events come early."""
    time = np.concatenate([np.linspace(0.5, 8, 40), np.full(160, 60.0)])
    fit = fit_curve(time, np.arange(200) < 40, "gompertz")
    assert fit.parameters["shape"] < 0
    assert median_time(fit).value == np.inf
    assert mean_time(fit).value == np.inf


def test_what_lies_beyond_the_data_is_marked(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    fit = fit_curve(*simulated, "weibull")
    assert landmark(fit, 24).is_extrapolated is False
    assert landmark(fit, 120).is_extrapolated is True
    assert restricted_mean(fit, 120).is_extrapolated is True


def test_a_landmark_interval_agrees_with_the_delta_method(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    """Exponential: log(-log S) has standard error one over root events. 1000 draws place a quantile to about 5 %."""
    time, seen = simulated
    fit = fit_curve(time, seen, "exponential")
    found = landmark(fit, 24)
    half = 1.96 / np.sqrt(seen.sum())
    low, high = (float(found.value ** np.exp(sign * half)) for sign in (1, -1))
    assert found.low == pytest.approx(low, abs=0.05 * (high - low))
    assert found.high == pytest.approx(high, abs=0.05 * (high - low))


def test_fits_are_ordered_by_aic(breast: tuple[np.ndarray, np.ndarray]) -> None:
    fits, failed = fit_curves(*breast, ["exponential", "weibull", "lognormal"])
    assert [fit.family.name for fit in fits] == ["lognormal", "weibull", "exponential"]
    assert failed == []


def test_information_criteria_count_parameters(breast: tuple[np.ndarray, np.ndarray]) -> None:
    """AIC = 2 p - 2 log L and BIC = p log n - 2 log L with p = 2 and n = 686."""
    fit: FittedCurve = fit_curve(*breast, "weibull")
    assert fit.aic == pytest.approx(4 - 2 * -873.207054864145)
    assert fit.bic == pytest.approx(2 * np.log(686) - 2 * -873.207054864145)


def test_a_weight_of_two_is_the_person_twice(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    time, seen = simulated
    twice = fit_curve(np.concatenate([time, time[:50]]), np.concatenate([seen, seen[:50]]), "weibull")
    weighted = fit_curve(time, seen, "weibull", weights=np.where(np.arange(400) < 50, 2.0, 1.0))
    assert weighted.theta == pytest.approx(twice.theta, rel=1e-5)


def test_an_event_at_time_0_is_refused() -> None:
    with pytest.raises(InputError, match="1 events stand at time 0"):
        fit_curve([0, *range(1, 20)], [1] * 20, "weibull")


def test_too_few_events_are_refused() -> None:
    with pytest.raises(InputError, match="3 events; at least 10 are needed"):
        fit_curve(range(1, 30), [1, 1, 1, *[0] * 26], "weibull")


def test_an_unknown_model_is_named_with_the_known_ones(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(UnknownNameError, match="survival model 'weibul' is not known\n\nhint: did you mean weibull"):
        fit_curve(*simulated, "weibul")


def test_observed_hazards_are_events_per_person_month() -> None:
    """By hand: three people, 2 + 4 + 4 months before month 4 with one event, 0 + 2 + 6 after it with one; Garwood's
    interval of one event is 0.0253 to 5.572."""
    found = observed_hazards([2, 6, 10], [True, True, False], [0, 4, 12])
    assert found["hazard"] == pytest.approx([1 / 10, 1 / 8])
    assert found["low"][0] == pytest.approx(0.0253178 / 10, rel=1e-5)
    assert found["high"][0] == pytest.approx(5.571643 / 10, rel=1e-5)


def test_drawn_curves_start_at_one(simulated: tuple[np.ndarray, np.ndarray]) -> None:
    drawn = curve_points(fit_curve(*simulated, "loglogistic"), [0, 12, 24])
    assert drawn["survival"][0] == drawn["survival_low"][0] == 1
    assert np.isnan(drawn["hazard"][0])
    assert (drawn["survival_low"][1:] < drawn["survival"][1:]).all()
