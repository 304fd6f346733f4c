"""What lenalidomide does from cereblon to the clone, immunity, stroma and marrow, alone and with partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.bounds import need_between
from cereblon.core.errors import ArgumentError
from cereblon.core.number_text import read_measure
from cereblon.core.rows import Row
from cereblon.core.small_programs import keep_small_programs
from cereblon.model.drugs.covariates import Written
from cereblon.model.mechanism.regimen_doses import left_out
from cereblon.model.mechanism.scenarios import PARTNERS
from cereblon.model.mechanism.summary import curve_rows, marker_rows
from cereblon.questions.mechanism_content import as_data, report_data_of, table_text
from cereblon.questions.mechanism_question import (
    MechanismCourses,
    MechanismQuestion,
    nodes,
    patient,
    read_parameters,
    solve_question,
)
from cereblon.questions.result import Result
from cereblon.report.document import Document
from cereblon.trials.library import load_one_line
from cereblon.vocabulary.drugs import need_drug

if TYPE_CHECKING:
    import altair as alt

NOTES = (
    "for research, not for the treatment of a patient",
    "directions are published, most sizes judged: cereblon parameters mechanism",
)


def mechanism(
    partners: str | Sequence[str] = (),
    *,
    regimen: str | None = None,
    dose: Written | None = None,
    crcl: Written | None = None,
    weight: Written | None = None,
    height: Written | None = None,
    knockout: str | Sequence[str] = (),
    parameters: Sequence[str] | Mapping[str, float] = (),
    cycles: int = 1,
    every_hours: float = 6.0,
) -> Mechanism:
    """Show what lenalidomide does from cereblon to the clone, immunity, stroma and marrow.

    Without partners or a regimen: lenalidomide alone, and with each of three usual partners.
    Values are in units of the untreated value, or shares. A changed dose, patient, node or parameter is set beside
    the standard case. Directions are published, most sizes are judged. For research, not for treating a patient.

    Parameters
    ----------
    partners
        Partner by its name or a brand, as dexamethasone or Velcade, one or several.
    regimen
        Give the drugs of this regimen of the library instead, as vrd-s0777.
    dose
        Lenalidomide, mg or with its unit: 25 on days 1 to 21 of 28, or as in the regimen, if None; 0 leaves it out.
    crcl
        Creatinine clearance, mL/min, or with its unit; 90 if None.
    weight
        Body weight, kg, or with its unit; 75 if None.
    height
        Body height, cm, or with its unit; 172 if weight is not given either.
    knockout
        Nodes that cannot answer, as "cereblon"; no signal passes through them.
    parameters
        Other values of parameters, as {"effector_exhaustion": 0.3}.
    cycles
        Cycles of 28 days, or of the regimen, 1 to 13.
    every_hours
        Hours between rows of the curve, 0.1 to 168.

    Returns
    -------
        Tables `curve` and `markers`, picture `markers`.

    Raises
    ------
    UnknownNameError
        If a drug, regimen, node or parameter is not known.
    InputError
        If a value is not possible, or changes nothing beside the others.

    Examples
    --------
    >>> import cereblon as cb
    >>> found = cb.mechanism("dexamethasone", knockout="cereblon", every_hours=168)
    >>> found.table()["direct_killing"].max()
    0.0
    """
    need_between("cycles", cycles, 1, 13)
    need_between("every_hours", every_hours, 0.1, 168.0)
    mg = read_measure("dose", dose, "mg") if isinstance(dose, str) else dose
    asked = (partners,) if isinstance(partners, str) else tuple(partners)
    if asked and regimen is not None:
        raise ArgumentError("--with does not apply with --regimen: the regimen names the partners")
    if mg == 0.0 and not asked and regimen is None:
        raise ArgumentError("--dose 0 leaves nothing to give: name a partner with --with")
    if mg == 0.0 and crcl is not None:
        raise ArgumentError("--crcl does not apply with --dose 0: it acts on lenalidomide, of which none is given")
    keep_small_programs()
    question = MechanismQuestion(
        partners=tuple(need_drug(name, PARTNERS) for name in asked),
        mg=mg,
        covariates=patient(crcl, weight, height),
        knockout=nodes(knockout),
        changes=read_parameters(parameters),
        cycles=cycles,
        regimen=regimen,
    )
    return Mechanism(asked_partners=asked, courses=solve_question(question), every_hours=every_hours)


@dataclass(frozen=True, eq=False, repr=False)
class Mechanism(Result):
    """Signals of the network under one treatment or several, and of the standard case beside a what-if.

    Parameters
    ----------
    asked_partners
        Partners as they were named.
    courses
        The question and its courses.
    every_hours
        Hours between rows of the curve.
    """

    asked_partners: tuple[str, ...]
    courses: MechanismCourses
    every_hours: float

    @property
    def notes(self) -> tuple[str, ...]:
        """How names were read, which drugs the network does not know, and how certain its numbers are."""
        asked = self.courses.question
        pairs = zip(self.asked_partners, asked.partners, strict=True)
        renamed = [f"{name} is read as {drug}" for name, drug in pairs if name != drug]
        absent = left_out(load_one_line(asked.regimen), asked.cycles) if asked.regimen is not None else ()
        return (*renamed, *(f"{drug} is not in the network and is left out" for drug in absent), *NOTES)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `curve`, every marker over time, and `markers`, their means and extremes."""
        courses = self.courses.courses
        return {
            "curve": [{**row} for course in courses for row in curve_rows(course, self.every_hours)],
            "markers": [row for course in courses for row in marker_rows(course)],
        }

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw every marker over time, one panel each."""
        from cereblon.report.mechanism import markers_chart

        return {"markers": markers_chart(report_data_of(self.courses))}

    def text(self) -> str:
        """Give the mean of every marker, by cell and treatment."""
        return table_text(self.courses)

    def content(self) -> Mapping[str, object]:
        """Give patient, changes, treatments with markers and edges, the standard case and the curve."""
        return as_data(self.courses, self.every_hours)

    def document(self) -> Document:
        """Give drawing, curves, values and evidence as a document."""
        from cereblon.report.mechanism import mechanism_document

        return mechanism_document(report_data_of(self.courses))

    def save(self, path: Path | str, name: str | None = None) -> Path:
        """Write the answer to a file, as every answer; a picture unless named holds the network and its markers.

        An .xml or .sbml file holds the network with kinetics and doses as SBML Level 3.

        Parameters
        ----------
        path, name
            As for every answer.

        Raises
        ------
        InputError
            As for every answer.
        """
        from cereblon.core.output_files import write_file
        from cereblon.report.mechanism import picture_bytes

        path = Path(path)
        kind = path.suffix.lower()
        if kind in (".xml", ".sbml"):
            write_file(path, self.sbml().encode())
        elif kind in (".png", ".svg") and name is None:
            write_file(path, picture_bytes(report_data_of(self.courses), kind))
        else:
            return super().save(path, name)
        return path

    def sbml(self) -> str:
        """Write the network with kinetics and doses of the treatment that is drawn as SBML Level 3."""
        from cereblon.model.mechanism.sbml import to_sbml

        asked, course = self.courses.question, self.courses.shown
        return to_sbml(course.treatment, covariates=asked.covariates, knockout=asked.knockout, changes=asked.changes)
