"""The app in the browser: forms over the public functions, on this machine only."""
