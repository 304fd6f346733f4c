"""Treatments under the names of publications, brands and reports: one regimen is one treatment everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError
from cereblon.synthesis.curves.event_counts import read_arm_times
from cereblon.synthesis.frequentist import parse_contrasts
from cereblon.vocabulary.drugs import find_regimen

BRANDS = """study,treatment,versus,hr,ci_low,ci_high
S1,D-Rd,{control},0.37,0.27,0.52
S2,KRd,Rd,0.69,0.57,0.83
S3,DRd,Rd,0.5,0.3,0.83
"""


@pytest.mark.parametrize("written", ["Revlimid-dex", "Revlimid dex", "Len-Dex", "lenalidomide/dexamethasone"])
def test_two_drugs_with_a_hyphen_or_a_space_are_the_regimen_of_both(written: str) -> None:
    found = find_regimen(written)
    assert found is not None
    assert found.name == "Rd"
    data = parse_contrasts(BRANDS.format(control=written))
    assert data.treatments == ("D-Rd", "KRd", "Rd")
    assert f"treatment {written!r} was read as 'Rd': two names of one regimen" in data.notes


@pytest.mark.parametrize("written", ["Rd-MPR", "MPR-R", "len-ASCT", "len-thal", "Rd18", "VRd then len-dex"])
def test_phases_and_what_is_not_one_regimen_keep_their_own_name(written: str) -> None:
    assert find_regimen(written) is None


def _people(control: str) -> str:
    rows = [
        f"{study},{treatment},{3 * i + shift},{int(i % 3 != 0)}"
        for study, treatment, shift in (("S1", "DRd", 4), ("S1", "Rd", 1), ("S2", "KRd", 3), ("S2", control, 2))
        for i in range(1, 16)
    ]
    return "\n".join(["study,treatment,month,event", *rows]) + "\n"


def test_over_time_joins_two_names_of_one_regimen_and_finds_the_reference(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(_people("Revlimid-dex"), encoding="utf-8")
    arms, notes = read_arm_times(path)
    assert {arm.treatment for arm in arms} == {"DRd", "KRd", "Rd"}
    assert any("'Revlimid-dex' was read as 'Rd'" in note for note in notes)
    asked = ["over-time", "--data", str(path), "--reference", "len-dex", "--changes", "24"]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0, shown.output
    assert "treatment 'len-dex' was read as Rd" in shown.output
    assert "KRd against Rd" in shown.output


def test_over_time_advises_no_option_that_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(_people("VMP"), encoding="utf-8")
    shown = CliRunner().invoke(app, ["over-time", "--data", str(path), "--reference", "Rd"])
    assert isinstance(shown.exception, InputError)
    assert "--part" not in str(shown.exception.hint)
    assert "keep the studies of one part in the table" in str(shown.exception.hint)
