"""Finding studies and numbers in the packaged library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import (
    COLUMNS,
    Arm,
    fact_rows,
    facts_table,
    latest_facts,
    load_all,
    load_study,
    published_facts,
    reported_outcomes,
    select_facts,
    select_studies,
    study_ids,
)
from cereblon.evidence.facts_table import is_arm_like
from cereblon.evidence.study import DrugOrder, PublishedPhase
from cereblon.tables.schemas import OUTCOMES


def test_an_unknown_study_names_its_neighbours() -> None:
    with pytest.raises(UnknownNameError, match=r"study 'swog-s777' is not known\n\nhint: did you mean swog-s0777"):
        load_study("swog-s777")


def test_a_path_is_checked_and_loaded(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "src/cereblon/evidence/studies/maia.yaml"
    copy = tmp_path / "maia.yaml"
    copy.write_text(packaged.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_study(copy) == load_study(str(copy)) == load_study("maia")
    copy.write_text(packaged.read_text(encoding="utf-8").replace("value: 92.9", "value: 192.9"), encoding="utf-8")
    with pytest.raises(InputError, match=r"got 192\.9 percent"):
        load_study(copy)
    with pytest.raises(InputError, match=r"gone\.yaml: no such file"):
        load_study(tmp_path / "gone.yaml")


def test_studies_are_selected_by_setting_role_and_kind() -> None:
    chosen = select_studies(load_all(), setting="maintenance-post-asct", role="calibration", kind="randomised")
    assert [study.id for study in chosen] == ["calgb-100104", "gem2014main", "ifm-2005-02"]


def test_the_size_of_an_arm_is_the_number_randomised() -> None:
    """SWOG S0777: 264 and 261 randomised, 242 and 229 analysed (Durie 2017); no figure for the whole trial."""
    study = load_study("swog-s0777")
    assert [study.patients(arm) for arm in ("vrd", "rd", "all")] == [264, 261, None]


def test_whole_arm_facts_hold_no_subgroup_no_other_analysis_set_and_no_warning() -> None:
    facts = [fact for study in load_all() for fact in published_facts(study)]
    assert not [fact for fact in facts if fact.subgroup or fact.population or fact.flag or fact.value is None]
    assert len(facts) > 1000


def test_what_is_left_out_of_a_comparison_can_be_asked_for() -> None:
    """FORTE: KRd with transplantation not reached; DETERMINATION: RVd alone 46.2 months, 17.1 in high risk."""
    forte, determination = load_study("forte"), load_study("determination")
    assert [f.arm for f in published_facts(forte, endpoints=["pfs_median"])] == ["krd12", "kcd-asct"]
    reached = published_facts(forte, endpoints=["pfs_median"], numbers_only=False)
    assert next((f.arm, f.reading) for f in reached) == ("krd-asct", "not_reached")
    every = published_facts(determination, endpoints=["pfs_median"], whole_arm_only=False)
    assert [f.value for f in every if f.arm == "rvd-alone"] == [46.2, 17.1, 53.2]
    korea = load_study("rw-rd-korea")
    assert not published_facts(korea, endpoints=["orr"])
    assert len(published_facts(korea, endpoints=["orr"], include_flagged=True)) == 1


def test_an_unknown_endpoint_is_refused_and_not_silently_empty() -> None:
    study = load_study("maia")
    with pytest.raises(UnknownNameError, match="did you mean"):
        published_facts(study, endpoints=["pfs"])
    with pytest.raises(UnknownNameError, match="did you mean"):
        select_facts([study], endpoints=["pfs"])


def test_the_last_data_cut_stands_for_a_number_and_cuts_are_not_averaged() -> None:
    """MAIA, Rd arm: PFS 31.9 months in 2019, 34.4 later; MM-010: TTP 13.3 at the interim, 11.3 in the article."""
    maia, mm010 = load_study("maia"), load_study("mm010")
    facts = published_facts(maia, endpoints=["pfs_median", "os_median"])
    assert [(f.arm, f.endpoint, f.value) for f in latest_facts(maia, facts)] == [
        ("drd", "pfs_median", 61.9),
        ("rd", "pfs_median", 34.4),
        ("drd", "os_median", 90.3),
        ("rd", "os_median", 64.1),
    ]
    interim_first = published_facts(mm010, endpoints=["ttp_median"])
    assert [f.value for f in latest_facts(mm010, interim_first)] == [11.3, 4.7]


def test_at_one_cut_the_primary_source_stands_for_a_number() -> None:
    study = load_study("perseus")
    first = next(fact for fact in study.facts if study.source_of(fact).quality == "secondary")
    other = next(key for key, source in study.sources.items() if source.quality == "primary")
    from dataclasses import replace

    primary = replace(first, source=other)
    assert latest_facts(study, [first, primary]) == latest_facts(study, [primary, first]) == (primary,)


def test_the_table_has_a_row_for_every_fact_and_every_row_a_reference() -> None:
    table = facts_table(load_all())
    assert table.columns == list(COLUMNS)
    assert table.height == 2095
    for column in ("study", "arm", "endpoint", "unit", "status", "reference", "quality"):
        assert table[column].null_count() == 0
    assert table.filter(pl.col("value").is_null())["status"].unique().sort().to_list() == [
        "not_estimable",
        "not_reached",
    ]


def test_a_row_carries_interval_p_size_and_source() -> None:
    """SWOG S0777, 2020 update: PFS hazard ratio 0.742, 96% interval 0.594 to 0.928, one-sided p 0.003."""
    rows = [row for row in fact_rows([load_study("swog-s0777")], endpoints=["pfs_hr"]) if row["cut"] == "2020 update"]
    assert len(rows) == 1
    names = ("arm", "versus", "value", "ci_low", "ci_high", "ci_level", "p", "p_status", "p_sided", "n", "quality")
    assert tuple(rows[0][name] for name in names) == (
        *("vrd", "rd", 0.742, 0.594, 0.928, 0.96, 0.003, "reported", "one", 264, "primary"),
    )
    assert rows[0]["link"] == "https://doi.org/10.1038/s41408-020-0311-8"


def test_an_empty_selection_is_an_empty_table_with_columns() -> None:
    assert facts_table([]).columns == list(COLUMNS)


KRD = Arm(label="KRd, then Rd", regimen=(PublishedPhase(phase="x", drugs=(DrugOrder(drug="carfilzomib"),)),))


@pytest.mark.parametrize("text", ["krd", "KRd", "Rd", "carfil", "exp"])
def test_an_arm_is_found_by_id_word_of_its_label_or_drug(text: str) -> None:
    assert is_arm_like("exp", KRD, text)


@pytest.mark.parametrize("text", ["Kr", "filzomib", "D-Rd", ""])
def test_an_arm_is_not_found_by_a_part_of_a_word(text: str) -> None:
    assert not is_arm_like("exp", KRD, text)


def test_reported_outcomes_are_rows_of_the_outcome_table() -> None:
    """SWOG S0777, last cut: PFS 41 and 29 months, hazard ratio over 264 + 261 patients; OS not reached on VRd."""
    table = reported_outcomes(load_study("swog-s0777"))
    assert table.schema.equals(OUTCOMES)
    rows = {(row["endpoint"], row["arm"]): row for row in table.to_pylist() if not row["grade"]}
    assert (rows["pfs_median", "vrd"]["value"], rows["pfs_median", "rd"]["value"]) == (41.0, 29.0)
    assert rows["os_median", "vrd"]["value"] is None
    assert (rows["pfs_hr", "vrd"]["low"], rows["pfs_hr", "vrd"]["n"]) == (0.594, 525)
    assert rows["pfs_hr", "vrd"]["method"].startswith("published: Durie 2020, Blood Cancer J")
    assert set(table["origin"].to_pylist()) == {"reported"}


@pytest.mark.parametrize("study_id", study_ids())
def test_reported_outcomes_hold_each_number_once(study_id: str) -> None:
    rows = reported_outcomes(load_study(study_id)).to_pylist()
    keys = [(row["endpoint"], row["arm"], row["versus"], row["grade"], row["month"], row["unit"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_loading_the_studies_waits_for_no_heavy_engine() -> None:
    code = (
        "import sys; from cereblon.evidence import load_all, fact_rows; fact_rows(load_all()); "
        "print([name for name in ('jax', 'polars', 'pyarrow', 'pandas', 'pydantic', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_both_kinds_of_maintenance_are_asked_for_together() -> None:
    """As in a network of the same name."""
    both = select_studies(load_all(), setting="maintenance")
    assert {study.setting for study in both} == {"maintenance-post-asct", "maintenance-no-asct"}
