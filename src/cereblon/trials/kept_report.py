"""What the report of a run shows, kept as one small file that is read without the run."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.output_files import write_file
from cereblon.core.rows import rounded
from cereblon.report import ReportData

_FORMAT = 2
_DIGITS = 5  # more than any page shows
_COLUMNS = "columns"  # marks a table
_LEFT_OUT = frozenset({"parameters", "timings"})  # those of the package stand in its documentation
_MOST_BYTES = 32 * 2**20


@dataclass(frozen=True, kw_only=True)
class KeptReport:
    """What a report shows, and what decided it.

    Parameters
    ----------
    data
        Of the report, without the list of parameters.
    study
        Key of the published study; empty where nothing is compared.
    checksums
        Of plan, regimens, population, parameters, rules and draws of the run, of the code, and of what was published.
    """

    data: ReportData
    study: str
    checksums: Mapping[str, str]


def write_kept_report(kept: KeptReport, path: Path) -> Path:
    """Write what a report shows; equal ones give equal bytes.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    content = {
        "format": _FORMAT,
        "study": kept.study,
        "checksums": dict(kept.checksums),
        "data": {
            one.name: _plain(getattr(kept.data, one.name))
            for one in fields(kept.data)
            if one.name not in _LEFT_OUT and getattr(kept.data, one.name)
        },
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_file(path, gzip.compress(text.encode(), mtime=0))
    return path


def _plain(value: Any) -> Any:
    """Give tables by column, which take half the room of rows."""
    if isinstance(value, Mapping):
        return {name: _plain(some) for name, some in value.items()}
    if isinstance(value, (list, tuple)):
        return _columns(value) if value and isinstance(value[0], Mapping) else list(value)
    return value


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Round a table and turn it; an interval of a tuple becomes that of JSON."""
    found = rounded(rows, _DIGITS)
    names = dict.fromkeys(name for row in found for name in row)
    columns = {name: [row.get(name) for row in found] for name in names}
    return {
        _COLUMNS: {
            name: [list(one) if isinstance(one, tuple) else one for one in cells] for name, cells in columns.items()
        }
    }


def _rows(value: Any) -> Any:
    """Give tables by row, as a report has them."""
    if isinstance(value, dict) and _COLUMNS in value:
        columns = value[_COLUMNS]
        return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return {name: _rows(some) for name, some in value.items()} if isinstance(value, dict) else value


def read_kept_report(path: Path) -> KeptReport:
    """Read what a report shows.

    Raises
    ------
    InputError
        If the file cannot be read, is no such file, or its tables are not those of this version.
    """
    try:
        packed = path.read_bytes()
        unpacking = zlib.decompressobj(wbits=31)
        raw = unpacking.decompress(packed, _MOST_BYTES)
        if not unpacking.eof:
            raise InputError(f"{path}: is cut off, or larger than {_MOST_BYTES:,} bytes")
    except (OSError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    content = parse_json(raw.decode("utf-8", "replace"), where=str(path))
    try:
        if content["format"] != _FORMAT:
            raise InputError(f"{path}: has format {content['format']!r}; {_FORMAT} is read")
        return KeptReport(
            data=ReportData(**{name: _rows(value) for name, value in content["data"].items()}),
            study=str(content["study"]),
            checksums={str(name): str(value) for name, value in content["checksums"].items()},
        )
    except InputError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path}: does not hold what a report shows") from error
