"""The settings of a simulated design as a protocol or analysis plan states them."""

from __future__ import annotations

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.trial_design.evaluation import Assurance, Evaluation
from cereblon.trial_design.looks import LOG_RANK
from cereblon.trial_design.setup import Setup
from cereblon.trials.design_plan import DesignPlan
from cereblon.trials.trial import TrialPlan

_NAMES = {"pfs": "progression-free survival", "os": "survival"}
_TESTS = {"response": "Cochran-Mantel-Haenszel test of response", "rmst": "difference of restricted means"}


def comparison_in_words(setup: Setup) -> str:
    """Name the test."""
    test = setup.test
    if test.kind == "rmst":
        return f"{_TESTS['rmst']} up to month {test.horizon / DAYS_PER_MONTH:g}"
    if test.kind == "response":
        name = _TESTS["response"]
    elif test.is_max_combo:
        name = "MaxCombo of four Fleming-Harrington tests, (0,0), (0,1), (1,1) and (1,0)"
    elif test.powers == LOG_RANK:
        name = "log-rank test"
    else:
        rho, gamma = test.powers[0]
        name = f"Fleming-Harrington test, rho {rho:g}, gamma {gamma:g}"
    return f"{name}, stratified" if test.stratified else name


def look_in_words(setup: Setup, number: int) -> str:
    """Say when a look is held; numbers from 0."""
    look = setup.looks[number]
    if look.events is not None:
        return f"{look.events} events"
    return f"month {(look.day or 0.0) / DAYS_PER_MONTH:.1f}"


def primary_in_words(plan: TrialPlan) -> tuple[str, str]:
    """Name the primary endpoint, and say whether the file left it to the default."""
    if plan.design is None:
        return "", ""
    name = _endpoint_in_words(plan.design.primary_endpoint, plan.design.landmark_months)
    return name, "" if "primary_endpoint" in plan.design.model_fields_set else "as the file names none"


def beside_in_words(plan: TrialPlan) -> str:
    """Name the endpoint beside the primary one; nothing where there is none."""
    beside = None if plan.design is None else plan.design.co_primary
    return "" if beside is None else _endpoint_in_words(beside.endpoint, beside.landmark_months)


def _endpoint_in_words(endpoint: str, landmark_months: float | None) -> str:
    if landmark_months is None:
        return _NAMES.get(endpoint, endpoint)
    return f"MRD negativity (10^-5) with complete response at month {landmark_months:g}"


def _beside_setting(plan: TrialPlan) -> str:
    beside = None if plan.design is None else plan.design.co_primary
    if beside is None:
        return ""
    return (
        f"{beside_in_words(plan)}, looked at in month {beside.months:g}, Cochran-Mantel-Haenszel test, "
        f"{beside.alpha:g} of the type I error"
    )


def _error_in_words(design: DesignPlan) -> str:
    said = f"{design.alpha:g}, {'two' if design.sided == 2 else 'one'}-sided"
    if design.co_primary is None:
        return said
    return f"{said}; {design.alpha - design.co_primary.alpha:g} for the primary endpoint"


def settings_rows(
    plan: TrialPlan, evaluation: Evaluation, assurance: Assurance | None, *, pool: int, seed: int, version: str
) -> list[dict[str, object]]:
    """List the settings of the simulation.

    Parameters
    ----------
    plan
        The planned trial.
    evaluation, assurance
        What was simulated.
    pool
        Patients of the pool.
    seed, version
        Of the run and of the package.
    """
    setup, design = evaluation.setup, plan.design
    if design is None:
        return []
    arms = "; ".join(f"{arm.label or key}: {arm.size}" for key, arm in plan.arms.items())
    population = ", ".join(
        part
        for part in (plan.population.base or "", f"like {plan.population.like}" if plan.population.like else "")
        if part
    )
    rows = {
        "trial": f"{plan.title} ({plan.id})",
        "arms and patients": arms,
        "tested arm": setup.tested,
        "control arm": setup.control,
        "population": population,
        "treatment": "; ".join(f"{key}: {arm.regimen or arm.strategy}" for key, arm in plan.arms.items()),
        "primary endpoint": ", ".join(part for part in primary_in_words(plan) if part),
        "endpoint beside it": "none" if design.co_primary is None else _beside_setting(plan),
        "conventions of counting": " ".join(plan.estimand_sentences) or "as the endpoints are defined",
        "test": comparison_in_words(setup),
        "strata": ", ".join(design.stratify_by) or "none",
        "type I error": _error_in_words(design),
        "wanted power": f"{design.power:g}",
        "looks": "; ".join(look_in_words(setup, number) for number in range(len(setup.looks))),
        "spending of the type I error": setup.spending.words if len(setup.looks) > 1 else "one look",
        "futility": "none" if setup.futility is None else _futility(setup),
        "accrual": _accrual(plan),
        "dropout": f"{100 * plan.dropout_per_year:g} % a year, exponential",
        "data cut": f"month {plan.longest_follow_up_months:.1f} since the first patient",
        "assessment of disease": f"every {plan.visits.response_every_weeks} weeks",
        "allocation": "permuted blocks",
        "hazard ratios": "none assumed: both arms are simulated patient by patient from a mechanistic model",
        "pool of patients": f"{pool} of both arms at the point values of the parameters, followed to the data cut",
        "replicate trials": f"{evaluation.characteristics.trials}, drawn from the pool with replacement",
        "error of the simulation": "of the replicates and of the pool, whose chance all replicates share",
        "uncertainty of parameters": "not simulated" if assurance is None else _assurance(assurance),
        "changed parameters": _changes(plan),
        "seed": str(seed),
        "software": f"cereblon {version}",
        "sources": "; ".join(plan.sources) or "none given",
    }
    return [{"design_setting": name, "set_to": text} for name, text in rows.items()]


def _futility(setup: Setup) -> str:
    words = "" if setup.futility is None else setup.futility.words
    return f"{words}, of {100 * (1 - setup.power):g} %, {'binding' if setup.binding else 'not binding'}"


def _accrual(plan: TrialPlan) -> str:
    design = plan.design
    if design is None or design.accrual is None:
        return f"even over {plan.enrolment_months:g} months" if plan.enrolment_months else "all on one day"
    accrual = design.accrual
    if isinstance(accrual.per_month, tuple):
        said = ", ".join(f"{one:g}" for one in accrual.per_month)
        return f"{said} patients in successive months, the last number goes on; Poisson arrivals"
    ramp = f", after a ramp of {accrual.ramp_months:g} months" if accrual.ramp_months else ""
    return f"{accrual.per_month:g} patients a month{ramp}; Poisson arrivals"


def _assurance(found: Assurance) -> str:
    spread = f", and a spread of {found.between_trials:.3f} of the log hazard ratio between trials"
    return (
        f"{found.trials} trials of patients of their own, two with each of {found.draws} draws of the fitted "
        f"parameters{spread if found.between_trials else ''}"
    )


def _changes(plan: TrialPlan) -> str:
    changed = [
        f"{group}.{name} {value:g}" for group, values in plan.parameters.items() for name, value in values.items()
    ]
    return ", ".join(changed) or "none"
