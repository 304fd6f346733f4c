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
