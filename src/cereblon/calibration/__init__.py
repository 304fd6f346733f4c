"""Fitting the model to calibration studies, and predicting the others."""
