"""Files that ended in a traceback, a hang or an abort when they were damaged at random; each stands for a kind."""

from __future__ import annotations

from pathlib import Path

import pytest

import cereblon as cb
from cereblon.core.errors import InputError

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
