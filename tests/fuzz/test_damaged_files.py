"""A damaged file of any kind is read or refused in words: no traceback, no wait.

A few seconds of what `python tests/fuzz/fuzz_run.py` does for hours; docs/concepts/reliability.md has the counts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_damage import damaged
from fuzz_formats import FORMATS
from fuzz_trial import outcome
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

FEW = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_right_is_read(name: str, tmp_path: Path) -> None:
    """What the damage begins from must be right, else nothing behind the first check is met."""
    form = FORMATS[name]
    ends = [outcome(form, text, tmp_path, pictures=False) for text in form.seeds]
    assert ends == [("read", "")] * len(form.seeds)


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]

    @FEW
    @given(text=damaged(form.seeds, form.kind))
    def use(text: str) -> None:
        end, where = outcome(form, text, tmp_path, pictures=False)
        assert end in ("read", "refused"), f"{where}\n{text}"

    use()


def test_the_damage_is_structured() -> None:
    """Most damaged tables keep a header that is read, so that the checks of values are met, too."""
    texts: list[str] = []

    @FEW
    @given(text=damaged(("a,b\n1,2\n3,4\n",), "table"), _=st.none())
    def collect(text: str, _: None) -> None:
        texts.append(text)

    collect()
    assert len(set(texts)) > 6
