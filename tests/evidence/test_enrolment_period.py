"""Tests of the period in which a study enrolled: what is read, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cereblon.core.errors import InputError
from cereblon.evidence.schema import parse_study
from cereblon.evidence.study import Study, as_written
from cereblon.trials.enrolment_year import study_enrolment_year
from cereblon.trials.study_plan import plan_study

_STUDY = {
    "id": "my-cohort",
    "name": "My cohort",
    "kind": "real-world",
    "setting": "rrmm",
    "population": "relapsed",
    "role": "context",
    "role_reason": "an example",
    "sources": {"a": {"citation": "A 2020", "quality": "primary"}},
    "arms": {
        "rd": {
            "label": "Rd",
            "regimen": [{"phase": "treatment", "drugs": [{"drug": "lenalidomide"}, {"drug": "dexamethasone"}]}],
        }
    },
    "facts": [],
}


def study(**enrolled: Any) -> Study:
    return parse_study(yaml.safe_dump({**_STUDY, "enrolled": enrolled}), where="my-cohort.yaml")


@pytest.mark.parametrize(
    ("first", "last", "middle"), [("2014-03", "2016-02", 2015.1667), (2009, 2011, 2010.5), (2015, "2015-06", 2015.25)]
)
def test_the_year_of_a_study_is_the_middle_of_its_enrolment(first: Any, last: Any, middle: float) -> None:
    found = study(first=first, last=last, source="a")
    assert study_enrolment_year(found) == pytest.approx(middle, abs=1e-3)
    assert as_written(found)["enrolled"] == {"first": str(first), "last": str(last), "source": "a"}


@pytest.mark.parametrize(
    ("enrolled", "said"),
    [
        ({"first": "2014-13", "last": 2016, "source": "a"}, "got 2014-13; a month such as 2014-03 or a year"),
        ({"first": "March 2014", "last": 2016, "source": "a"}, "got March 2014; a month"),
        ({"first": "2016-02", "last": "2014-03", "source": "a"}, "the last not before the first"),
        ({"first": 1492, "last": 2016, "source": "a"}, "from 1950 to 2100"),
        ({"first": 2014, "last": 2016}, "source: is missing"),
        ({"first": 2014, "last": 2016, "source": "b"}, "enrolled.source"),
        ({"first": 2014, "last": True, "source": "a"}, "enrolled.last"),
        ({"first": 2014, "last": 2016, "source": "a", "until": 2017}, "enrolled.until"),
    ],
)
def test_a_period_that_is_none_is_refused(enrolled: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        study(**enrolled)


@pytest.mark.parametrize(
    ("years", "later"), [((2004, 2006), ["vd", "kd"]), ((2010, 2013), ["vd", "dara"]), ((2016, 2020), ["dvd", "kd"])]
)
def test_what_follows_is_what_was_usual_then(years: tuple[int, int], later: list[str]) -> None:
    planned = plan_study(study(first=years[0], last=years[1], source="a"), found_at=None).plan
    assert planned is not None and planned.arms["rd"].strategy["lines"] == ["rd", *later]
    assert planned.enrolment_year == (years[0] + years[1] + 1) / 2
