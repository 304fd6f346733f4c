"""Concentrations at the observations of an event data set, as NONMEM and mrgsolve read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.random_streams import normals, root_key
from cereblon.core.rows import Row
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.kinetics import Kinetics, load_kinetics
from cereblon.model.exposure.event_reading import read_events
from cereblon.model.exposure.event_simulation import PredictedConcentrations
from cereblon.model.exposure.event_simulation import simulate_events as simulate_table
from cereblon.model.exposure.profile import draws
from cereblon.model.exposure.residual import measured
from cereblon.model.exposure.subjects import Subjects
from cereblon.questions.exposure_refusals import draw_problems
from cereblon.questions.result import Result
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt


def simulate_events(
    path: Path | str,
    drug: str,
    *,
    subjects: Subjects | None = None,
    time_unit: str | None = None,
    in_order: bool = False,
    allow_implausible: bool = False,
) -> EventPredictions:
    """Simulate an event data set: concentrations at its observations.

    Parameters
    ----------
    path
        NONMEM-style CSV: ID, TIME (or HOURS, DAYS), EVID, AMT, CMT, RATE, ADDL, II, SS and covariates.
    drug
        By its name, brand or short form.
    subjects
        Seed, whether subjects are typical, and whether residual error is added; the data set says who they are.
    time_unit
        Of times, intervals and rates, hours or days, where no column says it.
    in_order
        Whether the order of rows at one time counts, as in NONMEM.
    allow_implausible
        Accept a dose far outside what is given.

    Returns
    -------
        Table `predictions` of ID, TIME, EVID, IPRED and, with residual error, DV.

    Raises
    ------
    InputError
        Listing every row and column that cannot be honoured, or an argument that changes nothing.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.simulate_events("none.csv", "lenalidomide")
    Traceback (most recent call last):
    ...
    cereblon.core.errors.InputError: none.csv: no such file
    <BLANKLINE>
    hint: check the path and the spelling
    """
    from cereblon.vocabulary.drugs import need_drug

    whom = subjects or Subjects()
    problems = draw_problems(whom)
    if problems:
        raise InputError("\n".join(problems), hint="leave it out")
    if whom.population is not None or whom.n is not None:
        raise ArgumentError("a data set says who its subjects are: leave population and number out")
    kinetics = load_kinetics(need_drug(drug, DRUGS))
    table = read_events(
        Path(path), kinetics, time_unit=time_unit, in_order=in_order, allow_implausible=allow_implausible
    )
    if not table.is_observed.any():
        raise InputError(f"{path}: holds no observation (EVID 0 or 2), so there is nothing to predict")
    eta = draws(kinetics, len(table.subjects), whom.root_seed, typical=whom.typical)
    return EventPredictions(
        asked_drug=drug,
        kinetics=kinetics,
        subjects=whom,
        simulated=simulate_table(table, eta),
        reading_notes=tuple(table.notes),
    )


@dataclass(frozen=True, eq=False, repr=False)
class EventPredictions(Result):
    """Concentrations at the observations of a data set.

    Parameters
    ----------
    asked_drug
        The drug as it was named.
    kinetics
        The drug.
    subjects
        How subjects were drawn.
    simulated
        Concentrations without residual error.
    reading_notes
        What was understood of the data set.
    """

    asked_drug: str
    kinetics: Kinetics
    subjects: Subjects
    simulated: PredictedConcentrations
    reading_notes: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was understood of the data set, and the unit of the concentrations."""
        drug, simulated = self.kinetics.drug, self.simulated
        renamed = [f"drug {self.asked_drug!r} is read as {drug}"] if self.asked_drug != drug else []
        varied = "typical subjects" if self.subjects.typical else f"seed {self.subjects.root_seed}"
        return (*renamed, *self.reading_notes, f"IPRED in {simulated.unit}, {varied}")

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `predictions`, a row for each observation."""
        found = self.simulated
        columns: dict[str, Sequence[object]] = {
            "ID": list(found.subject),
            "TIME": found.time.tolist(),
            "EVID": found.evid.tolist(),
            "IPRED": found.level.tolist(),
        }
        if self.subjects.measured:
            columns["DV"] = self._measured()
        rows = zip(*columns.values(), strict=True)
        return {"predictions": [dict(zip(columns, row, strict=True)) for row in rows]}

    def _measured(self) -> list[float]:
        """Give what an assay reports, in the unit of the concentrations."""
        found, kinetics = self.simulated, self.kinetics
        stream = f"assay of {kinetics.drug}"
        noise = normals(root_key(self.subjects.root_seed), stream, np.arange(len(found.level)), 2)
        true = found.level / kinetics.per_mg_l
        reported = measured(true, found.hours_after_dose, kinetics.values, noise[:, 0], noise[:, 1])
        return list((reported * kinetics.per_mg_l).tolist())

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the concentrations, a line for each subject."""
        from cereblon.report.concentration import predictions_chart

        rows = self.tables()["predictions"]
        title = f"{self.kinetics.drug} at the observations of the data set"
        return {"predictions": predictions_chart(rows, unit=self.simulated.unit, title=title)}

    def text(self) -> str:
        """Say how many observations of how many subjects were simulated."""
        found = self.simulated
        patients = len(set(found.subject))
        return (
            f"{self.kinetics.drug}: {len(found.level):,} observations of {patients:,} "
            f"subject{'s' if patients != 1 else ''}, {float(found.level.min()):.4g} to "
            f"{float(found.level.max()):.4g} {found.unit}"
        )

    def content(self) -> Mapping[str, object]:
        """Give drug, unit, notes and predictions."""
        return {"drug": self.kinetics.drug, "unit": self.simulated.unit, "notes": self.notes, **self.tables()}

    def document(self) -> Document:
        """Give picture and table as a document."""
        (chart,), (rows,) = self.charts().values(), self.tables().values()
        panel = part(title="Concentrations", chart=chart, rows=rows)
        return Document(title=self.text(), lead=self.notes, sections=[panel], is_live=True)
