"""A strategy: lines of treatment, one after the other."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from cereblon.core.validation import Name, StrictModel
from cereblon.model.regimens.order import RegimenSource
from cereblon.model.regimens.regimen import Identifier, Regimen, SettingName
from cereblon.model.regimens.schedule import LONGEST_CYCLE

Basis = Literal["published", "derived", "fitted", "assumed"]


def _line_kind(line: Any) -> str:
    return "regimen" if isinstance(line, (dict, Regimen)) else "name"


class Strategy(StrictModel):
    """Lines of treatment: progression or intolerance moves a subject to the next; nothing follows the last.

    Parameters
    ----------
    lines
        Names of library regimens, or regimens written out.
    gap_days
        From the end of one line to the start of the next, a multiple of 7.
    era
        Roughly when the lines were given; our judgement, to say which drugs were at hand.
    basis
        How the choice of lines is known; `assumed` needs a reason in `notes`.
    """

    id: Identifier
    label: Name
    setting: tuple[SettingName, ...] = ()
    era: str = ""
    lines: tuple[
        Annotated[Annotated[Identifier, Tag("name")] | Annotated[Regimen, Tag("regimen")], Discriminator(_line_kind)],
        ...,
    ] = Field(min_length=1, max_length=6)
    gap_days: int = Field(default=28, ge=0, le=LONGEST_CYCLE, multiple_of=7, strict=True)
    basis: Basis
    sources: dict[str, RegimenSource] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Strategy:
        if self.basis == "assumed" and not any(note.strip() for note in self.notes):
            raise ValueError("basis is assumed, yet no note says why these lines")
        if self.basis != "assumed" and not self.sources:
            raise ValueError(f"basis is {self.basis}, yet there is no source")
        return self
