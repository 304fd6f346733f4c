"""What `cereblon pk` computes: one question answered for its subjects, and event data sets in and out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cereblon.cli.pk_questions import Question
    from cereblon.pharmacology.courses.exposure import Exposure, Order
    from cereblon.pharmacology.kinetics import Kinetics
    from cereblon.pharmacology.patient import Patient

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all questions of one call share.

    Parameters
    ----------
    kinetics
        The drug.
    n, seed
        Number of subjects, and seed of their draws.
    population
        Name of the population that they come from, or None.
    typical
        Leave out what varies between subjects.
    cycles, days
        Number of cycles and length of the curve; None for what suits the drug.
    steady_state
        Show a cycle at steady state.
    changes
        Day and covariates that hold from then on.
    measured
        Add residual error.
    """

    kinetics: Kinetics
    n: int
    seed: int
    population: str | None = None
    typical: bool = False
    cycles: int | None = None
    days: float | None = None
    steady_state: bool = False
    changes: tuple[tuple[float, dict[str, float]], ...] = ()
    measured: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question with its subjects and their exposure."""

    question: Question
    patient: Patient
    order: Order
    exposure: Exposure


def answer(question: Question, setting: Setting) -> Answer:
    """Compute the exposure that a question asks for.

    Raises
    ------
    CereblonError
        If the question does not fit the drug or its patients.
    """
    from dataclasses import replace

    from cereblon.cli.pk_questions import population_traits, read_order
    from cereblon.pharmacology.courses.exposure import expose
    from cereblon.pharmacology.patient import patients

    kinetics = setting.kinetics
    n = 1 if setting.typical and setting.population is None else setting.n
    drawn = population_traits(setting.population, n, setting.seed) if setting.population else {}
    traits = {**drawn, **question.traits}
    patient = patients(traits, n=n)
    cycles = setting.cycles or (1 if kinetics.linear else 2)
    alone = setting.days or (3.0 if kinetics.linear else 84.0)
    order = read_order(question, kinetics, patient, cycles=cycles, days=alone)
    days = setting.days or _shown_days(order, kinetics)
    if setting.cycles is None and order.repeated and not setting.steady_state:
        # Whoever asks for a long curve wants doses up to its end.
        order = replace(order, cycles=max(cycles, -int(-days // order.schedule.length)))
    eta = draws(kinetics, n, setting.seed, typical=setting.typical)
    later, known = [], traits
    for day, change in sorted(setting.changes, key=lambda one: one[0]):
        known = {**known, **change}
        later.append((day, patients(known, n=n)))
    exposure = expose(kinetics, patient, eta, order, days=days, at_steady_state=setting.steady_state, changes=later)
    if setting.measured:
        exposure = replace(exposure, levels=_measured(kinetics, exposure, setting.seed))
    return Answer(question=question, patient=patient, order=order, exposure=exposure)


def _shown_days(order: Order, kinetics: Kinetics) -> float:
    """Choose the length of a curve: three dosing intervals, or the whole course of an antibody."""
    if not order.repeated:
        return order.schedule.length
    whole = order.cycles * order.schedule.length
    return whole if not kinetics.linear else min(whole, max(3.0 * order.schedule.first_interval, 1.0))


def draws(kinetics: Kinetics, n: int, seed: int, *, typical: bool) -> Floats:
    """Draw the standard normal numbers of subjects 0 to n - 1; zeros for typical ones."""
    import numpy as np

    from cereblon.luck import normals, root_key

    if typical:
        return np.zeros((n, kinetics.n_eta))
    return normals(root_key(seed), f"kinetics of {kinetics.drug}", np.arange(n), kinetics.n_eta).astype(np.float64)


def _measured(kinetics: Kinetics, exposure: Exposure, seed: int) -> Floats:
    """Give what an assay reports of a curve, in its unit."""
    import numpy as np

    from cereblon.luck import normals, root_key
    from cereblon.pharmacology.courses.residual import measured

    subjects, times = exposure.levels.shape
    luck = normals(root_key(seed), f"assay of {kinetics.drug}", np.arange(subjects), 2 * times)
    since = np.broadcast_to(exposure.hours_after_dose, exposure.levels.shape)
    true = exposure.levels / kinetics.per_mg_l
    return measured(true, since, kinetics.values, luck[:, :times], luck[:, times:]) * kinetics.per_mg_l


def write_events(found: Answer, setting: Setting, path: Path) -> int:
    """Write the doses of an answer, observed hourly for three days and then daily, as an event data set.

    Returns
    -------
        Number of rows below the header.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import numpy as np

    from cereblon.pharmacology.courses.event_writing import event_csv

    if setting.steady_state or setting.changes:
        raise InputError(
            "--events writes a course from its first dose with one set of covariates",
            hint="leave --steady-state and --change out",
        )
    end = float(found.exposure.hours[-1])
    observe = np.unique(np.concatenate([np.arange(0.0, min(end, 72.0) + 0.5), np.arange(72.0, end + 1.0, 24.0)]))
    text = event_csv(setting.kinetics, found.patient, found.order.doses(), observe[observe <= end])
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})", hint="check the folder") from error
    return text.count("\n") - 1


def predictions(path: Path, setting: Setting) -> tuple[list[dict[str, object]], tuple[str, ...], str]:
    """Simulate an event data set.

    Returns
    -------
        Rows with ID, TIME, EVID, IPRED and, with residual error, DV; columns that were not used; unit.

    Raises
    ------
    InputError
        Listing every row and column that cannot be honoured.
    """
    import numpy as np

    from cereblon.luck import normals, root_key
    from cereblon.pharmacology.courses.event_simulation import simulate_events
    from cereblon.pharmacology.courses.event_table import read_events
    from cereblon.pharmacology.courses.residual import measured

    kinetics = setting.kinetics
    table = read_events(path, kinetics)
    eta = draws(kinetics, len(table.subjects), setting.seed, typical=setting.typical)
    found = simulate_events(table, dict(zip(table.subjects, eta, strict=True)))
    rows: list[dict[str, object]] = [
        {"ID": subject, "TIME": hours, "EVID": evid, "IPRED": level}
        for subject, hours, evid, level in zip(
            found.subject, found.hours.tolist(), found.evid, found.level.tolist(), strict=True
        )
    ]
    if setting.measured:
        luck = normals(root_key(setting.seed), f"assay of {kinetics.drug}", np.arange(len(rows)), 2)
        true = found.level / kinetics.per_mg_l
        reported = measured(true, found.hours_after_dose, kinetics.values, luck[:, 0], luck[:, 1])
        for row, value in zip(rows, (reported * kinetics.per_mg_l).tolist(), strict=True):
            row["DV"] = value
    return rows, table.ignored, found.unit
