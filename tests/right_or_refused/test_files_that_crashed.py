"""Files that ended in a traceback, a hang or an abort when they were damaged at random; each stands for a kind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import cereblon as cb
from cereblon.cohort.definition import find_definition
from cereblon.core.errors import InputError
from cereblon.evidence.registry.facts import count, number
from cereblon.trials.trial import parse_trial

REGIMEN = Path(cb.__file__).parent / "model" / "regimens" / "library" / "drd.yaml"
RULES = "id: a\ntitle: t\nextends: us-label\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{RULES}rules: 1\n", "rules: is 1; a list is needed"),
        (f"{RULES}start: x\n", "start: is 'x'; a list is needed"),
        (f"{RULES}without: 2.5\n", "without: is 2.5; a list is needed"),
        (f"{RULES}drugs: [1]\n", "drugs: is \\[1\\]; a mapping is needed"),
        (f"{RULES}sources: x\n", "sources: is 'x'; a mapping is needed"),
        (f"{RULES}rules: [{{id: b, when: {{with: 1}}, do: hold}}]\n", "with: '1' is no list of drugs"),
        (f"{RULES}rules: [{{id: b, when: {{with: [[x]]}}, do: hold}}]\n", "is no list of drugs"),
    ],
)
def test_rules_with_a_value_of_another_kind_are_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(InputError, match=said):
        cb.explain_rules(tmp_path / "rules.yaml")


@pytest.mark.parametrize("digits", ["9" * 400, "-" + "9" * 400])
def test_a_number_of_the_registry_that_no_float_holds_is_none(digits: str) -> None:
    assert count(digits) is None
    assert number(digits) is None


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\u00ad", "\ufeff", "\u2028"])
def test_a_name_that_shows_another_is_refused_wherever_names_enter(character: str, tmp_path: Path) -> None:
    """`A\\u202edR` is shown as `ARd`, and `Rd` with a space of no width is a second treatment of that name."""
    name = f"R{character}d"
    contrasts = tmp_path / "n.csv"
    contrasts.write_text(f"study,treatment,versus,hr,ci_low,ci_high\nA,{name},P,0.7,0.6,0.82\n", encoding="utf-8")
    regimen = tmp_path / "mine.yaml"
    regimen.write_text(
        yaml.safe_dump({**yaml.safe_load(REGIMEN.read_text(encoding="utf-8")), "id": "mine", "label": name}),
        encoding="utf-8",
    )
    trial = {"id": "t", "replicates": 1, "arms": {"one": {"regimen": "rd", "size": 4, "label": name}}}
    asks: list[Callable[[], object]] = [
        lambda: cb.network(data=contrasts),
        lambda: cb.check_regimen(regimen),
        lambda: cb.regimen(str(regimen)),
        lambda: find_definition({"name": "x", "label": name}),
        lambda: parse_trial(trial, where="t.yaml"),
    ]
    for ask in asks:
        with pytest.raises(InputError, match=rf"holds U\+{ord(character):04X}"):
            ask()


def test_a_phase_of_thousands_of_orders_is_refused_before_each_is_compared_with_each(tmp_path: Path) -> None:
    regimen = yaml.safe_load(REGIMEN.read_text(encoding="utf-8"))
    regimen["phases"][0]["orders"] *= 500
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**regimen, "id": "mine"}), encoding="utf-8")
    began = time.process_time()
    with pytest.raises(InputError, match=r"phase continuous: has [\d,]+ orders; at most 200 are read"):
        cb.regimen(str(tmp_path / "mine.yaml"))
    assert time.process_time() - began < 5
