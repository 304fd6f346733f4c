"""The model of one virtual patient, from regimen and covariates to what a clinic would measure."""
