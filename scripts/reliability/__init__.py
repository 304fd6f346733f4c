"""Counts behind what `docs/concepts/reliability.md` promises of run folders; tests have a short version of each."""
