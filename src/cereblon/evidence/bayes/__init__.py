"""Bayesian network meta-analysis."""

from cereblon.evidence.bayes.model_fit import ModelFit as ModelFit
from cereblon.evidence.bayes.network import BayesianNetwork as BayesianNetwork
from cereblon.evidence.bayes.network import bayesian_network as bayesian_network
from cereblon.evidence.bayes.node_splitting import BayesianSplit as BayesianSplit
from cereblon.evidence.bayes.node_splitting import split_posterior as split_posterior
from cereblon.evidence.bayes.posterior import PosteriorEffect as PosteriorEffect
from cereblon.evidence.bayes.priors import HeterogeneityPrior as HeterogeneityPrior
from cereblon.evidence.bayes.priors import Priors as Priors
from cereblon.evidence.bayes.priors import default_priors as default_priors
from cereblon.evidence.bayes.priors import parse_heterogeneity_prior as parse_heterogeneity_prior
