"""Turn a pydantic refusal into one message that lists every problem of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from cereblon.core.errors import InputError
from cereblon.core.kinds import kind_of
from cereblon.core.names import LONGEST_NAME, find_needed_name_problem, shortened

Model = TypeVar("Model", bound="StrictModel")


def _check_name(name: str) -> str:
    if problem := find_needed_name_problem(name):
        raise ValueError(problem)
    return name


Name = Annotated[str, AfterValidator(_check_name)]
"""A field that holds a name."""


def _check_distinct(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if repeated := sorted({shortened(str(one)) for place, one in enumerate(given) if one in given[:place]}):
        raise ValueError(f"{', '.join(repeated)} is named twice")
    return given


Distinct = AfterValidator(_check_distinct)
"""Mark of a list whose entries are different ones."""


class StrictModel(BaseModel):
    """Base of what is read from files: frozen, no unknown key, and no text or yes taken for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _has_the_kind(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[str(info.field_name)]
        if not any(isinstance(part, BeforeValidator) for part in field.metadata):
            problem = _misfit(field.annotation, value)
            if problem:
                raise ValueError(problem)
        return value


def _misfit(annotation: Any, value: Any) -> str:
    """Say that text or a yes stands where a number is needed, or anything else where a yes is; empty if it fits."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        reads_itself = any(isinstance(part, BeforeValidator) for part in parts[1:])
        return "" if reads_itself else _misfit(parts[0], value)
    if origin in (Union, UnionType):
        each = [_misfit(part, value) for part in parts if part is not type(None)]
        return "" if value is None or not all(each) else each[0]
    if annotation in (int, float) and isinstance(value, (bool, str)):
        return f"{_written(value)} is {kind_of(value)}; a number is needed"
    if annotation is bool and not isinstance(value, bool):
        return f"{_written(value)} is not true or false"
    inner: Mapping[Any, Any] = {}
    if origin in (tuple, list) and isinstance(value, (tuple, list)):
        inner = dict(enumerate(value))
    elif origin is dict and isinstance(value, dict):
        inner = value
    found = [f"{place}: {text}" for place, one in inner.items() if (text := _misfit(parts[origin is dict], one))]
    return "; ".join(found)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


_WITHIN = re.compile(r"([a-z_]+)(?:\.[a-z_0-9]+)*: ")


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
        lines = [f"{where}, {text}" for problem in error.errors(include_url=False) for text in texts(problem, model)]
        raise InputError("\n".join(lines)) from error


def texts(problem: Any, model: type[BaseModel]) -> list[str]:
    """Word one refusal of pydantic, one text for each fault: field, what is allowed, what was found.

    Parameters
    ----------
    problem
        One of `ValidationError.errors()`.
    model
        What was built; for the field that an unknown one was meant to be.
    """
    path = [str(part) for part in problem["loc"]]
    field = ".".join(path)
    if problem["type"] == "missing":
        return [f"{field}: is missing"]
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(path[-1], sorted(set(_field_names(model))), n=1)
        return [f"{field}: is not a known field" + (f"; did you mean {near[0]}?" if near else "")]
    message = _in_words(problem, model)
    lines: list[str] = message.split("\n")
    if not field:
        return lines
    got = problem.get("input")
    is_told = isinstance(got, (dict, list, tuple)) or (
        problem["type"] == "value_error" and shortened(str(got)) in message
    )
    shown = "" if is_told else f"; got {shortened(repr(got), LONGEST_NAME)}"
    return [f"{_placed(field, line, model)}{shown}" for line in lines]


def _placed(field: str, line: str, model: type[BaseModel]) -> str:
    """Put a field before a refusal; where the refusal begins with a field within it, the two are one path."""
    begun = _WITHIN.match(line)
    if begun and begun.group(1) in set(_field_names(model)):
        return f"{field}.{line}"
    return f"{field}: {line}"


def _in_words(problem: Any, model: type[BaseModel]) -> str:
    """Say what is wrong without the names of our classes and of pydantic's kinds."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in ("model_type", "model_attributes_type"):
        fields = next((list(one.model_fields) for one in _inner(model) if one.__name__ == context["class_name"]), [])
        return f"should be a mapping with {', '.join(fields)}" if fields else "should be a mapping"
    if kind in ("too_long", "too_short"):
        least, most = context.get("min_length"), context.get("max_length")
        limit = f"at most {most} are allowed" if kind == "too_long" else f"{least} or more are needed"
        return f"has {len(problem['input'])} entries; {limit}"
    if kind == "string_too_short" and context["min_length"] == 1:
        return "is empty; a text is needed"
    if kind == "int_from_float":
        return "should be a whole number"
    if kind in _LIMITS and isinstance(context[_LIMITS[kind][0]], (int, float)):
        name, words = _LIMITS[kind]
        return f"should be {words.format(context[name])}"
    if kind in _NEEDED:
        return f"is {kind_of(problem['input'])}; {_NEEDED[kind]} is needed"
    return str(problem["msg"]).removeprefix("Value error, ").removeprefix("Input ")


_LIMITS = {
    "greater_than_equal": ("ge", "{:.12g} or more"),
    "greater_than": ("gt", "above {:.12g}"),
    "less_than_equal": ("le", "{:.12g} at most"),
    "less_than": ("lt", "below {:.12g}"),
}
"""How a limit is told, by what pydantic calls the refusal of a number beyond it."""
_NEEDED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
}
"""What is needed, by what pydantic calls the refusal of another kind."""


def _inner(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """List a model and the models within it."""
    yield model
    for field in model.model_fields.values():
        for one in _models(field.annotation):
            yield from _inner(one)


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    """Name the fields of a model and of the models within it."""
    for one in _inner(model):
        yield from one.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
