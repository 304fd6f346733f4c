"""Rules that make lines of therapy, as data: two presets and a user's own in the same form, shown back in words."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from cereblon.core.errors import unknown_name
from cereblon.core.validation import Distinct, Name, StrictModel, validate
from cereblon.core.yaml_files import parse_yaml, read_yaml

_DAYS = Field(ge=0, le=3650)


class TransplantRule(StrictModel):
    """What belongs to the line of a transplantation.

    Parameters
    ----------
    before, after
        Drugs that begin this many days before or after it join its line.
    conditioning, conditioning_days
        Drugs that are conditioning when they begin at most so many days before, and open nothing.
    tandem_days
        Another transplantation within so many days is the same one.
    mobilisation, mobilisation_days, mobilisation_longest
        Drugs that mobilise when they begin at most so many days before and last no longer; they open nothing.
    """

    before: int = _DAYS
    after: int = _DAYS
    conditioning: Annotated[tuple[Name, ...], Distinct] = ()
    conditioning_days: int = _DAYS
    tandem_days: int = _DAYS
    mobilisation: Annotated[tuple[Name, ...], Distinct] = ()
    mobilisation_days: int = Field(0, ge=0, le=3650)
    mobilisation_longest: int = Field(0, ge=0, le=3650)


class MaintenanceRule(StrictModel):
    """A single drug that goes on with a line.

    Parameters
    ----------
    drugs
        Drugs that may.
    only_if_given_before
        Drugs that may where they were part of the combination.
    earliest, latest
        Days from the end of the combination within which it begins.
    after_combination_of
        Days that the combination lasted at least.
    longer_than
        Days that it must last.
    any_single_drug_after_transplant
        Days after a transplantation within which any single drug is maintenance.
    """

    drugs: Annotated[tuple[Name, ...], Distinct]
    only_if_given_before: Annotated[tuple[Name, ...], Distinct] = ()
    earliest: int = Field(ge=-365, le=365)
    latest: int = _DAYS
    after_combination_of: int = _DAYS
    longer_than: int = _DAYS
    any_single_drug_after_transplant: int = Field(0, ge=0, le=3650)


class Addition(StrictModel):
    """A drug that may join another for so many days from the start of the line."""

    drug: Name
    onto: Name
    within: int = _DAYS


class LineRules(StrictModel):
    """How lines are made of what was given.

    Parameters
    ----------
    join_days
        Drugs that begin within so many days of the start of a line join it.
    restart_after
        A drug that was off for longer, and with it all others of the line unless `drop_ends_after` is given, opens a
        line when it comes again; so does treatment after such a pause.
    drop_ends_after
        A line ends where one of its drugs is off for longer; None never.
    absent_class_days, absent_classes
        A drug of a class that the line lacks joins within so many days; only these classes unless empty.
    progression_forces_a_line
        Whether the next change after confirmed progression is a new line.
    """

    name: Name
    label: Name
    source: str
    join_days: int = _DAYS
    restart_after: int = _DAYS
    drop_ends_after: int | None = Field(None, ge=1, le=3650)
    absent_class_days: int = _DAYS
    absent_classes: Annotated[tuple[Name, ...], Distinct] = ()
    progression_forces_a_line: bool
    additions: tuple[Addition, ...] = ()
    merge_before_transplant: tuple[tuple[Name, ...], ...] = ()
    transplant: TransplantRule
    maintenance: MaintenanceRule

    def in_words(self) -> list[str]:
        """Say what the rules do, a sentence each."""
        graft, care = self.transplant, self.maintenance
        said = [
            "Steroids never open or end a line.",
            f"Drugs that begin within {self.join_days} days of the start of a line join it.",
            f"From {graft.before} days before to {graft.after} days after a transplantation, drugs join its line; "
            f"another transplantation within {graft.tandem_days} days is the same one.",
            f"{_listed(graft.conditioning)} up to {graft.conditioning_days} days before a transplantation is "
            "conditioning and opens nothing.",
            f"A single drug ({_listed(care.drugs)}) that begins {_span(care.earliest, care.latest)} the end of "
            f"a combination of at least {care.after_combination_of} days is maintenance of the same line.",
            f"A drug of {_listed(self.absent_classes) if self.absent_classes else 'a class'} that the line lacks "
            f"joins it within {self.absent_class_days} days of its start.",
            f"A drug that comes again after more than {self.restart_after} days opens a line"
            + ("." if self.drop_ends_after is not None else ", unless others of the line went on until then."),
            "Any other new drug opens a line.",
        ]
        if graft.mobilisation:
            said.append(f"{_listed(graft.mobilisation)} for a short time before a transplantation opens nothing.")
        if care.longer_than:
            said.append(f"Maintenance must last longer than {care.longer_than} days.")
        if care.only_if_given_before:
            said.append(f"{_listed(care.only_if_given_before)} alone is maintenance where the combination held it.")
        if care.any_single_drug_after_transplant:
            said.append(
                f"Any single drug within {care.any_single_drug_after_transplant} days after a transplantation is "
                "maintenance."
            )
        said += [f"{one.drug} joins {one.onto} within {one.within} days." for one in self.additions]
        said += [
            f"{' with '.join(one)} followed by a line with transplantation is one line."
            for one in self.merge_before_transplant
        ]
        if self.drop_ends_after is None:
            said.append("Stopping a drug or changing its dose never makes a line.")
        else:
            said.append(f"A line ends where one of its drugs is off for more than {self.drop_ends_after} days.")
        if self.progression_forces_a_line:
            said.append("After confirmed progression the next change is a new line.")
        return [one[0].upper() + one[1:] for one in said]


def _span(earliest: int, latest: int) -> str:
    begins = f"{-earliest} days before" if earliest < 0 else f"{earliest} days"
    return f"{begins} to {latest} days after"


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) if names else "nothing"


def line_rule_names() -> list[str]:
    """Name the presets."""
    folder = files("cereblon.cohort.line_rules")
    return sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))


def find_line_rules(given: str | Mapping[str, Any]) -> LineRules:
    """Give the rules that are named or written out.

    Parameters
    ----------
    given
        Name of a preset, a YAML file, or what such a file holds.

    Raises
    ------
    InputError
        Listing every problem of a file.
    UnknownNameError
        If there is no preset of the name.
    """
    if not isinstance(given, str):
        return validate(LineRules, dict(given), where="line rules")
    if given.endswith((".yaml", ".yml")) or "/" in given:
        return validate(LineRules, read_yaml(Path(given)), where=given)
    if given not in line_rule_names():
        raise unknown_name("set of line rules", given, line_rule_names())
    text = (files("cereblon.cohort.line_rules") / f"{given}.yaml").read_text(encoding="utf-8")
    return validate(LineRules, parse_yaml(text, where=given), where=given)
