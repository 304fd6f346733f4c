"""Virtual trials: trial files, runs, run folders, and published beside simulated results."""
