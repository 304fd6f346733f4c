"""The commands `cereblon evidence forest`, `network`, `league` and `compare`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError, UnknownNameError

CONTRASTS = """study,treatment,versus,hr,ci_low,ci_high
A,X,P,0.7,0.55,0.89
B,X,P,0.8,0.6,1.07
C,Y,P,0.6,0.45,0.8
D,X,Y,1.2,0.9,1.6
"""


def run(*arguments: str, columns: int = 100) -> Result:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": str(columns)})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_table_of_contrasts_gives_effects_against_every_reference(tmp_path: Path) -> None:
    content = json.loads(run("network", "--data", table(tmp_path, CONTRASTS), "--json").stdout)
    pairs = {(row["treatment"], row["versus"]) for row in content["effects"]}
    assert pairs == {(a, b) for a in "PXY" for b in "PXY" if a != b}
    assert content["df"] == 2
    assert {"tau2", "Q", "I2", "p_scores", "studies", "left_out", "notes"} <= set(content)
    assert list(content["p_scores"]) == ["Y", "X", "P"]


def test_counts_per_arm_are_read_and_zero_cells_are_said(tmp_path: Path) -> None:
    text = "study,treatment,events,n\nA,X,5,50\nA,P,0,50\nB,X,9,60\nB,P,4,61\n"
    shown = run("network", "--data", table(tmp_path, text)).stdout
    assert "study A: a cell is zero, 0.5 was added" in shown
    assert "a smaller ratio or difference is taken as better" in shown.replace("\n    ", " ")


def test_the_estimator_and_the_interval_can_be_chosen(tmp_path: Path) -> None:
    """Hartung-Knapp with one comparison: estimate plus or minus t(k - 1) times the spread of the effects.

    Computed here from the definition (Knapp and Hartung 2003) with Paule-Mandel's tau2 from the output.
    """
    text = "study,treatment,versus,effect,se\nA,X,P,-0.9,0.2\nB,X,P,-0.1,0.25\nC,X,P,-0.4,0.3\n"
    given = table(tmp_path, text)
    asked = ("--measure", "log_hr", "--tau2", "PM", "--interval", "hartung-knapp", "--json")
    content = json.loads(run("network", "--data", given, *asked).stdout)
    effect, se = np.array([-0.9, -0.1, -0.4]), np.array([0.2, 0.25, 0.3])
    weight = 1 / (se**2 + content["tau2"])
    mean = (weight * effect).sum() / weight.sum()
    spread = (weight * (effect - mean) ** 2).sum() / 2
    row = next(row for row in content["effects"] if row["treatment"] == "X")
    assert row["effect"] == pytest.approx(mean)
    assert row["se"] == pytest.approx(float(np.sqrt(spread / weight.sum())))
    assert content["tau2_method"] == "PM" and content["interval"] == "hartung-knapp"
    # At Paule-Mandel's tau2, Q equals its degrees of freedom, so the factor of Hartung and Knapp is 1.
    assert spread == pytest.approx(1.0, abs=1e-6)


def test_csv_holds_the_same_effects_as_json(tmp_path: Path) -> None:
    given = table(tmp_path, CONTRASTS)
    content = json.loads(run("network", "--data", given, "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(run("network", "--data", given, "--csv").stdout)))
    assert [float(row["value"]) for row in rows] == [row["value"] for row in content["effects"]]


def test_a_setting_must_be_named() -> None:
    result = run("network")
    assert result.exit_code == 2
    assert "never pooled silently" in result.stderr
    assert run("network", "--setting", "rrmm", "--data", "x.csv").exit_code == 2
    assert run("network", "--setting", "rrmm", "--larger-is-better").exit_code == 2
    assert run("network", "--setting", "rrmm", "--cut", "middle").exit_code == 2
    assert run("network", "--setting", "rrmm", "--json", "--csv").exit_code == 2


def test_a_network_that_falls_apart_is_refused_or_one_part_is_kept(tmp_path: Path) -> None:
    given = table(tmp_path, "study,treatment,versus,effect,se\nA,X,P,-0.3,0.1\nB,Y,Z,0.1,0.2\n")
    with pytest.raises(InputError, match="not connected: no trial joins its 2 parts"):
        run("network", "--data", given)
    content = json.loads(run("network", "--data", given, "--part", "y", "--json").stdout)
    assert content["treatments"] == ["Y", "Z"]
    assert content["left_out"] == [{"study": "A", "what": "P versus X", "why": "no trial joins it to this part"}]


def test_impossible_intervals_are_named_with_line_and_column(tmp_path: Path) -> None:
    given = table(tmp_path, "study,treatment,versus,hr,ci_low,ci_high\nA,X,P,0.7,0.75,0.9\nB,X,P,a,0.6,1\n")
    with pytest.raises(
        InputError, match=r"line 3, hr: 'a' is not a number(.|\n)*line 2, hr(.|\n)*outside its interval"
    ):
        run("network", "--data", given)


def test_the_text_names_trials_sources_and_what_was_left_out() -> None:
    shown = " ".join(run("network", "--setting", "rrmm").stdout.split())
    assert "4 trials, 5 treatments" in shown
    assert "- aspire, KRd v Rd: 0.69" in shown
    assert "not randomised trials: rw-ird-czech-rmg" in shown
    assert "doi:10.1056/NEJMoa1505654" in shown


def test_forest_pools_each_comparison_by_itself_and_across_only_when_asked() -> None:
    rows = json.loads(run("forest", "--setting", "rrmm", "--json").stdout)["comparisons"]
    added = {("isatuximab-Kd", "Kd"), ("isatuximab-Pd", "Pd"), ("elotuzumab-Vd", "Vd"), ("elotuzumab-Pd", "Pd")}
    added |= {("PVd", "Vd"), ("D-Kd", "Kd"), ("D-Pd", "Pd")}
    added |= {("KRd56", "KRd27")}
    to_rd = {(one, "Rd") for one in ("DRd", "ERd", "IRd", "KRd")}
    assert {(row["treatment"], row["versus"]) for row in rows} == to_rd | added
    across = json.loads(run("forest", "--setting", "rrmm", "--across", "--json").stdout)["comparisons"][-1]
    assert across["treatment"] == "any treatment"
    assert [row["row"] for row in across["rows"]] == [*["study"] * 4, "pooled", "prediction"]


def test_a_zero_cell_is_also_pooled_without_correction(tmp_path: Path) -> None:
    """R metafor 3.8-1 on these counts: rma.mh 0.18819188192 (0.05173229815 to 0.68460489261), rma.peto 0.24603537680
    (0.09145249757 to 0.66191091823); its ten digits."""
    given = table(tmp_path, "study,treatment,events,n\nA,X,0,50\nA,P,5,50\nC,X,3,60\nC,P,9,60\n")
    (compared,) = json.loads(run("forest", "--data", given, "--json").stdout)["comparisons"]
    rows = {row["row"]: row for row in compared["rows"]}
    found = [rows["Mantel-Haenszel"][name] for name in ("value", "low", "high")]
    assert found == pytest.approx([0.18819188192, 0.05173229815, 0.68460489261], rel=1e-9)
    found = [rows["Peto"][name] for name in ("value", "low", "high")]
    assert found == pytest.approx([0.24603537680, 0.09145249757, 0.66191091823], rel=1e-9)
    assert "Peto, no correction" in run("forest", "--data", given).stdout


def test_forest_keeps_the_comparator_below_the_line_and_can_be_narrowed() -> None:
    rows = json.loads(run("forest", "--setting", "maintenance", "--treatment", "r", "--json").stdout)["comparisons"]
    assert {(row["treatment"], row["versus"]) for row in rows} == {("R", "none"), ("KRd", "R")}
    with pytest.raises(InputError, match="no trial makes such a comparison"):
        run("forest", "--setting", "rrmm", "--reference", "KRd", "--treatment", "DRd")


def test_across_refuses_a_control_that_would_count_twice() -> None:
    with pytest.raises(InputError, match="first-mm020 has more than two arms"):
        run("forest", "--setting", "ndmm-tie", "--across")


def test_league_is_square_with_names_on_the_diagonal() -> None:
    content = json.loads(run("league", "--setting", "rrmm", "--json").stdout)
    assert [row["treatment"] for row in content["table"]] == content["order"]
    assert all(row[row["treatment"]] == row["treatment"] for row in content["table"])


def test_compare_says_what_the_estimate_rests_on() -> None:
    content = json.loads(run("compare", "vrd", "drd", "--setting", "ndmm-tie", "--json").stdout)
    assert [row["evidence"] for row in content["evidence"]] == ["indirect", "network"]
    assert content["how_sure"] == "very weak"
    assert [step["studies"] for step in content["chain"]] == [["swog-s0777"], ["maia"]]
    shown = run("compare", "VRd", "DRd", "--setting", "ndmm-tie").stdout
    assert "Certainty: very weak." in shown


def test_compare_refuses_what_no_chain_of_trials_joins() -> None:
    with pytest.raises(InputError, match="no chain of trials joins VRd and KCd"):
        run("compare", "VRd", "KCd+ASCT", "--setting", "ndmm")
    with pytest.raises(UnknownNameError, match="treatment 'XYZ' is not in this network"):
        run("compare", "VRd", "XYZ", "--setting", "ndmm")


@pytest.mark.parametrize("picture", ["network", "forest", "league", "ranks", "funnel"])
def test_every_picture_is_drawn(tmp_path: Path, picture: str) -> None:
    path = tmp_path / f"{picture}.svg"
    run("network", "--setting", "ndmm", "--picture", picture, "--svg", str(path))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<svg") and "VRd+ASCT" in text


def test_a_funnel_needs_two_trials_of_one_comparison(tmp_path: Path) -> None:
    path = tmp_path / "funnel.svg"
    with pytest.raises(InputError, match="no comparison has two trials"):
        run("forest", "--setting", "rrmm", "--picture", "funnel", "--svg", str(path))
    run("forest", "--setting", "rrmm", "--across", "--picture", "funnel", "--svg", str(path))
    assert "log hazard ratio" in path.read_text(encoding="utf-8")
    assert run("forest", "--setting", "rrmm", "--picture", "cake").exit_code == 2


def test_asymmetry_is_tested_from_three_trials_on() -> None:
    rows = json.loads(run("forest", "--setting", "rrmm", "--across", "--json").stdout)["comparisons"]
    assert [row["asymmetry"] is not None for row in rows] == [False] * 12 + [True]
    assert 0 <= rows[-1]["asymmetry"]["p"] <= 1


def test_a_page_works_offline_and_holds_pictures_and_sources(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    run("compare", "DRd", "Rd", "--setting", "rrmm", "--html", str(path))
    text = path.read_text(encoding="utf-8")
    assert "data:image/svg+xml;base64" in text
    assert "<script src" not in text and "vegaEmbed=" not in text and 'src="http' not in text
    assert "https://doi.org/10.1038/s41375-020-0711-6" in text


def test_a_picture_of_the_wrong_ending_or_place_is_refused(tmp_path: Path) -> None:
    assert run("league", "--setting", "rrmm", "--png", str(tmp_path / "a.svg")).exit_code == 2
    with pytest.raises(InputError, match="cannot be written"):
        run("league", "--setting", "rrmm", "--svg", str(tmp_path / "none" / "a.svg"))
    assert run("network", "--setting", "rrmm", "--picture", "cake").exit_code == 2


@pytest.mark.slow
def test_the_posterior_is_printed_when_asked_for(tmp_path: Path) -> None:
    asked = ("--bayes", "--draws", "300", "--chains", "2", "--prior", "half-normal:0.25", "--json")
    given = table(tmp_path, CONTRASTS)
    content = json.loads(run("compare", "X", "P", "--data", given, *asked).stdout)
    kinds = ["direct", "indirect", "network", "Bayesian network", "Bayesian, direct", "Bayesian, indirect"]
    assert [row["evidence"] for row in content["evidence"]] == kinds
    assert content["bayesian_split"]["p"] <= 1
    assert any(sentence.startswith("Bayesian node-splitting") for sentence in content["sentences"])
    assert "prior: between trials: tau half-normal with scale 0.25" in content["bayesian"]["notes"]
    assert content["bayesian"]["divergences"] == 0
    assert any("is the better of the two with probability" in sentence for sentence in content["sentences"])


def test_options_of_a_group_reach_the_command_once() -> None:
    import inspect

    from cereblon.cli.evidence.network import network

    names = list(inspect.signature(network).parameters)
    assert len(names) == len(set(names))
    assert {"endpoint", "setting", "bayes", "picture"} <= set(names)
    assert isinstance(app, typer.Typer)
