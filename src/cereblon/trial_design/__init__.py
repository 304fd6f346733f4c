"""Size, looks and chance of success of a randomised trial, from arrays of simulated patients and by closed forms."""
