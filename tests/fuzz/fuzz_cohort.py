"""Sources and folders of observed cohorts, in the state in which a stranger might hand them over."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import yaml
from fuzz_format import Format

import cereblon as cb
from cereblon.cohort.schemas import EXAMPLE_TABLES, FOLDER_TABLES
from cereblon.core.sealed_json import sealed, unsealed
from cereblon.questions.result import Result
from cereblon.tables.parquet import parquet_bytes

sys.path.append(str(Path(__file__).parents[1] / "cohort"))
from cohort_records import DAY_0, Records, write_database, write_folder

_PATIENTS = 48  # each combination of two treatments, years and outcomes a few times
_TABLES = ("person", "drug_exposure", "condition_occurrence", "measurement", "observation_period", "death")
_MAPPING: dict[str, dict[str, object]] = {
    "patients": {"file": "person.csv", "columns": {"patient": "person_id", "birth_year": "year_of_birth"}},
    "diagnoses": {
        "file": "condition_occurrence.csv",
        "columns": {"patient": "person_id", "date": "condition_start_date", "code": "condition_source_value"},
    },
    "drugs": {
        "file": "drug_exposure.csv",
        "columns": {"patient": "person_id", "drug": "drug_source_value", "start": "drug_exposure_start_date"},
        "words": {"LEN 25": "lenalidomide"},
    },
}
_DEFINITION: dict[str, object] = {
    "name": "mine",
    "label": "Mine",
    "case": {"codes": 2, "apart_days": 30, "also": "nothing"},
    "index": {"regimens": ["Rd", "VRd"], "maintenance": False},
    "observed_before": 10,
    "concepts": {
        "drugs": {
            "iberdomide": {"class": "imid", "concept_ids": [36854679], "brands": ["x"], "hcpcs_mg": {"J1": 2.5}}
        },
        "diagnoses": {"multiple myeloma": {"codes": ["MY01"]}},
    },
    "tests": [{"test": "m_protein", "use": "whole", "loinc": ["LOCAL"], "concept_ids": [1]}],
}
_TRIAL: dict[str, object] = {
    "title": "VRd against Rd",
    "strategy": {"label": "VRd", "regimens": ["VRd"]},
    "versus": {"label": "Rd", "regimens": ["Rd"]},
    "eligibility": {"line": 1, "youngest": 18, "last_year": 2030},
    "outcome": "death",
    "covariates": ["age", "year"],
    "horizon_months": 12,
    "replicates": 20,
}


@cache
def _records() -> Records:
    """Give patients on VRd or Rd, who respond, progress and die, or do not."""
    made = Records()
    for who in range(1, _PATIENTS + 1):
        made.patient(who, last=400 + 20 * who)
        made.tables["person"][-1]["year_of_birth"] = 1935 + who % 23
        for drug in ("bortezomib",) * (who % 2) + ("lenalidomide", "dexamethasone"):
            made.fills(who, drug, 10 * (who % 7), 6 + who % 5, supply=21)
        for when, value in ((-5, 40.0), (60, 12.0), (120, 9.0 if who % 3 else 45.0)):
            made.lab(who, "m_protein", when, value, "g/L")
        if who % 3 == 0:
            made.dies(who, 150 + 5 * who)
    return made


def _parquet(table: pa.Table) -> bytes:
    written = BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


def _csv(table: pa.Table) -> bytes:
    written = BytesIO()
    pa_csv.write_csv(table, written)
    return written.getvalue()


def _rows(name: str, few: int = 12) -> pa.Table:
    return pa.Table.from_pylist(_records().tables[name][:few])


@cache
def _omop(ending: str) -> Path:
    return write_folder(_records().tables, Path(mkdtemp()) / "omop", csv=ending == ".csv")


def _with_table(name: str, ending: str) -> dict[str, Callable[[Path], Sequence[Result]]]:
    """Put a file in the place of a table of a database; the others are as they should be."""

    def placed(path: Path) -> Path:
        folder = path.parent / f"omop{ending}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_omop(ending), folder)
        (there,) = (one for one in folder.iterdir() if one.stem.lower() == name)
        shutil.copyfile(path, there)
        return folder

    return {
        "use": lambda path: [cb.cohort.check(placed(path))],
        "use_fully": lambda path: [cb.cohort.build(placed(path), definition="treated", progress=False)],
    }


def _mapped(path: Path) -> Sequence[Result]:
    for one in _omop(".csv").iterdir():
        shutil.copyfile(one, path.parent / one.name.lower())
    return [cb.cohort.check(path)]


def _database() -> bytes:
    return write_database(
        {name: _records().tables[name][:12] for name in _TABLES}, Path(mkdtemp()) / "cdm.duckdb"
    ).read_bytes()


@cache
def _built() -> Path:
    out = Path(mkdtemp()) / "cohort"
    cb.cohort.build(_omop(".parquet"), out=out, progress=False)
    return out


def _described(path: Path) -> Sequence[Result]:
    """Put a description in the place of that of a built cohort, with the checksums of its tables."""
    folder = path.parent / "cohort"
    shutil.copytree(_built(), folder, dirs_exist_ok=True)
    shutil.copyfile(path, folder / "cohort.json")
    with suppress(ValueError, RecursionError):
        told = json.loads(path.read_bytes())
        if isinstance(told, dict):
            told.setdefault("tables", unsealed((_built() / "cohort.json").read_bytes())["tables"])
            (folder / "cohort.json").write_bytes(sealed(told))
    return [cb.cohort.report(folder), cb.cohort.why(folder, "1")]


def _emulated(path: Path) -> Sequence[Result]:
    return [cb.cohort.emulate_trial(_built(), path)]


def _controlled(path: Path) -> Sequence[Result]:
    return [cb.cohort.emulate_trial(_built(), _TRIAL, controls=path)]


def _controls() -> bytes:
    rows = [f"{who},fracture,{DAY_0 + timedelta(days=30 * who)}" for who in range(1, _PATIENTS)]
    return "\n".join(["person_id,outcome,date", *rows]).encode()


@cache
def _truth() -> Mapping[str, pa.Table]:
    """Give what the built cohort found, as if it were the truth."""
    tables = {name: pq.read_table(_built() / f"{name}.parquet") for name in ("lines", "responses", "labs")}
    lines = tables["lines"].select(["person_id", "line", "regimen", "start_date", "end_date"])
    rows = [
        {
            **row,
            "progression_date": None,
            "best_response": "PR",
            "death_date": None,
            "identifiable": True,
            "on_record": True,
        }
        for row in lines.to_pylist()
    ]
    lines = pa.Table.from_pylist(rows, EXAMPLE_TABLES["truth"])
    labs = tables["labs"].select(EXAMPLE_TABLES["truth_labs"].names).cast(EXAMPLE_TABLES["truth_labs"])
    return {"truth": lines, "truth_labs": labs}


def _of_cells(content: bytes, schema: pa.Schema) -> bytes:
    """Write damaged cells in the types of a schema, as far as they can be; what cannot is missing."""
    header, *rows = list(csv.reader(content.decode("utf-8", "replace").replace("\0", "").splitlines())) or [[]]
    columns = {}
    for field in schema:
        place = header.index(field.name) if field.name in header else -1
        cells = [row[place] if 0 <= place < len(row) else None for row in rows]
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        columns[field.name] = pa.array([_value(cell, kind) for cell in cells], kind).cast(field.type)
    return parquet_bytes(pa.table(columns))


def _value(cell: str | None, kind: pa.DataType) -> object:
    try:
        if cell is None or pa.types.is_string(kind):
            return cell
        if pa.types.is_list(kind):
            return cell.split(" ")
        if pa.types.is_date(kind):
            return date.fromisoformat(cell) if "-" in cell[1:] else int(float(cell)) % 2**31
        return cell == "true" if pa.types.is_boolean(kind) else pa.scalar(float(cell)).cast(kind).as_py()
    except (ValueError, OverflowError, pa.ArrowException):
        return None


def _scored(path: Path) -> Sequence[Result]:
    for name, table in _truth().items():
        (path.parent / f"{name}.parquet").write_bytes(parquet_bytes(table))
    (path.parent / "truth.parquet").write_bytes(_of_cells(path.read_bytes(), EXAMPLE_TABLES["truth"]))
    return [cb.cohort.score(_built(), truth=path.parent)]


def _with_built(name: str) -> Callable[[Path], Sequence[Result]]:
    """Put a table in the place of one of a built cohort, with its checksum, and ask all that is asked of one."""

    def use(path: Path) -> Sequence[Result]:
        folder = path.parent / "cohort"
        shutil.copytree(_built(), folder, dirs_exist_ok=True)
        content = _of_cells(path.read_bytes(), FOLDER_TABLES[name])
        (folder / f"{name}.parquet").write_bytes(content)
        told = unsealed((_built() / "cohort.json").read_bytes())
        told["tables"][f"{name}.parquet"] = sha256(content).hexdigest()
        (folder / "cohort.json").write_bytes(sealed(told))
        return [cb.cohort.report(folder), cb.cohort.why(folder, "1"), cb.cohort.emulate_trial(folder, _TRIAL)]

    return use


def _built_csv(name: str) -> Callable[[], tuple[bytes, ...]]:
    def written() -> tuple[bytes, ...]:
        table = pq.read_table(_built() / f"{name}.parquet").slice(0, 12)
        for place, field in enumerate(table.schema):
            if pa.types.is_list(field.type):
                table = table.set_column(place, field.name, pc.binary_join(table[field.name], " "))
        return (_csv(table),)

    return written


def cohort_formats() -> tuple[Format, ...]:
    """Give the kinds of files; seeds that take a build are made when they are first used."""
    definition, trial = (yaml.safe_dump(one).encode() for one in (_DEFINITION, _TRIAL))
    description = json.dumps(
        {
            "definition": _DEFINITION,
            "source": {"kind": "folder"},
            "counts": {"drug records: read": 3},
            "remarks": ["a"],
        }
    ).encode()
    mapping = yaml.safe_dump({"name": "ours", "tables": _MAPPING}).encode()
    return (
        *(
            Format(f"cohort, {name}", "table", ".csv", (_csv(_rows(name)),), **_with_table(name, ".csv"))
            for name in ("drug_exposure", "measurement", "person")
        ),
        Format(
            "cohort, Parquet",
            "bytes",
            ".parquet",
            (_parquet(_rows("measurement")),),
            **_with_table("measurement", ".parquet"),
        ),
        Format("cohort, DuckDB", "bytes", ".duckdb", lambda: (_database(),), lambda path: [cb.cohort.check(path)]),
        Format("cohort, mapping file", "yaml", ".yaml", (mapping,), _mapped),
        Format(
            "definition of a cohort",
            "yaml",
            ".yaml",
            (definition,),
            lambda path: [cb.cohort.check(_omop(".parquet"), definition=path)],
            use_fully=lambda path: [cb.cohort.build(_omop(".parquet"), definition=path, progress=False)],
        ),
        Format("cohort.json", "json", ".json", (description,), _described),
        Format("target trial", "yaml", ".yaml", (trial,), _emulated),
        Format("outcomes of controls", "table", ".csv", (_controls(),), _controlled),
        Format("truth of lines", "table", ".csv", lambda: (_csv(_truth()["truth"]),), _scored),
        *(
            Format(f"built cohort, {name}", "table", ".csv", _built_csv(name), _with_built(name))
            for name in ("persons", "lines", "responses", "progression", "labs", "eras")
        ),
    )
