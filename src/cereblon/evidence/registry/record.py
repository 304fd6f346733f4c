"""A record of ClinicalTrials.gov, version 2 of its data format, that remembers what was read from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.kinds import kind_of

Path: TypeAlias = tuple[str | int, ...]
HINT = "save one study from https://clinicaltrials.gov/api/v2/studies/NCT... (or `Download, JSON` on its page)"


class Branch:
    """A mapping within a record; what is asked of it counts as read.

    A key that is absent gives an empty text, list or mapping; one of another type is refused, since then the format
    is not the one this was written for.
    """

    def __init__(self, value: Mapping[str, object], path: Path, taken: set[Path]) -> None:
        self._value, self._path, self._taken = value, path, taken

    def text(self, key: str) -> str:
        """Give a text, a number as text, or nothing."""
        found = self._value.get(key)
        if isinstance(found, (dict, list)):
            raise self._wrong(key, "a text")
        self._taken.add((*self._path, key))
        return "" if found is None else " ".join(str(found).split())

    def texts(self, key: str) -> list[str]:
        """Give the texts of a list."""
        found = self._list(key)
        self._taken.add((*self._path, key))
        return [" ".join(str(item).split()) for item in found]

    def branch(self, key: str) -> Branch:
        """Give the mapping under a key."""
        found = self._value.get(key, {})
        if not isinstance(found, dict):
            raise self._wrong(key, "a mapping")
        return Branch(found, (*self._path, key), self._taken)

    def items(self, key: str) -> list[Branch]:
        """Give the mappings of a list."""
        branches = []
        for index, item in enumerate(self._list(key)):
            if not isinstance(item, dict):
                raise self._wrong(key, "a list of mappings")
            branches.append(Branch(item, (*self._path, key, index), self._taken))
        return branches

    def finish(self) -> None:
        """Count all that stands below as read, because what was left is listed with its reason."""
        self._taken.add(self._path)

    def is_empty(self) -> bool:
        """Tell whether nothing stands here."""
        return not self._value

    def unread(self) -> dict[str, int]:
        """Count the values that were not read by their place; numbers of list items are left out."""
        counts: dict[str, int] = {}
        for path in _leaves(self._value, self._path):
            if not any(path[:length] in self._taken for length in range(1, len(path) + 1)):
                place = "".join("[]" if isinstance(part, int) else f".{part}" for part in path)[1:]
                counts[place] = counts.get(place, 0) + 1
        return counts

    def _list(self, key: str) -> list[object]:
        found = self._value.get(key, [])
        if not isinstance(found, list):
            raise self._wrong(key, "a list")
        return found

    def _wrong(self, key: str, needed: str) -> InputError:
        place = ".".join(str(part) for part in (*self._path, key))
        return InputError(f"{place}: got {kind_of(self._value[key])}; {needed} is needed", hint=HINT)


def _leaves(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path


def parse_record(text: str, *, where: str) -> Branch:
    """Read one study record.

    Parameters
    ----------
    text
        JSON of ClinicalTrials.gov, version 2 (since June 2024 the only one it gives).
    where
        Name of the file, for messages.

    Raises
    ------
    InputError
        If the text is not JSON, holds several studies, or is of another version, saying which.
    """
    data = parse_json(text, where=where, hint=HINT)
    if not isinstance(data, dict):
        raise InputError(f"{where}: holds {kind_of(data)}; one study record is needed", hint=HINT)
    old = {"FullStudiesResponse", "StudyFieldsResponse", "FullStudy", "Study"} & set(data)
    if old:
        raise InputError(
            f"{where}: {old.pop()} is of version 1 of the registry's format; version 2 is needed, which begins with"
            " protocolSection",
            hint=HINT,
        )
    if isinstance(data.get("studies"), list):
        raise InputError(f"{where}: holds a list of {len(data['studies'])} studies; one study is needed", hint=HINT)
    if not isinstance(data.get("protocolSection"), dict):
        keys = ", ".join(list(data)[:5]) or "nothing"
        raise InputError(f"{where}: holds {keys}; protocolSection is needed (version 2 of the format)", hint=HINT)
    root = Branch(data, (), set())
    if not root.branch("protocolSection").branch("identificationModule").text("nctId"):
        raise InputError(f"{where}: protocolSection.identificationModule.nctId is missing", hint=HINT)
    return root
