"""Measure how long a cohort takes to build, stage by stage, and what memory it needs.

Run as `python benchmarks/cohort.py [PATIENTS [EXPOSURES_EACH]]`; the first run makes a database of drawn records, in
which most exposures are of drugs that are not of myeloma. It prints a table, with processor time where other work
may slow the clock.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from cereblon.cohort.building import build_cohort
from cereblon.cohort.definition import find_definition
from cereblon.cohort.exposure import find_eras
from cereblon.cohort.source import open_source
from cereblon.cohort.treatment_concepts import packaged_concepts

_DRUGS = "[19026972, 1336825, 1518254, 35605744, 43014237, 42873638]"
_RECORDS = """
create table person as
    select i as person_id, 8507 as gender_concept_id, 1940 + i % 30 as year_of_birth from range({patients}) t(i);
create table observation_period as
    select i as person_id, date '2010-01-01' as observation_period_start_date,
           date '2020-12-31' as observation_period_end_date from range({patients}) t(i);
create table condition_occurrence as
    select row_number() over () as condition_occurrence_id, i as person_id, 437233 as condition_concept_id,
           date '2012-01-01' + (60 * j)::int as condition_start_date
    from range({patients}) t(i), range(2) u(j);
create table drug_exposure as
    select row_number() over () as drug_exposure_id, i as person_id,
           case when j % 4 > 0 then 1000 + j % 97 else ({drugs})[1 + (i + j // 40) % 6] end as drug_concept_id,
           date '2012-02-01' + (j * 4 + (i * 7 + j * 13) % 5)::int as drug_exposure_start_date,
           drug_exposure_start_date as drug_exposure_end_date, 28.0 as days_supply, 21.0 as quantity,
           32869 as drug_type_concept_id, '' as drug_source_value
    from range({patients}) t(i), range({each}) u(j);
create table measurement as
    select row_number() over () as measurement_id, i as person_id, 3046299 as measurement_concept_id,
           date '2012-01-15' + (j * 30)::int as measurement_date,
           round(0.3 + 3.5 * abs(sin(i + j / 15.0)), 2) as value_as_number,
           8713 as unit_concept_id, 'g/dL' as unit_source_value
    from range({patients}) t(i), range(60) u(j);
create table death as
    select i as person_id, date '2018-01-01' + (i % 700)::int as death_date
    from range({patients}) t(i) where i % 3 = 0;
"""


def database(patients: int, each: int) -> Path:
    """Make the database, or take the one that is there."""
    path = Path(tempfile.gettempdir()) / f"cohort_benchmark_{patients}_{each}.duckdb"
    if not path.exists():
        with duckdb.connect(str(path)) as connection:
            connection.execute(_RECORDS.format(patients=patients, each=each, drugs=_DRUGS))
    return path


class Stopwatch:
    """Seconds that pass, and seconds of all processors, since it was made."""

    def __init__(self) -> None:
        self.begun, self.spent = time.perf_counter(), time.process_time()

    def read(self) -> str:
        return f"{time.perf_counter() - self.begun:.1f} s, {time.process_time() - self.spent:.1f} s of processors"


def measure(patients: int, each: int) -> list[tuple[str, str]]:
    """Give rows (what, measured)."""
    path = database(patients, each)
    watch = Stopwatch()
    source = open_source(path)
    rows = [(f"open, {patients * each:,} exposures", watch.read())]
    watch = Stopwatch()
    people = source.tables["person"].mutate(birth_year=source.tables["person"].year_of_birth)
    people = people.left_join(source.tables["death"], "person_id").select("person_id", "death_date", "birth_year")
    eras = find_eras(source, people, packaged_concepts()).eras.num_rows
    rows.append((f"{eras:,} eras", watch.read()))
    whole, step = Stopwatch(), [Stopwatch()]
    said: list[str] = []

    def say(text: str) -> None:
        if said:
            rows.append((f"build: {said[-1]}", step[0].read()))
        said.append(text)
        step[0] = Stopwatch()

    built = build_cohort(source, find_definition("treated"), say)
    rows.append((f"build: {said[-1]}", step[0].read()))
    rows.append((f"build, {built.tables['lines'].num_rows:,} lines", whole.read()))
    rows.append(("largest memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"))
    return rows


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:]]
    for what, measured in measure(*(asked + [20_000, 500][len(asked) :])):
        print(f"{what:<60} {measured}")
