"""Bayesian network meta-analysis."""

from cereblon.synthesis.bayes.model_fit import ModelFit as ModelFit
from cereblon.synthesis.bayes.network import BayesianNetwork as BayesianNetwork
from cereblon.synthesis.bayes.network import bayesian_network as bayesian_network
from cereblon.synthesis.bayes.node_splitting import BayesianSplit as BayesianSplit
from cereblon.synthesis.bayes.node_splitting import split_posterior as split_posterior
from cereblon.synthesis.bayes.posterior import PosteriorEffect as PosteriorEffect
from cereblon.synthesis.bayes.priors import HeterogeneityPrior as HeterogeneityPrior
from cereblon.synthesis.bayes.priors import Priors as Priors
from cereblon.synthesis.bayes.priors import default_priors as default_priors
from cereblon.synthesis.bayes.priors import parse_heterogeneity_prior as parse_heterogeneity_prior
