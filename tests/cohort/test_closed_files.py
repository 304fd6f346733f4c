"""What a user has no right to read or to write is refused in words, before anything is computed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cohort_records import Records, write_database, write_folder

import cereblon as cb
from cereblon.core.errors import InputError

Close = Callable[..., None]


@pytest.fixture
def close(tmp_path: Path) -> Iterator[Close]:
    """Take rights away, until the test is over; skipped where that closes nothing, as for most who run as root."""
    probe = tmp_path / "probe"
    probe.write_text("", encoding="utf-8")
    probe.chmod(0)
    if os.access(probe, os.R_OK):
        pytest.skip("rights of files bind nobody here: run as a user who is not root")
    closed = []

    def take(path: Path, rights: int = 0) -> None:
        closed.append(path)
        path.chmod(rights)

    yield take
    for path in reversed(closed):
        path.chmod(0o700)


def test_a_source_without_rights_is_refused(close: Close, three_patients: Records, tmp_path: Path) -> None:
    database = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    folder, other = (write_folder(three_patients.tables, tmp_path / name) for name in ("cdm", "other"))
    above = tmp_path / "above"
    above.mkdir()
    below = Path(shutil.copy(database, above / "cdm.duckdb"))
    close(database)
    close(folder / "person.parquet")
    close(other, 0o444)  # its files are listed, and none can be opened
    close(above)
    for source, named in ((database, database), (folder, folder / "person.parquet"), (other, other), (below, below)):
        for ask in (cb.cohort.check, lambda one: cb.cohort.build(one, out=tmp_path / "built", progress=False)):
            with pytest.raises(InputError) as refused:
                ask(source)
            assert refused.value.message == f"{named}: there is no permission to read it"
            assert "its owner" in (refused.value.hint or "")


def test_a_cohort_without_rights_is_refused_and_none_is_written_where_nobody_may(
    close: Close, three_patients: Records, tmp_path: Path
) -> None:
    source = write_folder(three_patients.tables, tmp_path / "cdm")
    built, kept = tmp_path / "built", tmp_path / "kept"
    cb.cohort.build(source, out=built, progress=False)
    kept.mkdir()
    close(kept, 0o555)
    with pytest.raises(InputError, match="cannot be written"):
        cb.cohort.build(source, out=kept / "cohort", progress=False)
    close(built / "lines.parquet")
    with pytest.raises(InputError, match=r"lines\.parquet: there is no permission to read it"):
        cb.cohort.report(built)
    close(built)
    for ask in (cb.cohort.report, lambda one: cb.cohort.why(one, "1")):
        with pytest.raises(InputError, match="built: there is no permission to read it"):
            ask(built)
