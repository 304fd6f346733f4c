"""The list of endpoints is closed, and each says unit and meaning."""

from __future__ import annotations

import pytest

from cereblon.core.errors import UnknownNameError
from cereblon.vocabulary.endpoints import SECTIONS, vocabulary


def test_sections_stand_in_the_order_of_a_study_file() -> None:
    order = [SECTIONS.index(endpoint.section) for endpoint in vocabulary().endpoints.values()]
    assert order == sorted(order)


def test_every_endpoint_has_a_known_unit_and_a_meaning() -> None:
    words = vocabulary()
    for endpoint in words.endpoints.values():
        assert set(endpoint.units) <= set(words.units)
        assert len(endpoint.meaning) > 2


def test_only_a_logarithm_may_be_negative() -> None:
    assert [endpoint.name for endpoint in vocabulary().endpoints.values() if endpoint.negative] == ["ic"]


def test_what_cannot_be_understood_alone_requires_its_qualifier() -> None:
    words = vocabulary().endpoints
    assert words["pfs_rate"].requires == ("month",)
    assert words["p_value"].requires == ("of",)
    without_grade = [name for name in words if name.startswith("ae_") and words[name].requires != ("grade",)]
    assert without_grade == ["ae_onset_median"]


def test_an_unknown_endpoint_names_its_neighbours() -> None:
    with pytest.raises(UnknownNameError, match=r"'pfs_medain' is not known\n\nhint: did you mean pfs_median"):
        vocabulary().endpoint("pfs_medain")
