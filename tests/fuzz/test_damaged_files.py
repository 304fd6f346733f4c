"""A damaged file of any kind is read or refused in words: no traceback, no wait.

A few seconds of what `python tests/fuzz/fuzz_run.py` does for hours; docs/concepts/reliability.md has the counts.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from fuzz_damage import damaged
from fuzz_formats import FORMATS
from fuzz_trial import outcome
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

FEW = settings(
    max_examples=6,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_right_is_read(name: str, tmp_path: Path) -> None:
    """What the damage begins from must be right, else nothing behind the first check is met."""
    form = FORMATS[name]
    ends = [outcome(form, content, tmp_path, fully=False) for content in form.seeds]
    assert ends == [("read", "")] * len(form.seeds)


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]

    @FEW
    @given(luck=st.randoms(use_true_random=False))
    def use(luck: Random) -> None:
        content = damaged(luck, form.seeds, form.kind)
        end, where = outcome(form, content, tmp_path, fully=False)
        assert end in ("read", "refused"), f"{where}\n{content!r}"

    use()


def test_the_damage_is_structured() -> None:
    """Most damaged tables keep a header that is read, so that the checks of values are met, too."""
    seed, luck = b"a,b\n1,2\n3,4\n", Random(1)
    made = [damaged(luck, (seed,), "table") for _ in range(40)]
    assert len(set(made)) > 30
    assert sum(content.startswith((b"a,b", b"a;b", b"a\tb")) for content in made) > 10
