"""Which codes of a database mean which drug, diagnosis, procedure, test and unit."""
