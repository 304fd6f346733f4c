"""Comparisons of treatments in observed patients, each as the trial that it stands for."""
