"""`cb.pk`, `cb.simulate_events` and `cb.pk_checks`: answers that can be read, asked, drawn and saved."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import altair as alt
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from cli_calls import call_main

import cereblon as cb

TYPICAL = cb.Subjects(typical=True)


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert call_main(arguments) == 0
    return capsys.readouterr().out


def test_an_exposure_is_a_table_a_picture_and_a_sentence() -> None:
    """At steady state 25 mg x 21 / (CL/F 12.0 L/h x 28 days) give 1562 ng h/mL a day."""
    found = cb.pk("lenalidomide", dose="25 mg", schedule="21/28", crcl=90, subjects=TYPICAL)
    assert found.median("auc_24h_ss") == pytest.approx(25.0e3 / 12.0 * 21 / 28, rel=1e-3)
    assert found.table().columns == ["patient", "time_h", "p5", "median", "p95", "unit"]
    metrics = found.table("metrics")
    assert metrics.filter(pl.col("metric") == "auc_24h_ss")["median"][0] == found.median("auc_24h_ss")
    assert isinstance(found.chart("logarithmic"), alt.TopLevelMixin)
    assert str(found).startswith("Lenalidomide: area per 24 h, mean of a cycle at steady state is 1562 ng h/mL;")
    assert "\nlenalidomide 25 mg oral, 21 doses a cycle" in str(found)
    assert found.notes == ("schedule '21/28' is read as 21 doses a cycle, days 1 to 21 of 28",)
    assert "dose '0.025 g' is read as 25 mg" in cb.pk("lenalidomide", dose="0.025 g", subjects=TYPICAL).notes


def test_command_and_function_give_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = cb.pk(
        "Velcade",
        dose="1.3 mg/m2",
        weight=80,
        height="1.8 m",
        compare={"dose": "1 mg/m2"},
        change={7: {"dose": "0.7 mg/m2"}},
        subjects=cb.Subjects(n=30, seed=3),
    )
    arguments = (
        *("pk", "Velcade", "--dose", "1.3 mg/m2", "--weight", "80", "--height", "1.8 m", "--compare", "dose=1 mg/m2"),
        *("--change", "7: dose=0.7 mg/m2", "-n", "30", "--seed", "3"),
    )
    assert json.loads(_printed(capsys, *arguments, "--json")) == json.loads(found.to_json())
    assert _printed(capsys, *arguments, "--csv") == found.to_csv()
    assert _printed(capsys, *arguments) == f"{found}\n"


def test_an_exposure_is_saved_and_shown(tmp_path: Path) -> None:
    found = cb.pk("pomalidomide", subjects=TYPICAL)
    shown = found._repr_html_()
    assert "pomalidomide 4 mg oral" in shown and "data:image/svg+xml" in shown
    assert "●" not in shown  # the picture is drawn, not typed
    page = found.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert 'data-spec="spec-figure-2"' in page and 'src="http' not in page
    assert pl.read_parquet(found.save(tmp_path / "a.parquet")).equals(found.table())
    assert json.loads(found.save(tmp_path / "a.json").read_text(encoding="utf-8"))["drug"] == "pomalidomide"


def test_values_of_python_mean_what_words_mean() -> None:
    written = cb.pk("pomalidomide", sex="female", subjects=TYPICAL).median("auc_inf")
    assert cb.pk("pomalidomide", sex="F", subjects=TYPICAL).median("auc_inf") == written
    one = cb.pk("isatuximab", asian=True, subjects=TYPICAL).median("cmax")
    assert one == cb.pk("isatuximab", asian="yes", subjects=TYPICAL).median("cmax")
    assert one != cb.pk("isatuximab", asian=False, subjects=TYPICAL).median("cmax")


def test_event_data_come_back(tmp_path: Path) -> None:
    """The concentration three days after the first dose is that of the curve."""
    path = tmp_path / "doses.csv"
    found = cb.pk("lenalidomide", days=3, subjects=cb.Subjects(n=2))
    assert "TIME and II in h" in found.save_event_data(path)
    back = cb.simulate_events(path, "len", subjects=TYPICAL)
    assert back.notes[0] == "drug 'len' is read as lenalidomide"
    last = back.table().filter((pl.col("ID") == "1") & (pl.col("TIME") == 72.0))["IPRED"][0]
    assert last == pytest.approx(cb.pk("lenalidomide", subjects=TYPICAL).table()["median"][-1], rel=1e-6)
    assert "observations of 2 subjects" in str(back)
    assert back.save(tmp_path / "back.svg").read_text(encoding="utf-8").startswith("<svg")


def test_checks_are_a_list_with_verdicts() -> None:
    found = cb.pk_checks("melphalan")
    assert set(found.table()["drug"]) == {"melphalan"}
    assert [row["key"] for row in json.loads(found.to_json())] == found.table()["key"].to_list()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"crc": 40}, "covariate 'crc' is not known"),
        ({"crcl": -5}, "crcl -5 mL/min is not possible"),
        ({"isotype": "IgA"}, "isotype changes nothing: it does not act on lenalidomide"),
        ({"days": 0}, "days 0 is outside 0.01 to 4000"),
        ({"cycles": 3, "steady_state": True}, "cycles changes nothing"),
        ({"compare": {"crcl": 90}, "crcl": 90}, "asks for the same as before"),
        ({"change": {14: {"dosis": "15 mg"}}}, "'dosis' is not accepted"),
        ({"subjects": cb.Subjects(typical=True, n=5)}, "subjects changes nothing"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(cb.InputError) as caught:
        cb.pk("lenalidomide", **arguments)  # type: ignore[arg-type]  # wrong on purpose
    assert words in str(caught.value)


def test_subjects_are_counted_within_limits() -> None:
    with pytest.raises(cb.InputError, match="subjects 0 is outside 1 to 100000"):
        cb.Subjects(n=0)


def test_a_dose_is_told_with_a_space_before_its_unit() -> None:
    found = cb.pk("lenalidomide", dose="15mg", compare="crcl=40,dose=10mg", subjects=cb.Subjects(n=20))
    assert found.sentence.startswith("Lenalidomide, 10 mg, CrCl 40 mL/min against 15 mg, reference patient")
