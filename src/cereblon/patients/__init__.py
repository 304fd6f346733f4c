"""Patients: covariates and their joint distribution in each setting."""

from cereblon.patients.baseline import pooled_baseline as pooled_baseline
from cereblon.patients.eligibility import Eligibility as Eligibility
from cereblon.patients.library import load_population as load_population
from cereblon.patients.library import population_for_setting as population_for_setting
from cereblon.patients.library import population_names as population_names
from cereblon.patients.library import read_population as read_population
from cereblon.patients.likeness import Likeness as Likeness
from cereblon.patients.likeness import ReachedFigure as ReachedFigure
from cereblon.patients.likeness import UnusedFigure as UnusedFigure
from cereblon.patients.people import FRAILTY_GROUPS as FRAILTY_GROUPS
from cereblon.patients.people import ISOTYPES as ISOTYPES
from cereblon.patients.people import LIGHT_CHAINS as LIGHT_CHAINS
from cereblon.patients.people import People as People
from cereblon.patients.people import people_from_arrays as people_from_arrays
from cereblon.patients.population import Population as Population
from cereblon.patients.study_people import load_study_people as load_study_people
from cereblon.patients.study_people import people_like as people_like
from cereblon.patients.study_people import studies_with_criteria as studies_with_criteria
from cereblon.patients.summary import findings as findings
from cereblon.patients.summary import statements as statements
