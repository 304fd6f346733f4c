"""Turn a pydantic refusal into one message that lists every problem of a file."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cereblon.errors import InputError

Model = TypeVar("Model", bound="StrictModel")


class StrictModel(BaseModel):
    """Base of what is read from files: frozen, no unknown key, no silent conversion of text to number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


def validate(model: type[Model], data: dict[str, Any], *, where: str) -> Model:
    """Build `model` from parsed data.

    Raises
    ------
    InputError
        Listing every problem with its field, what was found and what is allowed.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False):
            field = ".".join(str(part) for part in problem["loc"]) or "(whole file)"
            text = problem["msg"].removeprefix("Value error, ")
            got = problem.get("input")
            shown = "" if isinstance(got, (dict, list)) or problem["type"] == "missing" else f"; got {got!r}"
            lines.append(f"{where}, {field}: {text}{shown}")
        raise InputError("\n".join(lines)) from error
