"""What the body does to the drug, and the drug to its target; one module and one parameter file for each drug."""

from cereblon.model.drugs.drug import all_drugs

DRUGS: tuple[str, ...] = tuple(all_drugs())
"""Every drug of the model, in the order of its arrays."""
