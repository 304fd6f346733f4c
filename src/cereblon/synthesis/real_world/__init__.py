"""Trial against practice: the same regimen in the same setting, side by side and never pooled."""

from cereblon.synthesis.real_world.comparison import COLUMNS as COLUMNS
from cereblon.synthesis.real_world.comparison import PracticeRow as PracticeRow
from cereblon.synthesis.real_world.comparison import figure as figure
from cereblon.synthesis.real_world.comparison import not_used as not_used
from cereblon.synthesis.real_world.comparison import practice_rows as practice_rows
from cereblon.synthesis.real_world.population import POPULATION_COLUMNS as POPULATION_COLUMNS
from cereblon.synthesis.real_world.population import PopulationRow as PopulationRow
from cereblon.synthesis.real_world.population import population_rows as population_rows
from cereblon.synthesis.real_world.regimens import REGIMENS as REGIMENS
from cereblon.synthesis.real_world.regimens import DrugCombination as DrugCombination
from cereblon.synthesis.real_world.regimens import TreatedCohort as TreatedCohort
from cereblon.synthesis.real_world.regimens import find_cohorts as find_cohorts
from cereblon.synthesis.real_world.regimens import find_regimen as find_regimen
from cereblon.synthesis.real_world.wording import CAUTIONS as CAUTIONS
from cereblon.synthesis.real_world.wording import NAMES as NAMES
from cereblon.synthesis.real_world.wording import compared_words as compared_words
from cereblon.synthesis.real_world.wording import readings as readings
