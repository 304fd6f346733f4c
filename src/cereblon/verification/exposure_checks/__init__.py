"""Simulated exposure beside what labels and studies observed."""
