"""`cereblon pk`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_calls import Call, is_one_paragraph

QUICK = ("-n", "40")


def test_text_shows_question_picture_and_metrics(call: Call) -> None:
    found = call("pk", "lenalidomide", "--crcl", "40", "--dose", "10 mg", *QUICK)
    assert found.code == 0
    assert found.out.startswith("Lenalidomide: area per 24 h, mean of a cycle at steady state is ")
    asked = (
        "lenalidomide 10 mg oral, 21 doses a cycle, days 1 to 21 of 28, creatinine clearance 40 mL/min, weight 75 kg"
    )
    assert asked in " ".join(found.out.split())
    for part in ("40 subjects, seed 1", "ng/mL", "●", "auc_24h", "half_life", "trough", "accumulation"):
        assert part in found.out


def test_json_has_drug_metrics_and_curve(call: Call) -> None:
    found = json.loads(call("pk", "bortezomib", "--json", *QUICK).out)
    assert list(found) == ["drug", "notes", "metrics", "curve"]
    assert {"auc_24h", "auc_inf", "cmax", "tmax", "half_life", "trough", "accumulation"} <= set(found["metrics"])
    assert all(set(one) == {"unit", "median", "p5", "p95"} for one in found["metrics"].values())
    assert set(found["curve"][0]) == {"time_h", "p5", "median", "p95", "unit"}
    assert all(row["p5"] <= row["median"] <= row["p95"] for row in found["curve"])


def test_the_label_dose_in_renal_impairment_restores_the_exposure(call: Call) -> None:
    """The check-value: 10 mg at 40 mL/min gives 0.94 of the area of 25 mg at 90 mL/min; typical subjects."""
    arguments = ("--crcl", "40", "--dose", "10 mg", "--compare", "crcl=90,dose=25 mg", "--typical", "--json")
    found = json.loads(call("pk", "lenalidomide", *arguments).out)["compare"]
    reduced, full = (one["metrics"]["auc_24h_ss"]["median"] for one in found)
    assert reduced / full == pytest.approx(0.94, abs=0.005)


def test_same_seed_same_numbers_and_one_subject_without_variation_has_no_band(call: Call) -> None:
    one, two, other = (call("pk", "ixazomib", "--csv", "--seed", seed, *QUICK).out for seed in ("3", "3", "4"))
    assert one == two != other
    row = list(csv.DictReader(io.StringIO(call("pk", "ixazomib", "--typical", "--csv").out)))[40]
    assert row["p5"] == row["median"] == row["p95"]


def test_a_population_brings_its_covariates(call: Call) -> None:
    found = call("pk", "daratumumab", "--population", "rrmm-1-3", *QUICK)
    assert "% IgG myeloma" in found.out
    assert call("pk", "daratumumab", "--population", "nobody").code == 1


def test_residual_error_widens_the_band(call: Call) -> None:
    def width(*more: str) -> float:
        curve = json.loads(call("pk", "dexamethasone", "--json", "-n", "400", *more).out)["curve"]
        row = min(curve, key=lambda one: abs(one["time_h"] - 2.0))
        return float(row["p95"] / row["p5"])

    assert width("--measured") > 1.15 * width()


def test_kidney_function_that_falls_raises_what_follows(call: Call) -> None:
    def last(*more: str) -> float:
        return float(json.loads(call("pk", "lenalidomide", "--typical", "--json", *more).out)["curve"][-1]["median"])

    assert last("--change", "1: crcl=20") > 3.0 * last()


@pytest.mark.slow
def test_pictures_tables_and_pages_are_written(call: Call, tmp_path: Path) -> None:
    names = {kind: tmp_path / f"a.{kind}" for kind in ("png", "svg", "html", "parquet")}
    options = [part for kind, path in names.items() for part in (f"--{kind}", str(path))]
    found = call("pk", "carfilzomib", "--compare", "weight=50,height=150", *options, *QUICK)
    assert found.code == 0
    assert names["png"].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in names["svg"].read_text(encoding="utf-8")
    page = names["html"].read_text(encoding="utf-8")
    assert 'data-spec="spec-figure-2"' in page
    assert 'src="http' not in page and 'href="http' not in page
    table = pq.read_table(names["parquet"])
    assert table.column_names == ["patient", "time_h", "p5", "median", "p95", "unit"]
    assert set(table["patient"].to_pylist()) == {"reference patient", "weight 50 kg, height 150 cm"}


def test_an_event_data_set_gives_back_the_curve(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    assert call("pk", "lenalidomide", "--events", str(path), "-n", "2", "--days", "3").code == 0
    back = call("pk", "lenalidomide", "--simulate-events", str(path), "--typical")
    rows = list(csv.DictReader(io.StringIO(back.out)))
    assert list(rows[0]) == ["ID", "TIME", "EVID", "IPRED"]
    assert "IPRED in ng/mL" in back.err
    curve = json.loads(call("pk", "lenalidomide", "--typical", "--json").out)["curve"]
    end = [float(row["IPRED"]) for row in rows if row["ID"] == "2" and float(row["TIME"]) == 72.0]
    assert end == [pytest.approx(curve[-1]["median"], rel=1e-6)]
    measured = call("pk", "lenalidomide", "--simulate-events", str(path), "--measured", "--json")
    answer = json.loads(measured.out)
    assert set(answer["predictions"][0]) == {"ID", "TIME", "EVID", "IPRED", "DV"}
    assert "columns not used: DV, MDV" in answer["notes"]


def test_a_regimen_gives_dose_and_schedule(call: Call) -> None:
    found = call("pk", "bortezomib", "--regimen", "vrd-s0777", *QUICK)
    assert "\nbortezomib 1.3 mg/m² iv, 4 doses a cycle, days 1, 4, 8, 11 of 21" in found.out
    refused = call("pk", "carfilzomib", "--regimen", "vrd-s0777")
    assert refused.code == 1
    assert "vrd-s0777 does not order carfilzomib" in refused.err


@pytest.mark.slow
def test_checks_are_printed_with_their_bands(call: Call) -> None:
    rows = json.loads(call("pk", "melphalan", "--checks", "--json").out)
    assert {row["drug"] for row in rows} == {"melphalan"}
    assert all(row["ratio"] == pytest.approx(row["simulated"] / row["observed"]) for row in rows)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lenalidomid",), "drug 'lenalidomid' is not known"),
        (("lenalidomide", "--weight", "0"), "weight 0 kg is not possible (25 to 300 kg); is it in pounds or grams?"),
        (("lenalidomide", "--crcl", "-5"), "crcl -5 mL/min is not possible"),
        (("pomalidomide", "--sex", "boy"), "'boy' is no sex; allowed: male, female"),
        (("bortezomib", "--weight", "80"), "body surface area is not known, but a dose in mg/m2 needs it"),
        (("bortezomib", "--route", "im"), "route 'im' is not known"),
        (("lenalidomide", "--route", "iv"), "lenalidomide is not given into the vein"),
        (("lenalidomide", "--dose", "1.3 mg/m2"), "lenalidomide oral is not given in mg/m2"),
        (("lenalidomide", "--dose", "25"), "dose '25' has no unit"),
        (("lenalidomide", "--dose", "0 mg"), "dose '0 mg' is not above 0"),
        (("lenalidomide", "--schedule", "1-30/28"), "day 30 is outside the 28-day cycle"),
        (("lenalidomide", "--schedule", "often"), "schedule 'often' cannot be read"),
        (("lenalidomide", "--infusion", "30"), "--infusion is for doses into the vein"),
        (("lenalidomide", "--compare", "crcl"), "'crcl' is not NAME=VALUE"),
        (("lenalidomide", "--change", "soon"), "--change 'soon' is not DAY: NAME=VALUE"),
        (("lenalidomide", "--change", "40: dose=15 mg", "--days", "30"), "is not before the end of the curve"),
        (("lenalidomide", "--schedule", "1,8/28", "--change", "14: dose=15 mg", "--days", "20"), "no dose is given"),
        (("isatuximab", "--steady-state"), "isatuximab has no steady state here"),
        (("pomalidomide", "--fed"), "food has no effect on pomalidomide"),
    ],
)
def test_what_does_not_fit_is_one_clear_paragraph(call: Call, arguments: tuple[str, ...], words: str) -> None:
    found = call("pk", *arguments, "-n", "5")
    assert found.code == 1
    assert words in found.err
    assert is_one_paragraph(found.err)


def test_a_data_set_that_cannot_be_honoured_names_row_and_column(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("ID,HOURS,EVID,AMT,CMT,WT,CRCL\n1,5,1,25,1,75,90\n1,-2,0,.,2,75,90\n", encoding="utf-8")
    found = call("pk", "lenalidomide", "--simulate-events", str(path))
    assert found.code == 1
    assert "bad.csv, line 3, hours: -2 is before time zero" in found.err


def test_a_name_that_ends_otherwise_is_wrong_usage(call: Call) -> None:
    found = call("pk", "lenalidomide", "--png", "a.jpg")
    assert found.code == 2
    assert "a.jpg: the name does not end in .png" in found.err


def test_a_drug_is_asked_for(call: Call) -> None:
    assert call("pk").code == 2


def test_known_misses_stand_below_the_metrics(call: Call) -> None:
    """The label's peak of ixazomib, 61 ng/mL, is three times that of the published model."""
    answer = call("pk", "ixazomib", "--typical")
    below = answer.out.split("Known misses")[1]
    assert "Cmax, 4 mg, day 15: observed 61 ng/mL; the published model" in below


def test_a_drug_without_known_misses_has_no_such_lines(call: Call) -> None:
    assert "Known misses" not in call("pk", "elotuzumab", "--typical").out
