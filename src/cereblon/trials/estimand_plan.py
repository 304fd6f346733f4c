"""The `estimands` of a trial file: by which convention progression-free survival and response are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from cereblon.core.validation import StrictModel

if TYPE_CHECKING:
    from cereblon.outcomes import SummaryChoices

# Outcomes are loaded where they are asked for: a look-up reads plans and waits for no library of tables.


def _convention(text: Any) -> Any:
    from cereblon.outcomes.estimands import CONVENTIONS

    if text not in CONVENTIONS:
        raise ValueError(
            f"{text!r} is no convention of progression-free survival; {', '.join(CONVENTIONS)} are known"
        )
    return text


class EstimandPlan(StrictModel):
    """By which convention outcomes are counted.

    Parameters
    ----------
    pfs
        `ema`: progression and death count whenever they occur. `fda`: after two or more missed visits, or after a new
        therapy, they do not, and the patient is censored at the last adequate assessment.
    without
        Categories of response that are not told apart: `sCR` counts as complete response, `MR` as stable disease.
    mrd_with_cr_months
        Landmarks of MRD negativity with complete response, in months from randomisation.
    """

    pfs: Annotated[Literal["ema", "fda"], BeforeValidator(_convention)] = "ema"
    without: tuple[str, ...] = ()
    mrd_with_cr_months: tuple[Annotated[float, Field(gt=0, le=240)], ...] = ()

    @field_validator("without", mode="before")
    @classmethod
    def _categories(cls, given: Any) -> Any:
        from cereblon.outcomes.estimands import DROPPABLE

        names = (given,) if isinstance(given, str) else given
        strangers = [one for one in names if one not in DROPPABLE] if isinstance(names, (list, tuple)) else [given]
        if strangers:
            raise ValueError(f"{strangers[0]!r} cannot be left out; {' and '.join(DROPPABLE)} can")
        return tuple(dict.fromkeys(names))

    def choices(self, every_weeks: int) -> SummaryChoices:
        """Say how outcomes are summarised, where the disease is measured every so many weeks."""
        from cereblon.outcomes import SummaryChoices
        from cereblon.outcomes.estimands import censoring_of

        return SummaryChoices(
            censoring=censoring_of(self.pfs, visit_days=7.0 * every_weeks),
            without=self.without,
            mrd_with_cr_months=self.mrd_with_cr_months,
        )

    def sentences(self, every_weeks: int) -> list[str]:
        """Say it in words, for the report."""
        from cereblon.outcomes.estimands import sentences

        return sentences(self.pfs, self.choices(every_weeks))
