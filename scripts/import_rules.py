"""Which package of Cereblon may import which: data flows one way. The tests hold the code to it, the docs draw it."""

from __future__ import annotations

BOTTOM = {"core", "vocabulary", "criteria", "tables", "statistics"}
BIOLOGY = {"model.drugs", "model.exposure", "model.mechanism", "model.myeloma", "model.toxicity", "model.dosing"}
ORDERS_AND_PATIENTS = {"model.regimens", "model.patients"}
MODEL = BIOLOGY | ORDERS_AND_PATIENTS | {"model.engine"}

ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "vocabulary": {"core"},
    "criteria": {"core", "vocabulary"},
    "tables": {"core", "vocabulary", "criteria"},
    "statistics": {"core"},
    "model": set(),
    "model.drugs": BOTTOM,
    "model.regimens": BOTTOM | {"model.drugs"},  # for what the drugs are: names, forms, classes
    "model.exposure": BOTTOM | {"model.drugs", "model.regimens"},
    "model.mechanism": BOTTOM | {"model.drugs", "model.exposure", "model.regimens"},
    "model.myeloma": BOTTOM | {"model.drugs"},
    "model.toxicity": BOTTOM | {"model.drugs"},
    "model.dosing": BOTTOM | {"model.drugs", "model.toxicity"},  # for the names of the adverse events
    "model.patients": BOTTOM,
    "model.engine": BOTTOM | BIOLOGY | ORDERS_AND_PATIENTS,
    "outcomes": BOTTOM,
    "evidence": BOTTOM,
    "cohort": BOTTOM | {"outcomes"},  # what happened to a user's own patients, judged as simulated ones are
    "synthesis": BOTTOM | {"evidence"},
    "report": BOTTOM,
    "verification": BOTTOM | MODEL,
    "trials": BOTTOM | MODEL | {"outcomes", "evidence", "report"},
    "trial_design": BOTTOM | MODEL | {"outcomes", "report", "trials"},
    # An example of a cohort is made of simulated subjects; nothing else of the room knows the model.
    "cohort.simulated": BOTTOM | MODEL | {"outcomes", "trials", "cohort"},
    # A cohort beside simulation and publications brings its patients to both.
    "cohort.beside": BOTTOM | MODEL | {"outcomes", "evidence", "synthesis", "trials", "calibration", "cohort"},
    "calibration": BOTTOM | MODEL | {"outcomes", "evidence", "synthesis", "trials"},
    # The public functions bring everything together; only the shells stand above them.
    "questions": BOTTOM
    | MODEL
    | {
        "outcomes",
        "evidence",
        "cohort",
        "cohort.simulated",
        "cohort.beside",
        "synthesis",
        "report",
        "report.review",
        "trials",
        "calibration",
    }
    | {"trial_design", "verification"},
    # The review writes about all of it, and stands above the page that shows it.
    "report.review": BOTTOM | MODEL | {"outcomes", "evidence", "synthesis", "report", "trials"},
    # A shell as the command line is: it asks the public functions, and reads what forms offer.
    "app": BOTTOM | MODEL | {"evidence", "synthesis", "report", "trials", "questions"},
}
