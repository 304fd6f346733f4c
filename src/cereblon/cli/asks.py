"""Options that are the parameters of a public function: their names, defaults and help are read from its source.

The source is read as text, since importing what answers a question takes seconds that `--help` has not.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_type_hints

import typer

_ROOT = Path(__file__).parents[1]
Asked: TypeAlias = dict[str, Any]
"""Values of options, as arguments of the function that is asked."""

_KINDS: dict[str, type] = {"int": int, "float": float, "bool": bool}


@dataclass(frozen=True, kw_only=True)
class Asks:
    """A public function, or a class of what it takes, whose parameters are options of a command.

    Parameters
    ----------
    of
        Where it stands, as `questions.exposure.pk`.
    without
        Parameters that the command takes in another way.
    only
        The parameters that are options; all others if empty.
    many
        Those that may be given more than once.
    limits
        Least and greatest value, refused before anything is imported.
    flags
        Other spellings than `--name`.
    said
        Help, where that of the parameter speaks of Python.
    """

    of: str
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The options as they are written."""
        return tuple(self._flags(name)[-1] for name, _ in self._offered())

    def _flags(self, name: str) -> tuple[str, ...]:
        return self.flags.get(name, (f"--{name.replace('_', '-')}",))

    def _offered(self) -> list[tuple[str, _Described]]:
        """Give the parameters that are options; one that is not there is a mistake in the command."""
        described = _described(self.of)
        unknown = {*self.without, *self.only, *self.many, *self.limits, *self.flags, *self.said} - set(described)
        if unknown:
            raise TypeError(f"{self.of} has no {', '.join(sorted(unknown))}")
        return [
            (name, one)
            for name, one in described.items()
            if name not in self.without and (not self.only or name in self.only)
        ]

    def options(self) -> Iterator[inspect.Parameter]:
        """Give the options, as parameters of a command of typer."""
        for name, one in self._offered():
            least, most = self.limits.get(name, (None, None))
            option = typer.Option(*self._flags(name), min=least, max=most, help=self.said.get(name) or one.words)
            kind = list[str] if name in self.many else one.kind
            default = None if name in self.many else False if kind is bool else one.default
            yield inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if one.is_required else default,
                annotation=Annotated[kind | None if default is None and not one.is_required else kind, option],
            )

    def asked(self, given: dict[str, Any]) -> Asked:
        """Take the values of its options out of those of the command, as arguments of the function."""
        values = {}
        for name, one in self._offered():
            value = given.pop(name)
            not_said = value is None or value is False
            values[name] = (() if name in self.many else one.default) if not_said else value
        return values


@dataclass(frozen=True, slots=True)
class _Described:
    """A parameter of a function, or a field of a class, as its source says it."""

    kind: Any
    default: Any
    is_required: bool
    words: str


@cache
def _described(of: str) -> dict[str, _Described]:
    """Describe each parameter of a function, or field of a class, from its source."""
    module, name = of.rsplit(".", 1)
    tree = ast.parse((_ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    node = next(one for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == name)
    words = _entries(ast.get_docstring(node) or "")
    found = {}
    for parameter, annotation, default in _parameters(node):
        parts = set(ast.unparse(annotation).split(" | ")) - {"None"}
        found[parameter] = _Described(
            kind=_KINDS.get(parts.pop(), str) if len(parts) == 1 else str,
            default=None if default is None or isinstance(default, ast.Tuple) else _literal(default, tree),
            is_required=default is None and isinstance(node, ast.FunctionDef),
            words=_help(words.get(parameter, ""), words),
        )
    return found


def _literal(default: ast.expr, tree: ast.Module) -> Any:
    """Give a default; one that has a name is looked up in the module."""
    if isinstance(default, ast.Name):
        named = (one for one in tree.body if isinstance(one, ast.Assign))
        default = next(one.value for one in named if ast.unparse(one.targets[0]) == ast.unparse(default))
    return ast.literal_eval(default)


def _parameters(node: ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    if isinstance(node, ast.ClassDef):
        for one in node.body:
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                yield one.target.id, one.annotation, one.value
        return
    first = node.args.args
    defaults = [*[None] * (len(first) - len(node.args.defaults)), *node.args.defaults, *node.args.kw_defaults]
    for argument, default in zip([*first, *node.args.kwonlyargs], defaults, strict=True):
        if argument.annotation is not None:
            yield argument.arg, argument.annotation, default


def _entries(docstring: str) -> dict[str, str]:
    """Read the section of parameters: each name with its text."""
    section = re.search(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", docstring, flags=re.M | re.S)
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\S.*)\n((?:[ ]{4}.*\n?|\n)+)", section[1] if section else "", flags=re.M):
        found |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    return found


def _help(text: str, names: Mapping[str, str]) -> str:
    """Turn the text of a parameter into that of an option: other parameters are options, and None is left out."""
    text = re.sub(r"`(\w+)`", lambda one: f"--{one[1].replace('_', '-')}" if one[1] in names else one[1], text)
    return text.replace("if None", "if left out")


@dataclass(frozen=True)
class Gathers:
    """Options that several commands have: the fields of a dataclass, of which a command receives one value."""

    of: type

    def options(self) -> Iterator[inspect.Parameter]:
        """Give the options, as parameters of a command of typer."""
        kinds = get_type_hints(self.of, include_extras=True)
        for one in fields(self.of):
            yield inspect.Parameter(
                one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=kinds[one.name]
            )

    def asked(self, given: dict[str, Any]) -> Any:
        """Take the values of its options out of those of the command, as one value."""
        return self.of(**{one.name: given.pop(one.name) for one in fields(self.of)})


def asks(*questions: Asks | Gathers) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of some questions; it receives the values of each, before its own arguments."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = list(inspect.signature(command).parameters.values())[len(questions) :]
        parameters = [option for question in questions for option in question.options()]
        parameters += [one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in own]

        def wrapped(**given: Any) -> None:
            asked = [question.asked(given) for question in questions]
            command(*asked, **given)

        wrapped.__name__, wrapped.__doc__, wrapped.__module__ = command.__name__, command.__doc__, command.__module__
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {one.name: one.annotation for one in parameters}
        return wrapped

    return decorate
