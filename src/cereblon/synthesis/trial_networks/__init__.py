"""Networks of the published trials: from facts of the evidence library to data of a synthesis."""

from cereblon.synthesis.trial_networks.chosen_trials import ChosenTrials as ChosenTrials
from cereblon.synthesis.trial_networks.chosen_trials import TrialSelection as TrialSelection
from cereblon.synthesis.trial_networks.chosen_trials import choose_trials as choose_trials
from cereblon.synthesis.trial_networks.nodes import SETTING_GROUPS as SETTING_GROUPS
from cereblon.synthesis.trial_networks.nodes import find_treatment as find_treatment
from cereblon.synthesis.trial_networks.nodes import treatment_meanings as treatment_meanings
from cereblon.synthesis.trial_networks.parts import keep_part as keep_part
from cereblon.synthesis.trial_networks.parts import largest_part as largest_part
from cereblon.synthesis.trial_networks.published_trials import PublishedNetwork as PublishedNetwork
from cereblon.synthesis.trial_networks.published_trials import published_network as published_network
from cereblon.synthesis.trial_networks.selection import ExcludedEvidence as ExcludedEvidence
from cereblon.synthesis.trial_networks.selection import UsedNumber as UsedNumber
