"""The numbers of the tutorial on designs: `python -m scripts.design_tutorial` writes them into its page.

It asks what the page asks, with the patients that the page simulates: about two minutes of processor time where they
are not there already (`--out` names their folder).
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any

import cereblon as cb
from cereblon.core.marked_page import Markers
from cereblon.questions.trial_design import TrialDesign
from scripts.reference_pages.markdown import table

PAGE = Path("docs/tutorial/design-a-trial.md")
TRIAL, WITH_MRD = "docs/examples/dvrd-against-vrd.yaml", "docs/examples/with-mrd/dvrd-against-vrd.yaml"


def fill(part: str, text: str) -> None:
    """Put a text between the markers of a part of the page."""
    Markers(f"<!-- {part} -->", f"<!-- end of {part} -->").write(PAGE, text)


def wrapped(text: str) -> str:
    """Give a paragraph in lines of the page's width."""
    return textwrap.fill(text, 132)


def percent(share: float) -> str:
    """Give a share in percent, to a tenth where it is not whole."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def numbers(found: TrialDesign, name: str) -> dict[str, float]:
    """Give a table of named numbers by name."""
    return dict(found.table(name).select("design_number", "value").iter_rows())


def first_answer(found: TrialDesign) -> str:
    """Say what the looks do, and how sure that is."""
    looks: list[dict[str, Any]] = found.table("looks").to_dicts()
    rows = [
        [
            look["held_at"],
            f"{look['look_month']:.1f}",
            percent(look["chance_by_then"]),
            f"{100 * look['monte_carlo_error']:.1f}",
            f"{look['effect_low']:.2f} to {look['effect_high']:.2f}",
            f"{look['effect_needed']:.2f}",
        ]
        for look in looks
    ]
    names = ("", "month, mean", "success by then", "Monte Carlo error", "hazard ratio, nine of ten trials", "needed")
    ends, sure = numbers(found, "summary"), found.assurance
    if sure is None:
        raise SystemExit("the tutorial needs draws of the parameters")
    early = percent(ends["chance to stop before the last look"])
    poor = sum(one < 0.5 for one in sure.by_draw)
    words = [
        f"The trial stops before its last look in {early} of the trials, after {ends['expected months']:.0f} months "
        f"and {ends['expected events']:.0f} events on average. The assurance is {percent(sure.chance.value)} (Monte "
        f"Carlo error {100 * sure.chance.error:.1f}): of {sure.draws} draws of the parameters {poor} give a chance "
        "below one half. The chance at the best guess does not show them.",
        *(f"A note says of {note}." for note in found.notes),
    ]
    return "\n\n".join([table(names, rows, right=(1, 2, 3)).rstrip(), *map(wrapped, words)])


def closed_forms(found: TrialDesign) -> str:
    """Set the size beside what closed forms ask for."""
    by_name = numbers(found, "closed_forms")
    events = by_name["events for the wanted power, Schoenfeld"]
    patients = by_name["patients for the wanted power, followed to the data cut, Lachin and Foulkes"]
    size, ratio = found.setup.enrolment.patients, by_name["ratio of mean hazards of the simulated arms"]
    return wrapped(
        f"The mean hazards of the simulated arms have a ratio of {ratio:.2f}. For that Schoenfeld asks for "
        f"{events:.0f} events, and Lachin and Foulkes for {patients:.0f} patients followed to the data cut. The "
        f"trial has {size} patients, {size / patients:.1f} times as many."
    )


def smallest(found: TrialDesign) -> str:
    """Say which size the search found."""
    if found.found is None:
        raise SystemExit("the search of the tutorial found no size")
    one = next(each for each in found.searched if each.value == found.found)
    sized = found.setup.of_size(round(found.found))
    events = [str(look.events) for look in sized.looks]
    return wrapped(
        f"finds {found.found:.0f} patients for a power of 90 % (it has {percent(one.power.value)}, Monte Carlo error "
        f"{100 * one.power.error:.1f}), with the looks in proportion (at {', '.join(events[:-1])} and {events[-1]} "
        f"events) and an expected duration of {one.months:.0f} months, on the patients that are there already; the "
        "report draws power over sizes and ends."
    )


def beside(found: TrialDesign) -> str:
    """Say what the second endpoint adds."""
    second = found.co_primary
    if second is None:
        raise SystemExit("the second example of the tutorial has no endpoint beside the primary one")
    low, _, middle, _, high = second.effect
    return wrapped(
        f"MRD negativity with complete response is shown in {percent(second.power.value)} of the trials (Monte Carlo "
        f"error {100 * second.power.error:.1f}); the arms differ by {middle:.0f} points ({low:.0f} to {high:.0f} in "
        f"nine of ten trials). One of the two endpoints succeeds in {percent(second.either.value)}, both in "
        f"{percent(second.both.value)}. Its look is at month {second.month:.0f}, with {second.patients:.0f} patients "
        "who have reached the landmark."
    )


def next_look(found: TrialDesign) -> str:
    """Say when the next look will be."""
    ahead = next(look for look in found.calendar.looks if look is not None)
    return f"The first look is expected in month {ahead[1]:.1f} (nine of ten {ahead[0]:.1f} to {ahead[2]:.1f})."


def main() -> None:
    """Ask, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--out", type=Path, help="folder of the simulated patients; that of the command unless given"
    )
    out = options.parse_args().out
    found = cb.design(TRIAL, out=out, search="size")
    fill("first answer", first_answer(found))
    fill("closed forms", closed_forms(found))
    fill("smallest size", smallest(found))
    fill("endpoint beside", beside(cb.design(WITH_MRD, out=out)))
    fill("next look", next_look(cb.design(TRIAL, out=out, enrolled=420, events=38, month=16.0)))


if __name__ == "__main__":
    main()
