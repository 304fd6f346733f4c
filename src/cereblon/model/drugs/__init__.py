"""What the body does to the drug, and the drug to its target; one file per drug."""

DRUGS: tuple[str, ...] = (
    "lenalidomide",
    "dexamethasone",
    "bortezomib",
    "ixazomib",
    "carfilzomib",
    "daratumumab",
    "melphalan",
)
"""Drugs of the trial engine, in the order of its arrays."""

KINETIC_DRUGS: tuple[str, ...] = (*DRUGS, "pomalidomide", "isatuximab", "elotuzumab")
"""Drugs whose kinetics can be asked for: those of the trial engine and three more."""
