"""Results as text for machines: the one place that writes JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date


def json_text(content: object) -> str:
    """Write plain values as JSON; a number that is not finite becomes null, a day is written as 2015-01-31."""
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(content: object) -> object:
    if is_dataclass(content) and not isinstance(content, type):
        return _plain(asdict(content))
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_plain(value) for value in content]
    if isinstance(content, date):
        return content.isoformat()
    if hasattr(content, "tolist"):  # numbers and arrays of numpy
        return _plain(content.tolist())
    return None if isinstance(content, float) and not math.isfinite(content) else content


_COMMAND = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # the wide signs are read as the narrow ones
_LATER_COMMAND = re.compile(r"(?<=[\s\S])([;\t\n|][ \u00a0]*)(?=[=@\uff1d\uff20]|[+\-\uff0b\uff0d](?![\d. ]))")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def csv_text(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> str:
    """Write rows as CSV, with the heading even where there are none if columns are named; an interval fills two.

    A spreadsheet runs text that begins with = + - @ or a tab, and one that takes ; or tabs for the ends of cells runs
    what follows them: an apostrophe is put before it. Numbers stay.
    """
    flat = [dict(_flat(row)) for row in rows]
    names = list(columns) or list(dict.fromkeys(name for row in flat for name in row))
    if not names:
        return ""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writer.writerow(map(_harmless, names))
    writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in flat)
    return buffer.getvalue()


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    cell = _LATER_COMMAND.sub(r"\1'", cell)
    is_run = _COMMAND.match(cell) and not _NUMBER.fullmatch(cell) and cell != "-"
    return f"'{cell}" if is_run else cell


def _flat(row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in row.items():
        if isinstance(value, (tuple, list)):
            yield f"{key}_low", value[0]
            yield f"{key}_high", value[1]
        elif key.endswith("_interval"):
            yield f"{key}_low", None
            yield f"{key}_high", None
        else:
            yield key, value
