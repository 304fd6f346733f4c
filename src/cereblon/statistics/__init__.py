"""Estimates from arrays: survival, hazard ratios, means and shares, with weights, strata and late entry."""

from cereblon.statistics.adjusted_hazard_ratios import cox_regression as cox_regression
from cereblon.statistics.estimate import Estimate as Estimate
from cereblon.statistics.estimate import normal_quantile as normal_quantile
from cereblon.statistics.hazard_ratio import hazard_ratio as hazard_ratio
from cereblon.statistics.kaplan_meier import Curve as Curve
from cereblon.statistics.kaplan_meier import kaplan_meier as kaplan_meier
from cereblon.statistics.kaplan_meier import landmark_rate as landmark_rate
from cereblon.statistics.kaplan_meier import median as median
from cereblon.statistics.kaplan_meier import numbers_at_risk as numbers_at_risk
from cereblon.statistics.kaplan_meier import survival_at as survival_at
from cereblon.statistics.log_rank import LogRank as LogRank
from cereblon.statistics.log_rank import log_rank as log_rank
from cereblon.statistics.proportions import newcombe_interval as newcombe_interval
from cereblon.statistics.proportions import proportion_interval as proportion_interval
from cereblon.statistics.resampling import Resampled as Resampled
from cereblon.statistics.resampling import resample_subjects as resample_subjects
from cereblon.statistics.restricted_mean import restricted_mean as restricted_mean
from cereblon.statistics.restricted_mean import restricted_mean_difference as restricted_mean_difference
