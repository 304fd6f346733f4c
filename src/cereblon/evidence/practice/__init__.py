"""Trial against practice: the same regimen in the same setting, side by side and never pooled."""

from cereblon.evidence.practice.comparison import COLUMNS as COLUMNS
from cereblon.evidence.practice.comparison import PracticeRow as PracticeRow
from cereblon.evidence.practice.comparison import figure as figure
from cereblon.evidence.practice.comparison import not_used as not_used
from cereblon.evidence.practice.comparison import practice_rows as practice_rows
from cereblon.evidence.practice.measures import newcombe as newcombe
from cereblon.evidence.practice.population import POPULATION_COLUMNS as POPULATION_COLUMNS
from cereblon.evidence.practice.population import PopulationRow as PopulationRow
from cereblon.evidence.practice.population import population_rows as population_rows
from cereblon.evidence.practice.regimens import REGIMENS as REGIMENS
from cereblon.evidence.practice.regimens import Cohort as Cohort
from cereblon.evidence.practice.regimens import Regimen as Regimen
from cereblon.evidence.practice.regimens import find_cohorts as find_cohorts
from cereblon.evidence.practice.regimens import find_regimen as find_regimen
from cereblon.evidence.practice.wording import CAUTIONS as CAUTIONS
from cereblon.evidence.practice.wording import NAMES as NAMES
from cereblon.evidence.practice.wording import readings as readings
