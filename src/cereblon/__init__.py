"""Virtual trials, pharmacology and published evidence for lenalidomide-based therapy of myeloma.

Each question is one function; its answer can be read, asked, drawn and saved:

    import cereblon as cb

    comparison = cb.compare("swog-s0777")
    comparison.table()
    comparison.save("s0777.html")

A research tool. It is not for deciding the treatment of a patient.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cereblon.core.errors import CereblonError as CereblonError
    from cereblon.core.errors import InputError as InputError
    from cereblon.evidence import load_study as load_study
    from cereblon.model.drugs.covariates import Covariates as Covariates
    from cereblon.model.exposure.subjects import Subjects as Subjects
    from cereblon.questions.compare import Comparison as Comparison
    from cereblon.questions.compare import compare as compare
    from cereblon.questions.curve import SurvivalCurves as SurvivalCurves
    from cereblon.questions.curve import curve as curve
    from cereblon.questions.event_data import simulate_events as simulate_events
    from cereblon.questions.exposure import pk as pk
    from cereblon.questions.exposure_checks import pk_checks as pk_checks
    from cereblon.questions.over_time import HazardRatiosOverTime as HazardRatiosOverTime
    from cereblon.questions.over_time import over_time as over_time
    from cereblon.questions.read_run import read_run as read_run
    from cereblon.questions.simulate import Simulation as Simulation
    from cereblon.questions.simulate import simulate as simulate
    from cereblon.trials.trial import load_trial as load_trial

# Where each public name is at home. Nothing is imported before it is asked for: `import cereblon` loads no library.
_HOMES: dict[str, str] = {
    "CereblonError": "cereblon.core.errors",
    "Comparison": "cereblon.questions.compare",
    "Covariates": "cereblon.model.drugs.covariates",
    "HazardRatiosOverTime": "cereblon.questions.over_time",
    "InputError": "cereblon.core.errors",
    "Simulation": "cereblon.questions.simulate",
    "Subjects": "cereblon.model.exposure.subjects",
    "SurvivalCurves": "cereblon.questions.curve",
    "compare": "cereblon.questions.compare",
    "curve": "cereblon.questions.curve",
    "load_study": "cereblon.evidence",
    "load_trial": "cereblon.trials.trial",
    "over_time": "cereblon.questions.over_time",
    "pk": "cereblon.questions.exposure",
    "pk_checks": "cereblon.questions.exposure_checks",
    "read_run": "cereblon.questions.read_run",
    "simulate": "cereblon.questions.simulate",
    "simulate_events": "cereblon.questions.event_data",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    # importlib.metadata costs a third of the time of `cereblon --help`, so the version is read when asked for.
    if name == "__version__":
        from importlib.metadata import version

        return version("cereblon")
    raise AttributeError(f"module 'cereblon' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__", "__all__", "__doc__"]
