"""Arguments of public functions that would change nothing beside the others."""

from __future__ import annotations

from collections.abc import Mapping

from cereblon.core.errors import ArgumentError


def refuse_unused(given: Mapping[str, object], because: str) -> None:
    """Refuse arguments that were given where they change nothing.

    Parameters
    ----------
    given
        Values by the name of the argument; None, False and an empty tuple were not given.
    because
        Why they change nothing, for the message.

    Raises
    ------
    ArgumentError
        Naming all that were given.
    """
    names = [name for name, value in given.items() if value is not None and value is not False and value != ()]
    if names:
        raise ArgumentError(f"{', '.join(names)} would change nothing: {because}")
