"""Everything that is wrong with a trial, told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cereblon.core.errors import InputError


class Problems:
    """Collects refusals, each with its place.

    Parameters
    ----------
    where
        Name of what is checked, for messages.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._found: list[tuple[str, InputError]] = []

    @contextmanager
    def of(self, place: str) -> Iterator[None]:
        """Keep a refusal from within instead of raising it.

        Parameters
        ----------
        place
            Field or arm, for the message.
        """
        try:
            yield
        except InputError as error:
            self._found.append((f"{self._where}, {place}", error))

    def refuse(self) -> None:
        """Raise all refusals as one, if there are any.

        Raises
        ------
        InputError
            With one line per problem; of a single problem the class is kept.
        """
        if not self._found:
            return
        if len(self._found) == 1:
            where, error = self._found[0]
            raise type(error)(_placed(where, error.message), hint=error.hint) from error
        texts = []
        for where, error in self._found:
            advice = f" ({error.hint})" if error.hint else ""
            texts.append(_placed(where, error.message) + advice)
        raise InputError("\n".join(texts)) from self._found[0][1]


def _placed(where: str, message: str) -> str:
    """Put the place before every line that does not name it already."""
    return "\n".join(line if line.startswith(where) else f"{where}: {line}" for line in message.split("\n"))
