"""Registry records as they are: right, or named with the reason. The file in `data` is invented."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.evidence.registry import draft_study

DATA = Path(__file__).parent / "data"


def text_of(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def test_a_group_that_nobody_started_gives_no_number() -> None:
    draft = draft_study(text_of("registry-empty-period.json"), where="r.json")
    left = {(row["arm"], row["phase"]): row["value"] for row in draft.rows if row["endpoint"] == "discontinued_ae"}
    assert left == {("placebo", "Blinded"): 1, ("drug", "Blinded"): 2, ("extension", "Open"): 3}
    assert "flow, Open: left for adverse event, drug: nobody of the group started" in draft.unread


def outcome(value: str, *, people: str = "20", unit: str = "percentage of participants") -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text_of("registry-empty-period.json"))
    measure = {
        **{
            "title": "Overall Response Rate",
            "reportingStatus": "POSTED",
            "paramType": "NUMBER",
            "unitOfMeasure": unit,
        },
        "groups": [{"id": "OG000", "title": "Drug"}],
        "denoms": [{"units": "Participants", "counts": [{"groupId": "OG000", "value": people}]}],
        "classes": [{"categories": [{"measurements": [{"groupId": "OG000", "value": value}]}]}],
    }
    content["resultsSection"]["outcomeMeasuresModule"] = {"outcomeMeasures": [measure]}
    return content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (outcome("130"), "orr of drug: 130 percent is outside what a percent can be"),
        (outcome("-3"), "orr of drug: -3 percent is outside what a percent can be"),
        (outcome("0", people="0"), "nobody in drug was analysed"),
        (outcome("78", unit="proportion of participants"), "orr of drug: 7800 percent is outside"),
        (outcome("25", unit="participants"), "orr of drug: 125 percent is outside"),
    ],
)
def test_a_number_of_the_registry_that_cannot_be_is_named_and_not_taken_over(
    content: dict[str, Any], said: str
) -> None:
    draft = draft_study(json.dumps(content), where="r.json")
    assert not [row for row in draft.rows if row["endpoint"] == "orr"]
    assert any(said in line for line in draft.unread)


def test_brands_of_interventions_become_active_substances() -> None:
    content = json.loads(text_of("registry-empty-period.json"))
    module = content["protocolSection"]["armsInterventionsModule"]
    names = ["Drug: Revlimid", "Drug: Placebo to Ninlaro", "Drug: dexamethasone"]
    module["armGroups"][1]["interventionNames"] = names
    module["interventions"] = [{"type": "DRUG", "name": name.partition(": ")[2]} for name in names]
    text = draft_study(json.dumps(content), where="r.json").text
    for part in (
        "{drug: lenalidomide}",
        "{drug: placebo}",
        "{drug: dexamethasone}",
        "Revlimid was read as lenalidomide",
    ):
        assert part in text


def _without(content: Any, rng: random.Random) -> Any:
    """Remove one branch at random."""
    if isinstance(content, dict) and content:
        key = rng.choice(sorted(content))
        if rng.random() < 0.3:
            return {name: item for name, item in content.items() if name != key}
        return {**content, key: _without(content[key], rng)}
    if isinstance(content, list) and content:
        place = rng.randrange(len(content))
        return [_without(item, rng) if place == number else item for number, item in enumerate(content)]
    return content


@given(st.integers(0, 10**6))
@settings(max_examples=60)
def test_a_record_that_lacks_a_part_gives_a_draft_or_says_what_is_missing(seed: int) -> None:
    content = _without(outcome("40"), random.Random(seed))
    try:
        assert yaml.safe_load(draft_study(json.dumps(content), where="r.json").text)["arms"] is not None
    except InputError as error:
        assert "is missing" in str(error) or "is needed" in str(error)
