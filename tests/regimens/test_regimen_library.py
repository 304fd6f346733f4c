"""The regimens and strategies that come with the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence.library import load_study, study_ids
from cereblon.evidence.study import Arm
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import (
    Regimen,
    load_regimen,
    order_grid,
    parse_regimen,
    regimen_names,
    resolve_lines,
    strategy_grid,
)
from cereblon.model.regimens.library import parse_entry
from cereblon.model.regimens.schedule import parse_days
from cereblon.trials.library import load_strategy, strategy_names
from cereblon.trials.published_regimen.stand_ins import stand_in

# fmt: off
ASKED_FOR = (
    "rd", "rd18", "rd-high-dex", "dex-high", "vrd-s0777", "rd-s0777", "vrd-ifm2009", "vrd-asct-ifm2009",
    "vrd-determination", "vrd-asct-determination", "vrd-lite", "ird", "krd", "drd", "drd-sc", "dvrd-perseus",
    "dvrd-griffin", "rd-r", "rd-r-emn01", "krd-asct-forte", "r-maintenance", "observation", "r30", "vd", "kd",
    "dara",
)
# fmt: on


@pytest.mark.parametrize("name", ASKED_FOR)
def test_the_library_has_every_regimen_that_a_user_may_expect(name: str) -> None:
    assert name in regimen_names()


@pytest.mark.parametrize("name", regimen_names())
def test_every_regimen_of_the_library_can_be_simulated(name: str) -> None:
    assert order_grid(load_regimen(name)).n_cycles >= 1


@pytest.mark.parametrize("name", strategy_names())
def test_every_strategy_has_at_most_three_lines_that_can_be_simulated(name: str) -> None:
    lines = resolve_lines(load_strategy(name))
    assert strategy_grid(lines).n_cycles.shape[0] <= 3


def test_every_source_of_the_library_is_used() -> None:
    unused = [
        f"{name}: {key}"
        for name in regimen_names()
        for regimen in [load_regimen(name)]
        for key in set(regimen.sources)
        - {phase.source for phase in regimen.phases}
        - {order.source for phase in regimen.phases for order in phase.orders}
    ]
    assert unused == []


def test_the_same_source_key_means_the_same_source_everywhere() -> None:
    seen: dict[str, set[str]] = {}
    for name in regimen_names():
        for key, source in load_regimen(name).sources.items():
            seen.setdefault(key, set()).add(source.model_dump_json())
    assert [key for key, variants in seen.items() if len(variants) > 1] == []


def test_names_are_looked_up_without_regard_to_case() -> None:
    assert load_regimen("KRd") == load_regimen("krd")


def test_an_unknown_regimen_suggests_near_names() -> None:
    with pytest.raises(UnknownNameError, match="regimen 'vrd-s077' is not known\n\nhint: did you mean vrd-s0777"):
        load_regimen("vrd-s077")


def test_an_unknown_strategy_suggests_near_names() -> None:
    with pytest.raises(UnknownNameError, match="did you mean swog-s0777-rd"):
        load_strategy("swog-s0777-r")


def test_a_strategy_file_with_an_unknown_line_names_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("{id: mine, label: Mine, lines: [rd, vdd], basis: assumed, notes: [ours]}", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: regimen 'vdd' is not known \(did you mean vd"):
        load_strategy(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_regimen(tmp_path / "none.yaml")


def test_malformed_yaml_names_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("id: mine\nphases: [\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.yaml, line 3, column 1"):
        load_regimen(str(file))


def test_a_regimen_is_read_back_from_what_it_prints() -> None:
    for name in regimen_names():
        regimen = load_regimen(name)
        assert parse_regimen(regimen.model_dump(mode="json"), where=name) == regimen


_DOSE = re.compile(r"([\d.]+) (mg|mg/m2|mg/kg)")


def _published(arm: Arm) -> set[tuple[int, str, float, str, tuple[int, ...]]]:
    """Orders of an arm that the evidence prints with dose and days, of drugs that no other dose stands for."""
    found = set()
    for phase in arm.regimen:
        for order in phase.drugs:
            match = _DOSE.fullmatch(order.dose or "")
            own = order.drug in DRUGS and stand_in(order, phase) is None
            if match and order.days and phase.cycle_days and own:
                days = parse_days(order.days)
                found.add((phase.cycle_days, order.drug, float(match[1]), match[2], days))
    return found


def _in_library(regimen: Regimen) -> set[tuple[int, str, float, str, tuple[int, ...]]]:
    return {
        (phase.cycle_days, order.drug, order.dose, order.unit, order.days)
        for phase in regimen.phases
        for order in phase.orders
    }


def test_every_published_order_of_a_trial_arm_is_in_the_first_line_of_its_strategy() -> None:
    """Expected: the arms' regimens in the evidence, read from the publications apart from the library."""
    missing = []
    compared = 0
    for study in map(load_study, study_ids()):
        for arm_id, arm in study.arms.items():
            name = f"{study.id}-{arm_id}"
            if name in strategy_names():
                published = _published(arm)
                compared += len(published)
                missing += [(name, order) for order in published - _in_library(resolve_lines(load_strategy(name))[0])]
    assert missing == []
    assert compared > 40  # so that a change of format cannot make the comparison empty


REFERENCE_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "regimens.md"


@pytest.mark.parametrize("number", [0, 1])
def test_the_files_on_the_reference_page_are_valid(number: int) -> None:
    block = REFERENCE_PAGE.read_text(encoding="utf-8").split("```yaml\n")[number + 1].split("```")[0]
    entry = parse_entry(parse_yaml(block, where="page"), where="page")
    lines = (entry,) if isinstance(entry, Regimen) else resolve_lines(entry)
    assert strategy_grid(lines).n_cycles.size == len(lines)
