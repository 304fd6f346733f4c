"""Patients: covariates and their joint distribution in each setting."""

from cereblon.model.patients.baseline import pooled_baseline as pooled_baseline
from cereblon.model.patients.eligibility import Eligibility as Eligibility
from cereblon.model.patients.library import find_population as find_population
from cereblon.model.patients.library import load_population as load_population
from cereblon.model.patients.library import population_for_setting as population_for_setting
from cereblon.model.patients.library import population_names as population_names
from cereblon.model.patients.library import read_population as read_population
from cereblon.model.patients.matched_population import MatchedPopulation as MatchedPopulation
from cereblon.model.patients.matched_population import ReachedFigure as ReachedFigure
from cereblon.model.patients.matched_population import UnusedFigure as UnusedFigure
from cereblon.model.patients.matched_population import match_population as match_population
from cereblon.model.patients.population import Population as Population
from cereblon.model.patients.study_patients import StudyPatients as StudyPatients
from cereblon.model.patients.study_patients import match_study as match_study
from cereblon.model.patients.study_patients import parse_study_patients as parse_study_patients
from cereblon.model.patients.summary import findings as findings
from cereblon.model.patients.summary import statements as statements
from cereblon.model.patients.virtual_patients import FRAILTY_GROUPS as FRAILTY_GROUPS
from cereblon.model.patients.virtual_patients import ISOTYPES as ISOTYPES
from cereblon.model.patients.virtual_patients import LIGHT_CHAINS as LIGHT_CHAINS
from cereblon.model.patients.virtual_patients import VirtualPatients as VirtualPatients
from cereblon.model.patients.virtual_patients import patients_from_arrays as patients_from_arrays
