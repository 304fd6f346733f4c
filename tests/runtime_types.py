"""Annotations checked when a function is called: what stands in them is true, shapes of arrays included."""

from __future__ import annotations

from typing import Any

import pytest
from beartype import BeartypeConf, FrozenDict, beartype
from pydantic import ValidationInfo

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""As `beartype`, with the rule of the type checker that a whole number is a float."""


class UntrueAnnotation(UserWarning):
    """What a function took or gave is not what its annotation says; pytest makes an error of the warning."""


CHECKED = BeartypeConf(
    is_pep484_tower=True,
    violation_type=UntrueAnnotation,
    claw_is_pep526=False,
    hint_overrides=FrozenDict({ValidationInfo: Any}),  # a protocol that cannot be checked at run time
)
"""The same for packages whose arrays are of NumPy, where no annotation states a shape."""

misused = pytest.mark.filterwarnings("ignore::runtime_types.UntrueAnnotation")
"""Of a test that gives what the annotation forbids, to see it refused in our words."""
