"""Evidence synthesis: pairwise and network meta-analysis, frequentist."""

from cereblon.synthesis.frequentist.comparison import PairwiseEvidence as PairwiseEvidence
from cereblon.synthesis.frequentist.comparison import Step as Step
from cereblon.synthesis.frequentist.comparison import compare_treatments as compare_treatments
from cereblon.synthesis.frequentist.contrast_data import ContrastData as ContrastData
from cereblon.synthesis.frequentist.contrast_data import assemble as assemble
from cereblon.synthesis.frequentist.contrasts import parse_contrasts as parse_contrasts
from cereblon.synthesis.frequentist.contrasts import read_contrasts as read_contrasts
from cereblon.synthesis.frequentist.direct_evidence import DirectEvidence as DirectEvidence
from cereblon.synthesis.frequentist.direct_evidence import pool_direct as pool_direct
from cereblon.synthesis.frequentist.direct_evidence import pool_head_to_head as pool_head_to_head
from cereblon.synthesis.frequentist.effect_sizes import EffectSizes as EffectSizes
from cereblon.synthesis.frequentist.effect_sizes import LogRatio as LogRatio
from cereblon.synthesis.frequentist.effect_sizes import effect_from_counts as effect_from_counts
from cereblon.synthesis.frequentist.effect_sizes import log_ratio as log_ratio
from cereblon.synthesis.frequentist.effect_sizes import logit_proportion as logit_proportion
from cereblon.synthesis.frequentist.effect_sizes import peto_log_odds_ratio as peto_log_odds_ratio
from cereblon.synthesis.frequentist.heterogeneity import Heterogeneity as Heterogeneity
from cereblon.synthesis.frequentist.inconsistency import Inconsistency as Inconsistency
from cereblon.synthesis.frequentist.inconsistency import assess_inconsistency as assess_inconsistency
from cereblon.synthesis.frequentist.league import LeagueTable as LeagueTable
from cereblon.synthesis.frequentist.league import league_table as league_table
from cereblon.synthesis.frequentist.measure import MEASURES as MEASURES
from cereblon.synthesis.frequentist.measure import Measure as Measure
from cereblon.synthesis.frequentist.meta_regression import MetaRegression as MetaRegression
from cereblon.synthesis.frequentist.meta_regression import regress as regress
from cereblon.synthesis.frequentist.network import network_meta_analysis as network_meta_analysis
from cereblon.synthesis.frequentist.network_result import NetworkEffect as NetworkEffect
from cereblon.synthesis.frequentist.network_result import NetworkResult as NetworkResult
from cereblon.synthesis.frequentist.node_splitting import NodeSplit as NodeSplit
from cereblon.synthesis.frequentist.node_splitting import NodeSplits as NodeSplits
from cereblon.synthesis.frequentist.node_splitting import split_comparison as split_comparison
from cereblon.synthesis.frequentist.node_splitting import split_nodes as split_nodes
from cereblon.synthesis.frequentist.pairwise import PairwiseResult as PairwiseResult
from cereblon.synthesis.frequentist.pairwise import pool as pool
from cereblon.synthesis.frequentist.ranking import Ranking as Ranking
from cereblon.synthesis.frequentist.ranking import p_scores as p_scores
from cereblon.synthesis.frequentist.ranking import rank_treatments as rank_treatments
from cereblon.synthesis.frequentist.rare_events import RareEventPool as RareEventPool
from cereblon.synthesis.frequentist.rare_events import mantel_haenszel as mantel_haenszel
from cereblon.synthesis.frequentist.rare_events import peto as peto
from cereblon.synthesis.frequentist.small_study_effects import AsymmetryTest as AsymmetryTest
from cereblon.synthesis.frequentist.small_study_effects import FunnelPoint as FunnelPoint
from cereblon.synthesis.frequentist.small_study_effects import (
    comparison_adjusted_funnel as comparison_adjusted_funnel,
)
from cereblon.synthesis.frequentist.small_study_effects import egger_test as egger_test
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount as ArmCount
from cereblon.synthesis.frequentist.trial_contrasts import Contrast as Contrast
from cereblon.synthesis.frequentist.trial_contrasts import TrialContrasts as TrialContrasts
