"""Published evidence put together: pairwise and network meta-analysis, curves, adjustment, real-world results."""
