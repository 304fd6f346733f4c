"""A study file is taken whole or refused with every problem named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.evidence.schema import find_problems, parse_study, read_study
from cereblon.evidence.study import as_written, build_study

STUDY = """\
id: my-trial
name: My trial
kind: randomised
phase: '3'
registry: [NCT00000000]
setting: rrmm
population: relapsed, 1-3 earlier lines
role: context
role_reason: written for a test
publications: [author-2020]
sources:
  author-2020: {citation: 'Author 2020, Journal', doi: 10.1000/example, quality: primary}
  news: {address: 'https://example.org/news', quality: secondary}
arms:
  rd:
    label: Rd
    regimen:
      - phase: continuous
        cycle_days: 28
        until: progression
        drugs:
          - {drug: lenalidomide, dose: 25 mg, route: oral, days: 1-21}
          - {drug: dexamethasone, dose: 40 mg, days: '1, 8, 15, 22'}
    regimen_source: author-2020
  krd: {label: KRd}
  all: {label: whole trial, pooled_of: [rd, krd]}
facts:
  - {arm: rd, endpoint: n_randomised, value: 100, unit: patients, source: author-2020}
  - {arm: rd, endpoint: orr, value: 66.7, unit: percent, interval: {low: 60, high: 72, level: 0.95}, source: news}
  - {arm: krd, endpoint: os_median, status: not_reached, unit: months, interval: {low: 20, level: 0.95}, source: news}
  - {arm: krd, versus: rd, endpoint: pfs_hr, value: 0.69, unit: ratio, p: {below: 0.001}, source: author-2020}
  - {arm: krd, endpoint: ae_neutropenia, grade: 3+, value: 30, unit: percent, source: author-2020}
"""


def test_a_sound_study_loads() -> None:
    study = parse_study(STUDY, where="my-trial.yaml")
    assert (study.facts[1].value, study.facts[2].status, study.facts[3].p.below) == (66.7, "not_reached", 0.001)


def test_a_study_written_back_is_the_study_that_was_read() -> None:
    study = parse_study(STUDY, where="my-trial.yaml")
    again = parse_study(yaml.safe_dump(as_written(study), sort_keys=False), where="again.yaml")
    assert again == study


REFUSALS = {
    "no source": (
        "unit: patients, source: author-2020",
        "unit: patients",
        r"fact 1 \(rd, n_randomised\), source: is missing; every number needs one",
    ),
    "empty source": (
        "unit: patients, source: author-2020",
        "unit: patients, source: ''",
        r"fact 1 .*, source: is empty",
    ),
    "unresolved source": (
        "unit: patients, source: author-2020",
        "unit: patients, source: autor-2020",
        r"fact 1 .*, source: 'autor-2020' is not known; did you mean author-2020\?",
    ),
    **{
        f"address {address}": (
            "https://example.org/news",
            address,
            rf"source news, address: got '{re.escape(address)}'; it starts with https:// or http://",
        )
        for address in ("javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc", "ftp://x.org")
    },
    "unknown endpoint": (
        "endpoint: orr",
        "endpoint: orrr",
        r"fact 2 \(rd, orrr\), endpoint: 'orrr' is not known; did you mean orr",
    ),
    "wrong unit": ("unit: months", "unit: month", r"fact 3 .*, unit: got 'month'; allowed: months"),
    "percent above 100": ("value: 66.7", "value: 667", r"fact 2 .*, value: got 667 percent; 0 to 100 is allowed"),
    "negative percent": ("value: 66.7", "value: -3", r"fact 2 .*, value: got -3 percent; 0 to 100 is allowed"),
    "number as text": ("value: 66.7", "value: '66.7'", r"fact 2 .*, value: got '66.7'; needed: number"),
    "null value": ("value: 66.7", "value: null", r"fact 2 .*, value: is empty; leave it out, or write status"),
    "yes as value": ("value: 66.7", "value: true", r"fact 2 .*, value: got True; text or a number is needed"),
    "not a number": ("value: 66.7", "value: .nan", r"fact 2 .*, value: got nan; needed: finite number"),
    "half a patient": ("value: 100", "value: 100.5", r"fact 1 .*, value: got 100.5 patients; a whole number"),
    "value and status": (
        "value: 100",
        "value: 100, status: not_reached",
        r"fact 1 .*: got value and status; exactly one",
    ),
    "no value": ("value: 100, ", "", r"fact 1 .*, value: is missing; exactly one of value, below and status"),
    "status of a rate": (
        "value: 66.7",
        "status: not_reached",
        r"fact 2 .*, status: got 'not_reached', which only a time can",
    ),
    "unknown status": (
        "status: not_reached",
        "status: NR",
        r"fact 3 .*, status: got 'NR'; allowed: 'not_reached' or 'not_estimable'",
    ),
    "interval without the value": (
        "low: 60, high: 72",
        "low: 67, high: 72",
        r"fact 2 .*, interval: 67 to 72 does not contain the value 66.7",
    ),
    "interval reversed": ("low: 60, high: 72", "low: 72, high: 60", r"fact 2 .*, interval: 72 to 60 is reversed"),
    "interval above 100": ("low: 60, high: 72", "low: 60, high: 172", r"fact 2 .*, interval: got 172 percent"),
    "interval without level": ("high: 72, level: 0.95", "high: 72", r"fact 2 .*, interval.level: is missing"),
    "level in percent": (
        "high: 72, level: 0.95",
        "high: 72, level: 95",
        r"fact 2 .*, interval: level 95 is not between 0 and 1",
    ),
    "interval without ends": ("low: 20, level", "level", r"fact 3 .*, interval: needs low, high or both"),
    "p above 1": ("below: 0.001", "below: 5", r"fact 4 .*, p: got 5; 0 to 1 is allowed"),
    "two p values": (
        "{below: 0.001}",
        "{below: 0.001, value: 0.0004}",
        r"fact 4 .*, p: exactly one of value and below",
    ),
    "ratio of zero": ("value: 0.69", "value: 0", r"fact 4 .*, value: got 0; a ratio is above 0"),
    "unknown arm": (
        "arm: krd, versus: rd",
        "arm: krdd, versus: rd",
        r"fact 4 .*, arm: 'krdd' is not known; did you mean krd",
    ),
    "unknown versus": (
        "versus: rd",
        "versus: dara",
        r"fact 4 .*, versus: 'dara' is not known; allowed: rd, krd, all",
    ),
    "versus itself": ("versus: rd", "versus: krd", r"fact 4 .*, versus: got 'krd', which is the arm itself"),
    "comparison without versus": (
        "versus: rd, ",
        "",
        r"fact 4 .*, versus: is missing; a comparison names the other arm",
    ),
    "versus of one arm's number": (
        "arm: rd, endpoint: orr",
        "arm: rd, versus: krd, endpoint: orr",
        r"fact 2 .*, versus: orr is a number of one arm",
    ),
    "adverse event without grade": (
        "grade: 3+, ",
        "",
        r"fact 5 .*, grade: is missing; ae_neutropenia cannot be understood",
    ),
    "unknown grade": ("grade: 3+", "grade: severe", r"fact 5 .*, grade: 'severe' is not known; allowed: any, 2\+"),
    "unknown field": (
        "status: not_reached",
        "status: not_reached, subgruop: x",
        r"fact 3 .*, subgruop: is not a field; did you mean subgroup",
    ),
    "unknown kind": (
        "kind: randomised",
        "kind: rct",
        r"my-trial.yaml, kind: got 'rct'; allowed: 'randomised', 'single-arm'",
    ),
    "unknown setting": (
        "setting: rrmm",
        "setting: relapsed",
        r"my-trial.yaml, setting: got 'relapsed'; allowed: 'ndmm'",
    ),
    "unknown role": (
        "role: context",
        "role: training",
        r"my-trial.yaml, role: got 'training'; allowed: 'calibration', 'validation' or 'context'",
    ),
    "no role reason": ("role_reason: written for a test\n", "", r"my-trial.yaml, role_reason: is missing"),
    "id with capitals": ("id: my-trial", "id: MyTrial", r"my-trial.yaml, id: got 'MyTrial'; lower-case"),
    "unresolved publication": (
        "publications: [author-2020]",
        "publications: [other]",
        r"publications: 'other' is not known",
    ),
    "source of no quality": (
        "doi: 10.1000/example, quality: primary",
        "doi: 10.1000/example",
        r"source author-2020, quality: is missing",
    ),
    "source without address": (
        "{address: 'https://example.org/news', ",
        "{",
        r"source news, needs a doi, a pmid, an address or a citation",
    ),
    "doi with resolver": (
        "doi: 10.1000/example",
        "doi: 'https://doi.org/10.1000/example'",
        r"source author-2020, doi: got .*; it starts with 10\.",
    ),
    "same document twice": (
        "address: 'https://example.org/news', quality: secondary",
        "doi: 10.1000/example, quality: primary",
        r"source news: is the same document as source author-2020",
    ),
    "unused source": (
        "address: 'https://example.org/news', quality: secondary}",
        "address: 'https://example.org/news', quality: secondary}\n  spare: {pmid: '1', quality: primary}",
        r"source spare: nothing uses it",
    ),
    "regimen without source": (
        "    regimen_source: author-2020\n",
        "",
        r"arm rd, regimen_source: is missing; doses and days need one",
    ),
    "phase with an unknown source": (
        "        cycle_days: 28\n",
        "        cycle_days: 28\n        source: registry\n",
        r"arm rd, regimen, continuous, source: 'registry' is not known",
    ),
    "drug with an unknown source": (
        "days: 1-21}",
        "days: 1-21, source: registry}",
        r"arm rd, regimen, continuous, lenalidomide, source: 'registry' is not known",
    ),
    "phase with a source that is assumed": (
        "        cycle_days: 28\n",
        "        cycle_days: 28\n        source: news\n        assumed: the dose of the label\n",
        r"arm rd, regimen, continuous: what has a source is not assumed; keep one of the two",
    ),
    "day outside the cycle": (
        "days: '1, 8, 15, 22'",
        "days: '1, 8, 15, 29'",
        r"arm rd, regimen, continuous, dexamethasone: days .* go outside the 28-day cycle",
    ),
    "days that are no days": (
        "days: 1-21",
        "days: 21-1",
        r"arm rd, regimen, continuous, lenalidomide: days '21-1' holds '21-1'",
    ),
    "unknown pooled arm": (
        "pooled_of: [rd, krd]",
        "pooled_of: [rd, drd]",
        r"arm all, pooled_of: 'drd' is not known; did you mean rd or krd",
    ),
    "arm as text": ("krd: {label: KRd}", "krd: KRd", r"arm krd: got 'KRd'; a mapping of fields is needed"),
}


@pytest.mark.parametrize(("found", "broken", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_true_is_refused_where_it_stands(found: str, broken: str, message: str) -> None:
    assert found in STUDY
    with pytest.raises(InputError, match=message):
        parse_study(STUDY.replace(found, broken, 1), where="my-trial.yaml")


def test_the_same_number_twice_is_refused() -> None:
    twice = STUDY + "  - {arm: rd, endpoint: n_randomised, value: 101, unit: patients, source: author-2020}\n"
    with pytest.raises(InputError, match=r"fact 6 .*: repeats fact 1 \(rd, n_randomised\); a second value needs"):
        parse_study(twice, where="my-trial.yaml")


def test_two_sources_that_disagree_are_two_facts() -> None:
    both = STUDY + "  - {arm: rd, endpoint: n_randomised, value: 101, unit: patients, source: news}\n"
    assert len(parse_study(both, where="my-trial.yaml").facts) == 6


def test_a_ratio_may_compare_two_subgroups_of_one_arm() -> None:
    fact = "{arm: rd, endpoint: os_hr, subgroup: old, versus_subgroup: young, value: 2, unit: ratio, source: news}"
    assert parse_study(f"{STUDY}  - {fact}\n", where="my-trial.yaml").facts[-1].versus is None


def test_all_problems_of_a_file_are_named_at_once() -> None:
    broken = STUDY.replace("role: context", "role: training").replace("value: 66.7", "value: 667")
    broken = broken.replace("versus: rd, ", "").replace("unit: months", "unit: month")
    with pytest.raises(InputError, match="5 problems") as caught:
        parse_study(broken, where="my-trial.yaml")
    for place in ("role", "fact 2 (rd, orr), value", "fact 2 (rd, orr), interval", "fact 3", "fact 4"):
        assert f"my-trial.yaml, {place}" in caught.value.message
    assert "cereblon evidence endpoints" in (caught.value.hint or "")


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates())
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=5), SCALARS, max_size=2))


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the way to every key and item of parsed YAML."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))


@given(place=st.sampled_from(list(_places(yaml.safe_load(STUDY)))), value=VALUES)
@settings(max_examples=60)
def test_whatever_stands_in_a_field_is_taken_or_named(place: tuple[str | int, ...], value: object) -> None:
    data = yaml.safe_load(STUDY)
    holder = data
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    problems = find_problems(data, where="my-trial.yaml")
    if not problems:
        build_study(data)
    assert all(problem.startswith("my-trial.yaml, ") for problem in problems)


@pytest.mark.parametrize("text", ["facts: 3", "sources: 1\narms: []\nfacts: {}", "id: [1]\nfacts: [1, x, {}]"])
def test_a_file_of_another_shape_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(InputError, match=r"x\.yaml, "):
        parse_study(text, where="x.yaml")


def test_a_study_file_is_named_after_its_id(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(STUDY, encoding="utf-8")
    with pytest.raises(InputError, match="id: got 'my-trial'; the name of the file says 'other'"):
        read_study(path)


CURVE = """\
curves:
  - {arm: rd, endpoint: pfs, source: news, figure: Figure 2, points: [[0, 100], [6, 80.5], [12, 62]]}
"""


def test_a_study_file_holds_the_points_of_a_printed_curve() -> None:
    study = parse_study(STUDY + CURVE, where="my-trial.yaml")
    assert study.curves[0].points == ((0.0, 100.0), (6.0, 80.5), (12.0, 62.0))
    assert build_study(as_written(study)) == study


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("arm: rd, endpoint: pfs", "arm: vrd, endpoint: pfs", "arm: 'vrd' is not known"),
        ("source: news, figure", "source: post, figure", "source: 'post' is not known"),
        ("endpoint: pfs", "endpoint: orr", "endpoint: got 'orr'"),
        ("[6, 80.5]", "[13, 80.5]", "in order of time"),
        ("[6, 80.5]", "[6, 50]", "rises by 12 points"),
        ("[[0, 100], [6, 80.5], [12, 62]]", "[[0, 1], [6, 0.8]]", "percent from 0 to 100 is needed"),
        ("[[0, 100], [6, 80.5], [12, 62]]", "[[0, 100]]", "two at least are needed"),
    ],
)
def test_points_that_can_be_no_survival_curve_are_refused(right: str, wrong: str, said: str) -> None:
    assert CURVE.count(right) == 1
    problems = find_problems(yaml.safe_load(STUDY + CURVE.replace(right, wrong)), where="my-trial.yaml")
    assert any(said in problem for problem in problems), problems
