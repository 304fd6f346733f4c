"""`network`, `forest`, `league` and `compare_treatments`: the call, every form of the answer, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError

CONTRASTS = """study,treatment,versus,hr,ci_low,ci_high
A,X,P,0.7,0.55,0.89
B,X,P,0.8,0.6,1.07
C,Y,P,0.6,0.45,0.8
D,X,Y,1.2,0.9,1.6
"""


@pytest.fixture
def contrasts(tmp_path: Path) -> Path:
    path = tmp_path / "contrasts.csv"
    path.write_text(CONTRASTS, encoding="utf-8")
    return path


def command(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout.rstrip("\n")


def test_command_and_function_give_equal_json(contrasts: Path) -> None:
    data = ("--data", str(contrasts))
    assert command("network", *data, "--reference", "Y") == cb.network(data=contrasts, reference="Y").to_json()
    assert command("league", *data) == cb.league(data=contrasts).to_json()
    assert command("forest", *data, "--treatment", "X") == cb.forest(data=contrasts, treatment="X").to_json()
    assert command("compare", "X", "P", *data) == cb.compare_treatments("X", "P", data=contrasts).to_json()


def test_the_published_ratio_of_one_trial_is_the_answer_of_a_network_that_rests_on_it() -> None:
    """ASPIRE: hazard ratio of progression or death 0.69 (0.57 to 0.83) with KRd against Rd (Stewart 2015)."""
    answer = cb.network("rrmm", reference="Rd")
    row = answer.table().filter((pl.col("treatment") == "KRd") & (pl.col("versus") == "Rd"))
    assert row.select("value", "low", "high").row(0) == pytest.approx((0.69, 0.57, 0.83), abs=0.005)
    assert any(
        "stewart" in str(link).lower() or "kyprolis" in str(link).lower()
        for link in answer.table("used")["reference"]
    )


def test_tables_pictures_and_page_of_a_network(contrasts: Path, tmp_path: Path) -> None:
    answer = cb.network(data=contrasts)
    assert set(answer.table("ranking")["treatment"]) == {"P", "X", "Y"}
    assert answer.table("contrasts").height == 4
    for name in ("network", "forest", "league", "ranks", "funnel"):
        path = answer.save(tmp_path / f"{name}.svg", name)
        assert path.read_text(encoding="utf-8").startswith("<svg")
    page = answer.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml") == 5
    assert pl.read_parquet(answer.save(tmp_path / "effects.parquet")).height == answer.table().height
    with pytest.raises(UnknownNameError, match="chart 'cake' is not known"):
        answer.chart("cake")


def test_a_notebook_shows_words_picture_and_notes_once(contrasts: Path) -> None:
    answer = cb.forest(data=contrasts, pooling=cb.PoolingModel(interval="hartung-knapp"))
    shown = answer._repr_html_()
    assert "data:image/svg+xml" in shown
    assert shown.count("hartung-knapp needs two trials") == 1
    assert "not for deciding the treatment" in shown


def test_a_comparison_says_what_it_rests_on(contrasts: Path) -> None:
    answer = cb.compare_treatments("X", "Y", data=contrasts)
    assert answer.table()["evidence"].to_list() == ["direct", "indirect", "network"]
    assert answer.table("chain")["studies"].to_list() == ["D"]
    assert "Certainty: moderate." in answer.text()
    assert list(answer.charts()) == ["forest"]


@pytest.mark.slow
def test_a_posterior_is_sampled_when_a_model_is_given(contrasts: Path) -> None:
    bayes = cb.BayesianModel(prior="half-normal:0.25", draws=300, chains=2)
    answer = cb.network(data=contrasts, bayes=bayes, seed=3)
    assert answer.table("bayesian").height == 6
    assert json.loads(answer.to_json())["bayesian"]["seed"] == 3
    assert "prior: between trials: tau half-normal with scale 0.25" in answer.notes
    assert "Bayesian" in answer.text()


def test_trials_are_chosen_and_what_is_left_out_is_said(contrasts: Path) -> None:
    answer = cb.network(data=contrasts, selection=cb.TrialSelection(exclude=["C", "D"]))
    assert answer.table("left_out")["study"].to_list() == ["C", "D"]
    assert any("treatment Y is lost" in note for note in answer.notes)


def test_a_name_that_was_read_as_another_is_said() -> None:
    answer = cb.compare_treatments("D-Rd", "Rd", setting="rrmm")
    assert "treatment 'D-Rd' was read as DRd" in answer.notes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "never pooled silently"),
        ({"setting": "rrmm", "data": "x.csv"}, "setting would change nothing"),
        ({"data": "x.csv", "selection": cb.TrialSelection(strict=True)}, "strict would change nothing"),
        ({"setting": "rrmm", "selection": cb.TrialSelection(equal_arms=True)}, "equal_arms would change nothing"),
    ],
)
def test_what_would_change_nothing_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        cb.network(**given)  # type: ignore[arg-type]


def test_a_model_that_makes_no_sense_is_refused(contrasts: Path) -> None:
    with pytest.raises(ArgumentError, match="a fixed effect has normal intervals"):
        cb.PoolingModel(model="fixed", interval="hartung-knapp")
    with pytest.raises(ArgumentError, match="does not vary between trials"):
        bayes = cb.BayesianModel(prior="half-normal:1")
        cb.network(data=contrasts, pooling=cb.PoolingModel(model="fixed"), bayes=bayes)
    with pytest.raises(ArgumentError, match="the cut is middle"):
        cb.TrialSelection(cut="middle")
    with pytest.raises(UnknownNameError, match="interval 'exact' is not known"):
        cb.forest(data=contrasts, pooling=cb.PoolingModel(interval="exact"))
    with pytest.raises(ArgumentError, match="the part changes nothing"):
        cb.compare_treatments("X", "P", data=contrasts, selection=cb.TrialSelection(part="X"))


COLUMNS: dict[str, Sequence[object]] = {
    "study": ["A", "B"],
    "treatment": ["X", "Y"],
    "versus": ["P", "P"],
    "effect": [-0.3, -0.1],
    "se": [0.1, 0.2],
}


def test_a_table_may_be_a_data_frame_or_columns() -> None:
    selection = cb.TrialSelection(measure="log_hr")
    asked = [cb.network(data=given, selection=selection) for given in (COLUMNS, pl.DataFrame(COLUMNS))]
    asked.append(cb.network(data=pd.DataFrame(COLUMNS), selection=selection))  # type: ignore[arg-type]
    assert len({answer.to_json() for answer in asked}) == 1
    assert asked[0].text().startswith("the table given (log_hr)")
    assert asked[0].table("left_out").columns == ["study", "what", "why"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cb.network(5), "setting is 5; text is needed"),  # type: ignore[arg-type]
        (lambda: cb.network(data=5), "a table is needed, not a number"),  # type: ignore[arg-type]
        (lambda: cb.network("rrmm", selection={"cut": "first"}), "TrialSelection"),  # type: ignore[arg-type]
        (lambda: cb.network("rrmm", pooling="fixed"), "PoolingModel"),  # type: ignore[arg-type]
        (lambda: cb.network("rrmm", bayes="yes"), "BayesianModel"),  # type: ignore[arg-type]
        (lambda: cb.network("rrmm", seed=1.5), "seed is 1.5; a whole number"),  # type: ignore[arg-type]
        (lambda: cb.network("rrmm", reference=3), "reference is 3; text is needed"),  # type: ignore[arg-type]
        (lambda: cb.PoolingModel(level="0.9"), "level is '0.9'; a number is needed"),  # type: ignore[arg-type]
        (lambda: cb.TrialSelection(exclude=[1]), "a list of texts"),  # type: ignore[list-item]
        (lambda: cb.BayesianModel(draws="many"), "a whole number is needed"),  # type: ignore[arg-type]
        (lambda: cb.compare_treatments(None, "Rd", setting="rrmm"), "treatment is None"),  # type: ignore[arg-type]
        (lambda: cb.evidence.table(5), "endpoint is 5"),  # type: ignore[arg-type]
        (lambda: cb.evidence.show(None), "study is None"),  # type: ignore[arg-type]
        (lambda: cb.evidence.check(5), "5 is no path"),  # type: ignore[arg-type]
        (lambda: cb.real_world(5), "regimen is 5"),  # type: ignore[arg-type]
        (lambda: cb.evidence.endpoints().save(5), "path is 5"),  # type: ignore[arg-type]
    ],
)
def test_an_argument_of_another_kind_is_refused_in_words(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert said in str(caught.value)


def test_a_picture_that_an_answer_lacks_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="no comparison has two trials"):
        cb.forest("rrmm").chart("funnel")


def test_of_two_treatments_in_one_trial_the_shorter_name_is_the_comparator() -> None:
    """POLLUX alone reported neutropenia of grade 3 or worse of DRd and Rd, which stood as Rd against DRd."""
    chosen = cb.forest("rrmm", endpoint="ae_neutropenia", selection=cb.TrialSelection(grades=("3+", "3-4")))
    pairs = {(one.treatment, one.versus) for one in chosen.comparisons}
    assert ("DRd", "Rd") in pairs and ("Rd", "DRd") not in pairs
