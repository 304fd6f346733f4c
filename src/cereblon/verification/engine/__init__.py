"""The trial engine against the same model solved as differential equations."""
