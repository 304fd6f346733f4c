"""SAS transport files (XPT, version 5) of ADaM datasets, by pyreadstat of the extra `adam`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType

import polars as pl
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.tables.adam.dataset import ARROW, AdamDataset, AdamVariable, Kind

_LONGEST_LABEL, _LONGEST_TEXT = 40, 200


def transport_bytes(dataset: AdamDataset) -> bytes:
    """Write a dataset as a transport file.

    Whole numbers become numbers, as the format knows no others.

    Raises
    ------
    InputError
        If pyreadstat is not installed, or a text is longer than the format allows.
    """
    library = load_pyreadstat()
    frame = pl.DataFrame(pl.from_arrow(dataset.rows))
    for one in dataset.variables:
        if one.kind == "string" and (frame[one.name].str.len_bytes() > _LONGEST_TEXT).any():
            raise InputError(
                f"{dataset.name}, {one.name}: a text has more than {_LONGEST_TEXT} letters, which XPT forbids"
            )
    frame = frame.with_columns(pl.col(pl.Int64).cast(pl.Float64))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.xpt"
        library.write_xport(
            frame,
            str(path),
            file_label=dataset.label[:_LONGEST_LABEL],
            column_labels=[one.label[:_LONGEST_LABEL] for one in dataset.variables],
            table_name=dataset.name,
            file_format_version=5,
        )
        return path.read_bytes()


def read_transport(path: Path | str) -> AdamDataset:
    """Read a transport file.

    Raises
    ------
    InputError
        If pyreadstat is not installed, or it is no transport file.
    """
    library = load_pyreadstat()
    try:
        columns, about = library.read_xport(str(path), output_format="dict")
    except Exception as error:  # pyreadstat has no error of its own kind
        raise InputError(f"{path}: cannot be read as a transport file ({error})") from error
    variables = tuple(
        AdamVariable(
            name, label or "", _kind(about.readstat_variable_types[name], about.original_variable_types[name])
        )
        for name, label in zip(about.column_names, about.column_labels, strict=True)
    )
    arrays = [_array(columns[one.name], one) for one in variables]
    table = pa.table(arrays, names=[one.name for one in variables])
    study = table["STUDYID"][0].as_py() if "STUDYID" in table.column_names and len(table) else ""
    return AdamDataset(about.table_name or "", about.file_label or "", study, variables, table)


def _kind(stored: str, written: str) -> Kind:
    """Tell a date by how it is written, as it is stored as a number."""
    if stored == "string":
        return "string"
    return "date" if str(written).upper().startswith(("DATE", "E8601DA", "YYMMDD")) else "float"


def _array(values: object, variable: AdamVariable) -> pa.Array:
    array = pa.array(values, ARROW[variable.kind], from_pandas=True)
    return array.fill_null("") if variable.kind == "string" else array


def load_pyreadstat() -> ModuleType:
    """Import what reads and writes transport files.

    Raises
    ------
    InputError
        If the extra is not installed.
    """
    try:
        import pyreadstat
    except ImportError as error:
        raise InputError(
            "pyreadstat, which reads and writes transport files, is not installed",
            hint='pip install "cereblon[adam]"; or write Dataset-JSON, which needs nothing',
        ) from error
    module: ModuleType = pyreadstat
    return module
