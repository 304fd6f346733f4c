"""Concentrations over time in many subjects: doses and events, steady state, exposure metrics."""
