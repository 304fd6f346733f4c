"""Treatment regimens and strategies: those of the library with calendar and sources, and your own checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cereblon.core.plain_text import capital
from cereblon.core.rows import Row, grouped, text
from cereblon.core.yaml_files import read_yaml, read_yaml_input
from cereblon.model.regimens import Regimen, Strategy, grid_problems, resolve_lines
from cereblon.model.regimens.accepted_doses import accepted_doses
from cereblon.model.regimens.calendar import calendar_rows
from cereblon.model.regimens.description import (
    describe_regimen,
    describe_strategy,
    listing,
    order_rows,
    order_sentences,
    summary,
)
from cereblon.model.regimens.library import parse_entry
from cereblon.model.regimens.reading import understood
from cereblon.questions.result import Listing, Result
from cereblon.report.document import Document, notes_sections, part
from cereblon.trials.library import load_entry, load_strategy, strategy_names

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine


def regimen(name: str | Path) -> RegimenDescription:
    """Show a regimen or strategy: dosing calendar, sources and notes.

    Parameters
    ----------
    name
        Regimen or strategy of the library, or a YAML file.

    Returns
    -------
        Table `orders`, picture `calendar`; its JSON is the regimen as a file.

    Raises
    ------
    UnknownNameError
        If the library has none of this name.
    InputError
        Listing every problem of a file.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.regimen("rd").table().select("drug", "dose", "unit", "days").rows()
    [('lenalidomide', 25.0, 'mg', '1-21'), ('dexamethasone', 40.0, 'mg', '1,8,15,22')]
    """
    return RegimenDescription(entry=load_entry(str(name)))


def regimens() -> RegimenList:
    """List the regimens and strategies of the library.

    Returns
    -------
        Table `regimens`: kind, name, setting, drugs, lines, label.

    Examples
    --------
    >>> import cereblon as cb
    >>> "vrd-s0777" in cb.regimens().table()["name"]
    True
    """
    return RegimenList(rows=tuple(listing(load_strategy(name) for name in strategy_names())))


def check_regimen(given: str | Path | Mapping[str, Any]) -> CheckedRegimen:
    """Check a regimen or strategy of your own.

    Parameters
    ----------
    given
        YAML file, "-" for standard input, or what such a file holds.

    Returns
    -------
        What it was read as, with what cannot be simulated among its warnings.

    Raises
    ------
    InputError
        Listing every problem.

    Examples
    --------
    >>> import cereblon as cb, json
    >>> print(str(cb.check_regimen(json.loads(cb.regimen("rd").to_json()))).splitlines()[0])
    OK: the regimen given: regimen rd, 1 phase, 2 orders (lenalidomide, dexamethasone), until progression
    """
    if isinstance(given, Mapping):
        where, data = "the regimen given", dict(given)
    elif str(given) == "-":
        where, data = "standard input", read_yaml_input()
    else:
        where, data = str(given), read_yaml(Path(given))
    return CheckedRegimen(entry=parse_entry(data, where=where), where=where, understood=tuple(understood(data)))


def _lines(entry: Regimen | Strategy) -> tuple[Regimen, ...]:
    return (entry,) if isinstance(entry, Regimen) else resolve_lines(entry)


@dataclass(frozen=True, eq=False, repr=False)
class RegimenDescription(Result):
    """A regimen or strategy with its calendar."""

    entry: Regimen | Strategy

    @property
    def notes(self) -> tuple[str, ...]:
        """Which doses were accepted although they are far from what the label gives."""
        return tuple(accepted_doses(_lines(self.entry)))

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `orders`, of all lines; a phase without orders has a row with an empty drug."""
        return {"orders": order_rows(_lines(self.entry))}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the `calendar` of all lines."""
        from cereblon.report.calendar import calendar_chart

        return {"calendar": calendar_chart(self._days(), title=self.entry.label)}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the `calendar` as a list."""
        from cereblon.report.calendar import calendar_lines

        return {"calendar": calendar_lines(self._days())}

    def _days(self) -> list[Row]:
        lines = _lines(self.entry)
        return [
            dict(row)
            for number, one in enumerate(lines, start=1)
            for row in calendar_rows(one, prefix=f"line {number}, {one.id}, " if len(lines) > 1 else "")
        ]

    def text(self) -> str:
        """Give calendar, sources and notes."""
        return describe_regimen(self.entry) if isinstance(self.entry, Regimen) else describe_strategy(self.entry)

    def answer(self) -> str:
        """Give what is ordered, one order a line."""
        return "\n".join([f"{self.entry.id}: {self.entry.label}", *order_sentences(_lines(self.entry))])

    def content(self) -> Mapping[str, object]:
        """Give what a file of this regimen holds."""
        return self.entry.model_dump(mode="json")

    def to_json(self) -> str:
        """Write the regimen as JSON, which can be read as a regimen file."""
        return self.entry.model_dump_json(indent=2)

    def document(self) -> Document:
        """Give calendar and orders as a document."""
        lines = _lines(self.entry)
        panels = [
            part("Calendar", self.chart(), self.tables()["orders"], lines=self.lists()["calendar"], folded="Orders"),
            *notes_sections((*self.entry.notes, *self.notes)),
        ]
        return Document(title=self.entry.label, lead=_given(lines), sections=panels)


def _given(lines: Sequence[Regimen]) -> list[str]:
    """Say in a sentence per line which drugs at which doses its phases give, and for how long."""
    said = []
    for number, one in enumerate(lines, start=1):
        phases = grouped(order_rows([one]), lambda row: text(row, "phase"))
        given = "; then ".join(_phase(rows) for rows in phases.values())
        said.append(f"Line {number}, {one.id}: {given}." if len(lines) > 1 else f"{capital(given)}.")
    return said


def _phase(rows: Sequence[Row]) -> str:
    first, doses = rows[0], grouped([row for row in rows if row["drug"]], lambda row: text(row, "drug"))
    cycles, days = first["phase_cycles"], first["cycle_days"]
    if isinstance(cycles, str):
        long = f"cycles of {days} days {cycles}"
    else:
        long = f"{days} days" if cycles == 1 else f"{cycles} cycles of {days} days"
    if first["transplant_day"]:
        long += f" with transplantation on day {first['transplant_day']}"
    drugs = []
    for drug, orders in doses.items():
        sizes = dict.fromkeys(f"{row['dose']:g}" for row in orders)
        drugs.append(f"{drug} {' then '.join(sizes)} {orders[0]['unit']}")
    return f"{long}: {', '.join(drugs) or 'no drug'}"


@dataclass(frozen=True, eq=False, repr=False)
class RegimenList(Listing):
    """The regimens and strategies of the library."""

    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What is listed."""
        return "Regimens and strategies"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `regimens`."""
        return {"regimens": self.rows}

    def text(self) -> str:
        """Give names and labels, regimens first."""
        width = max(len(str(row["name"])) for row in self.rows)
        parts = []
        for kind, title in (("regimen", "Regimens"), ("strategy", "Strategies (lines of treatment, by trial arm)")):
            entries = [f"  {row['name']!s:<{width}}  {row['label']}" for row in self.rows if row["kind"] == kind]
            parts.append("\n".join([title, *entries]))
        return "\n\n".join(parts)


@dataclass(frozen=True, eq=False, repr=False)
class CheckedRegimen(RegimenDescription):
    """A regimen or strategy of one's own, and what it was read as.

    Parameters
    ----------
    where
        Where it stood.
    understood
        What of it was understood in another form than it was written.
    """

    where: str
    understood: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was understood in another form than it was written, and which doses were accepted all the same."""
        return (*self.understood, *super().notes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What cannot be simulated."""
        lines = _lines(self.entry)
        return tuple(f"{self.where}, {problem}" for one in lines for problem in grid_problems(one))

    def text(self) -> str:
        """Give a summary, and what each order is read as."""
        sentences = (f"  {sentence}" for sentence in order_sentences(_lines(self.entry)))
        return "\n".join([f"OK: {self.where}: {summary(self.entry)}", *sentences])
