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
    from cereblon import cohort as cohort
    from cereblon import evidence as evidence
    from cereblon.calibration.evaluation import CalibrationSettings as CalibrationSettings
    from cereblon.core.errors import CereblonError as CereblonError
    from cereblon.core.errors import CereblonWarning as CereblonWarning
    from cereblon.core.errors import InputError as InputError
    from cereblon.evidence import load_study as load_study
    from cereblon.model.drugs.covariates import Covariates as Covariates
    from cereblon.model.exposure.subjects import Subjects as Subjects
    from cereblon.questions.adjust import adjust as adjust
    from cereblon.questions.adjusted_patients import DrawnPatients as DrawnPatients
    from cereblon.questions.adjusted_patients import SimulatedPatients as SimulatedPatients
    from cereblon.questions.calibrate import Calibration as Calibration
    from cereblon.questions.calibrate import calibrate as calibrate
    from cereblon.questions.check_trial import CheckedTrial as CheckedTrial
    from cereblon.questions.check_trial import check_trial as check_trial
    from cereblon.questions.cite import Citations as Citations
    from cereblon.questions.cite import cite as cite
    from cereblon.questions.comparators import PrintedCurve as PrintedCurve
    from cereblon.questions.comparators import PublishedRatio as PublishedRatio
    from cereblon.questions.comparators import Responders as Responders
    from cereblon.questions.compare import Comparison as Comparison
    from cereblon.questions.compare import compare as compare
    from cereblon.questions.compare_structures import StructureComparison as StructureComparison
    from cereblon.questions.compare_structures import compare_structures as compare_structures
    from cereblon.questions.curve import SurvivalCurves as SurvivalCurves
    from cereblon.questions.curve import curve as curve
    from cereblon.questions.design import design as design
    from cereblon.questions.dose_patient import DosePatient as DosePatient
    from cereblon.questions.dosing import DoseDecisions as DoseDecisions
    from cereblon.questions.dosing import RuleSetInWords as RuleSetInWords
    from cereblon.questions.dosing import dose as dose
    from cereblon.questions.dosing import explain_rules as explain_rules
    from cereblon.questions.event_data import EventPredictions as EventPredictions
    from cereblon.questions.event_data import simulate_events as simulate_events
    from cereblon.questions.export import AdamExport as AdamExport
    from cereblon.questions.export import export as export
    from cereblon.questions.exposure import ExposureResult as ExposureResult
    from cereblon.questions.exposure import pk as pk
    from cereblon.questions.exposure_checks import ExposureChecks as ExposureChecks
    from cereblon.questions.exposure_checks import pk_checks as pk_checks
    from cereblon.questions.forest import Forest as Forest
    from cereblon.questions.forest import forest as forest
    from cereblon.questions.import_evidence import OpenFdaBackground as OpenFdaBackground
    from cereblon.questions.import_evidence import import_evidence as import_evidence
    from cereblon.questions.league import League as League
    from cereblon.questions.league import league as league
    from cereblon.questions.mechanism import Mechanism as Mechanism
    from cereblon.questions.mechanism import mechanism as mechanism
    from cereblon.questions.network import TreatmentNetwork as TreatmentNetwork
    from cereblon.questions.network import network as network
    from cereblon.questions.over_time import HazardRatiosOverTime as HazardRatiosOverTime
    from cereblon.questions.over_time import over_time as over_time
    from cereblon.questions.parameters import ParameterList as ParameterList
    from cereblon.questions.parameters import parameters as parameters
    from cereblon.questions.pooling import BayesianModel as BayesianModel
    from cereblon.questions.pooling import PoolingModel as PoolingModel
    from cereblon.questions.population_adjustment import PopulationAdjustment as PopulationAdjustment
    from cereblon.questions.populations import PopulationList as PopulationList
    from cereblon.questions.populations import VirtualPopulation as VirtualPopulation
    from cereblon.questions.populations import population as population
    from cereblon.questions.populations import populations as populations
    from cereblon.questions.read_run import read_run as read_run
    from cereblon.questions.real_world import RealWorldComparison as RealWorldComparison
    from cereblon.questions.real_world import real_world as real_world
    from cereblon.questions.regimens import CheckedRegimen as CheckedRegimen
    from cereblon.questions.regimens import RegimenDescription as RegimenDescription
    from cereblon.questions.regimens import RegimenList as RegimenList
    from cereblon.questions.regimens import check_regimen as check_regimen
    from cereblon.questions.regimens import regimen as regimen
    from cereblon.questions.regimens import regimens as regimens
    from cereblon.questions.replay import FollowedSubject as FollowedSubject
    from cereblon.questions.replay import Replay as Replay
    from cereblon.questions.replay import replay as replay
    from cereblon.questions.reporting_ratios import ReportingRatios as ReportingRatios
    from cereblon.questions.review import Review as Review
    from cereblon.questions.review import review as review
    from cereblon.questions.sensitivity import SensitivityAnalysis as SensitivityAnalysis
    from cereblon.questions.sensitivity import sensitivity as sensitivity
    from cereblon.questions.simulate import Simulation as Simulation
    from cereblon.questions.simulate import simulate as simulate
    from cereblon.questions.source_entries import SourceEntries as SourceEntries
    from cereblon.questions.study_draft import StudyDraft as StudyDraft
    from cereblon.questions.treatment_comparison import TreatmentComparison as TreatmentComparison
    from cereblon.questions.treatment_comparison import compare_treatments as compare_treatments
    from cereblon.questions.trial_design import TrialDesign as TrialDesign
    from cereblon.questions.validate import Validation as Validation
    from cereblon.questions.validate import validate as validate
    from cereblon.questions.verify import RunCheck as RunCheck
    from cereblon.questions.verify import verify as verify
    from cereblon.synthesis.trial_networks import TrialSelection as TrialSelection
    from cereblon.trials.library import load_trial as load_trial

# Where each public name is at home. Nothing is imported before it is asked for: `import cereblon` loads no library.
_HOMES: dict[str, str] = {
    "AdamExport": "cereblon.questions.export",
    "BayesianModel": "cereblon.questions.pooling",
    "Calibration": "cereblon.questions.calibrate",
    "CalibrationSettings": "cereblon.calibration.evaluation",
    "CereblonError": "cereblon.core.errors",
    "CereblonWarning": "cereblon.core.errors",
    "CheckedRegimen": "cereblon.questions.regimens",
    "CheckedTrial": "cereblon.questions.check_trial",
    "Citations": "cereblon.questions.cite",
    "Comparison": "cereblon.questions.compare",
    "Covariates": "cereblon.model.drugs.covariates",
    "DoseDecisions": "cereblon.questions.dosing",
    "DosePatient": "cereblon.questions.dose_patient",
    "DrawnPatients": "cereblon.questions.adjusted_patients",
    "EventPredictions": "cereblon.questions.event_data",
    "ExposureChecks": "cereblon.questions.exposure_checks",
    "ExposureResult": "cereblon.questions.exposure",
    "FollowedSubject": "cereblon.questions.replay",
    "Forest": "cereblon.questions.forest",
    "HazardRatiosOverTime": "cereblon.questions.over_time",
    "InputError": "cereblon.core.errors",
    "League": "cereblon.questions.league",
    "Mechanism": "cereblon.questions.mechanism",
    "OpenFdaBackground": "cereblon.questions.import_evidence",
    "ParameterList": "cereblon.questions.parameters",
    "PoolingModel": "cereblon.questions.pooling",
    "PopulationAdjustment": "cereblon.questions.population_adjustment",
    "PopulationList": "cereblon.questions.populations",
    "PrintedCurve": "cereblon.questions.comparators",
    "PublishedRatio": "cereblon.questions.comparators",
    "RealWorldComparison": "cereblon.questions.real_world",
    "RegimenDescription": "cereblon.questions.regimens",
    "RegimenList": "cereblon.questions.regimens",
    "Replay": "cereblon.questions.replay",
    "ReportingRatios": "cereblon.questions.reporting_ratios",
    "Responders": "cereblon.questions.comparators",
    "Review": "cereblon.questions.review",
    "RuleSetInWords": "cereblon.questions.dosing",
    "RunCheck": "cereblon.questions.verify",
    "SensitivityAnalysis": "cereblon.questions.sensitivity",
    "SimulatedPatients": "cereblon.questions.adjusted_patients",
    "Simulation": "cereblon.questions.simulate",
    "SourceEntries": "cereblon.questions.source_entries",
    "StructureComparison": "cereblon.questions.compare_structures",
    "StudyDraft": "cereblon.questions.study_draft",
    "Subjects": "cereblon.model.exposure.subjects",
    "SurvivalCurves": "cereblon.questions.curve",
    "TreatmentComparison": "cereblon.questions.treatment_comparison",
    "TreatmentNetwork": "cereblon.questions.network",
    "TrialDesign": "cereblon.questions.trial_design",
    "TrialSelection": "cereblon.synthesis.trial_networks",
    "Validation": "cereblon.questions.validate",
    "VirtualPopulation": "cereblon.questions.populations",
    "adjust": "cereblon.questions.adjust",
    "calibrate": "cereblon.questions.calibrate",
    "check_regimen": "cereblon.questions.regimens",
    "check_trial": "cereblon.questions.check_trial",
    "cite": "cereblon.questions.cite",
    "compare": "cereblon.questions.compare",
    "compare_structures": "cereblon.questions.compare_structures",
    "compare_treatments": "cereblon.questions.treatment_comparison",
    "curve": "cereblon.questions.curve",
    "design": "cereblon.questions.design",
    "dose": "cereblon.questions.dosing",
    "explain_rules": "cereblon.questions.dosing",
    "export": "cereblon.questions.export",
    "forest": "cereblon.questions.forest",
    "import_evidence": "cereblon.questions.import_evidence",
    "league": "cereblon.questions.league",
    "load_study": "cereblon.evidence",
    "load_trial": "cereblon.trials.library",
    "mechanism": "cereblon.questions.mechanism",
    "network": "cereblon.questions.network",
    "over_time": "cereblon.questions.over_time",
    "parameters": "cereblon.questions.parameters",
    "pk": "cereblon.questions.exposure",
    "pk_checks": "cereblon.questions.exposure_checks",
    "population": "cereblon.questions.populations",
    "populations": "cereblon.questions.populations",
    "read_run": "cereblon.questions.read_run",
    "real_world": "cereblon.questions.real_world",
    "regimen": "cereblon.questions.regimens",
    "regimens": "cereblon.questions.regimens",
    "replay": "cereblon.questions.replay",
    "review": "cereblon.questions.review",
    "sensitivity": "cereblon.questions.sensitivity",
    "simulate": "cereblon.questions.simulate",
    "simulate_events": "cereblon.questions.event_data",
    "validate": "cereblon.questions.validate",
    "verify": "cereblon.questions.verify",
}
_ROOMS = ("cohort", "evidence")  # asked by functions of their own: `cb.evidence.table("orr")`

__all__ = sorted([*_HOMES, *_ROOMS])


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"cereblon.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    # importlib.metadata costs a third of the time of `cereblon --help`, so the version is read when asked for.
    if name == "__version__":
        from importlib.metadata import version

        return version("cereblon")
    raise AttributeError(f"module 'cereblon' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__", "__all__", "__doc__"]
