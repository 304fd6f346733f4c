"""Population adjustment: individual data of one trial brought to the published baseline of another."""

from cereblon.synthesis.adjustment.comparison import AdjustedEffect as AdjustedEffect
from cereblon.synthesis.adjustment.comparison import ComparatorCount as ComparatorCount
from cereblon.synthesis.adjustment.comparison import ComparatorTimes as ComparatorTimes
from cereblon.synthesis.adjustment.comparison import PublishedEffect as PublishedEffect
from cereblon.synthesis.adjustment.comparison import published_ratio as published_ratio
from cereblon.synthesis.adjustment.maic import AdjustedComparison as AdjustedComparison
from cereblon.synthesis.adjustment.maic import matching_adjusted_comparison as matching_adjusted_comparison
from cereblon.synthesis.adjustment.patients import PatientData as PatientData
from cereblon.synthesis.adjustment.patients import patient_data as patient_data
from cereblon.synthesis.adjustment.patients import read_patients as read_patients
from cereblon.synthesis.adjustment.regression import simulated_treatment_comparison as simulated_treatment_comparison
from cereblon.synthesis.adjustment.targets import AdjustmentTarget as AdjustmentTarget
from cereblon.synthesis.adjustment.targets import read_targets as read_targets
from cereblon.synthesis.adjustment.targets import study_targets as study_targets
from cereblon.synthesis.adjustment.weights import MEDIAN_RULES as MEDIAN_RULES
from cereblon.synthesis.adjustment.weights import MatchedWeights as MatchedWeights
from cereblon.synthesis.adjustment.weights import effective_size as effective_size
from cereblon.synthesis.adjustment.weights import match_weights as match_weights
