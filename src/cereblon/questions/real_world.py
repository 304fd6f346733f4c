"""`real_world`: a regimen in trials and in practice, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cereblon.core.arguments import need_text
from cereblon.core.errors import InputError
from cereblon.core.plain_text import capital, paragraph, table_text
from cereblon.core.rows import Row
from cereblon.evidence.library import load_all
from cereblon.evidence.study_choice import read_setting
from cereblon.evidence.wording import value_text
from cereblon.questions.result import Result
from cereblon.report.document import Document
from cereblon.synthesis.real_world import (
    CAUTIONS,
    NAMES,
    DrugCombination,
    PopulationRow,
    PracticeRow,
    compared_words,
    find_regimen,
    not_used,
    population_rows,
    practice_rows,
    readings,
)
from cereblon.vocabulary.endpoints import endpoint_label
from cereblon.vocabulary.settings import SETTING_NAMES

if TYPE_CHECKING:
    import altair as alt


_WHERE = {"trial": "trial", "practice": "routine care"}
_VALUE = "value; against the largest trial arm"


def real_world(regimen: str, *, setting: str | None = None) -> RealWorldComparison:
    """Set real-world results of a regimen beside trials of the same setting.

    Each real-world result is compared with the largest trial arm of its setting: medians as a ratio, response as a
    difference, with an interval where one can be derived. Nothing is pooled or adjusted.

    Parameters
    ----------
    regimen
        rd, vrd, ird, krd, drd or maintenance, or any name of the same drugs (`D-Rd`).
    setting
        Keep one setting, for example rrmm; None for all.

    Returns
    -------
        Tables `results`, `patients` (who was treated) and `readings` (what it says); picture `points`. Medians are in
        months, rates in percent, differences in percentage points.

    Raises
    ------
    UnknownNameError
        If the regimen or setting is not known, with the nearest ones.
    InputError
        If no cohort of practice gives results of the regimen.

    Source
    ------
    Newcombe, Statistics in Medicine 1998; 17: 873, method 10 (difference of rates).

    Examples
    --------
    >>> import cereblon as cb
    >>> sorted(set(cb.real_world("ird", setting="rrmm").table()["group"]))
    ['practice', 'trial']
    """
    need_text(regimen=regimen)
    notes = list[str]()
    setting = read_setting(setting, notes)
    found, studies = find_regimen(regimen), load_all()
    rows = practice_rows(studies, found, setting=setting)
    if not any(row.group == "practice" for row in rows):
        where = f" in the setting {setting}" if setting else ""
        raise InputError(f"no cohort of practice gives results of {found.name}{where}")
    notes += not_used(studies, found, setting=setting)
    return RealWorldComparison(found, rows, population_rows(studies, found, setting=setting), tuple(notes))


@dataclass(frozen=True, repr=False)
class RealWorldComparison(Result):
    """A regimen in trials and in practice.

    Attributes
    ----------
    regimen
        Which.
    results
        Figures of trials and of practice, by setting and endpoint.
    patients
        Who was treated, as far as published.
    remarks
        What was not used, and how words were read.
    """

    regimen: DrugCombination
    results: tuple[PracticeRow, ...]
    patients: tuple[PopulationRow, ...]
    remarks: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not used, and how words were read."""
        return self.remarks

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings that have figures of practice."""
        return tuple(dict.fromkeys(row.setting for row in self.results if row.group == "practice"))

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give results, patients and readings."""
        said: list[Row] = [
            {"setting": setting, "reading": sentence}
            for setting in self.settings
            for sentence in readings(self.results, self.patients, setting)
        ]
        results = [row.as_row() for row in self.results]
        return {"results": results, "patients": [row.as_row() for row in self.patients], "readings": said}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw trials above practice."""
        from cereblon.report.review.real_world import practice_chart

        shown = [row for row in self.results if row.setting in self.settings]
        return {"points": practice_chart(shown, with_setting=len(self.settings) > 1)}

    def content(self) -> Mapping[str, object]:
        """Give results, patients, readings and cautions."""
        settings = dict.fromkeys(row.setting for row in self.results)
        return {
            "regimen": self.regimen.key,
            "results": [row.as_row() for row in self.results],
            "patients": [row.as_row() for row in self.patients],
            "readings": {setting: readings(self.results, self.patients, setting) for setting in settings},
            "cautions": CAUTIONS,
        }

    def text(self) -> str:
        """Give the figures of each setting with what they say, cautions and references."""
        references: dict[str, int] = {}
        parts = [part for setting in self.settings for part in self._setting(setting, references)]
        parts += [paragraph(f"! {caution}") for caution in CAUTIONS]
        parts += ["\nreferences", *(f"[{number}] {reference}" for reference, number in references.items())]
        return "\n".join(parts)

    def _setting(self, setting: str, references: dict[str, int]) -> list[str]:
        said = [paragraph(f"- {sentence}") for sentence in readings(self.results, self.patients, setting)]
        cells: list[list[str]] = []
        here = [row for row in self.results if row.setting == setting]
        for endpoint in dict.fromkeys(row.endpoint for row in here):
            cells.append([NAMES[endpoint]])
            for row in here:
                if row.endpoint != endpoint:
                    continue
                mark = f"[{references.setdefault(row.source, len(references) + 1)}]"
                against = compared_words(row) or (row.why if row.group == "practice" else "")
                value = "; ".join(filter(None, (value_text(row.fact), against)))
                cells.append([f"  {row.study}", _WHERE[row.group], value, mark])
        results = table_text(("", "where", _VALUE, "ref"), cells, folded=(_VALUE,))
        heading = capital(SETTING_NAMES.get(setting, setting))
        described = self._described(setting)
        return [heading, *said, "", results, "", *([described, ""] if described else [])]

    def _described(self, setting: str) -> str:
        """Say who was treated, as far as published: a table of each trait."""
        cells: list[list[str]] = []
        here = [row for row in self.patients if row.setting == setting]
        for endpoint in dict.fromkeys(row.endpoint for row in here):
            cells.append([endpoint_label(endpoint)])
            for row in here:
                if row.endpoint != endpoint:
                    continue
                unit = "%" if row.unit == "percent" else row.unit
                cells.append([f"  {row.study}", _WHERE[row.group], f"{row.value:g} {unit}"])
        return table_text(("Patients", "where", "value"), cells) if cells else ""

    def document(self) -> Document:
        """Give pictures, tables and sources as a document."""
        from cereblon.report.review.document import review_document
        from cereblon.report.review.real_world import written_practice

        return review_document(written_practice(load_all(), self.regimen))
