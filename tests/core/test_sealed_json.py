"""Sealed JSON: one wrong bit anywhere is noticed."""

from __future__ import annotations

import json

import pytest

from cereblon.core.sealed_json import BrokenSealError, sealed, unsealed

CONTENT = {"run": "swög", "numbers": [1, 2.5, -0.0, 1e300], "none": None, "nested": {"b": 1, "a": True}}


def test_content_is_read_as_it_was_written_in_its_order() -> None:
    assert unsealed(sealed(CONTENT)) == CONTENT
    assert list(unsealed(sealed(CONTENT))["nested"]) == ["b", "a"]
    assert set(json.loads(sealed(CONTENT))) == {*CONTENT, "sha256"}


def test_every_bit_counts() -> None:
    """Also those of spaces, line ends, and of the checksum itself, whose letters could be of another case."""
    raw = sealed(CONTENT)
    for place in range(len(raw)):
        for bit in range(8):
            changed = raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
            with pytest.raises(BrokenSealError):
                unsealed(changed)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b'{"sha256": 3}', b"\xff", b"[" * 100_000, b"1" * 5000])
def test_what_was_never_sealed_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenSealError):
        unsealed(raw)


def test_something_behind_the_end_is_noticed() -> None:
    with pytest.raises(BrokenSealError):
        unsealed(sealed(CONTENT) + b"\n")
