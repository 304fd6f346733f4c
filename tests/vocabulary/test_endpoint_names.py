"""An endpoint is found by its name, and a name that is none is answered with what its words describe."""

from __future__ import annotations

import pytest

from cereblon.core.errors import UnknownNameError
from cereblon.vocabulary.endpoints import vocabulary


@pytest.mark.parametrize(
    ("words", "meant"), [("overall response", "orr"), ("progression-free survival", "pfs_hr or pfs_median")]
)
def test_words_of_an_endpoint_lead_to_its_name(words: str, meant: str) -> None:
    with pytest.raises(UnknownNameError, match="is not known") as refusal:
        vocabulary().endpoint(words)
    assert f"did you mean {meant}?" in str(refusal.value)


def test_a_misspelt_name_is_answered_with_those_spelt_alike() -> None:
    with pytest.raises(UnknownNameError) as refusal:
        vocabulary().endpoint("pfs_medain")
    assert "pfs_median" in str(refusal.value)
