"""Population adjustment: individual data of one trial brought to the published baseline of another."""

from cereblon.evidence.adjustment.comparison import ComparatorCount as ComparatorCount
from cereblon.evidence.adjustment.comparison import ComparatorTimes as ComparatorTimes
from cereblon.evidence.adjustment.comparison import Effect as Effect
from cereblon.evidence.adjustment.comparison import PublishedEffect as PublishedEffect
from cereblon.evidence.adjustment.comparison import published_ratio as published_ratio
from cereblon.evidence.adjustment.maic import AdjustedComparison as AdjustedComparison
from cereblon.evidence.adjustment.maic import matching_adjusted_comparison as matching_adjusted_comparison
from cereblon.evidence.adjustment.patients import PatientData as PatientData
from cereblon.evidence.adjustment.patients import patient_data as patient_data
from cereblon.evidence.adjustment.patients import read_patients as read_patients
from cereblon.evidence.adjustment.regression import simulated_treatment_comparison as simulated_treatment_comparison
from cereblon.evidence.adjustment.targets import Target as Target
from cereblon.evidence.adjustment.targets import read_targets as read_targets
from cereblon.evidence.adjustment.targets import study_targets as study_targets
from cereblon.evidence.adjustment.weights import MEDIAN_RULES as MEDIAN_RULES
from cereblon.evidence.adjustment.weights import MatchedWeights as MatchedWeights
from cereblon.evidence.adjustment.weights import effective_size as effective_size
from cereblon.evidence.adjustment.weights import match_weights as match_weights
