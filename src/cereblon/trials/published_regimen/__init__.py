"""The regimen that a study file publishes, read so that it can be simulated as it was given."""

from cereblon.trials.published_regimen.reading import UnderstoodArm as UnderstoodArm
from cereblon.trials.published_regimen.reading import understand_arm as understand_arm
from cereblon.trials.published_regimen.reading import understand_study as understand_study
