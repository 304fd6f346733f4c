"""`cb.mechanism`: the network's signals as tables, pictures, text and a model file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from cli_calls import call_main

import cereblon as cb


@pytest.fixture(scope="module")
def found() -> cb.Mechanism:
    return cb.mechanism("dex", knockout="cereblon", every_hours=24)


def test_a_knockout_ends_direct_killing_but_not_immunity(found: cb.Mechanism) -> None:
    """Killing passes through cereblon; the effector state rises by the T cell's own cereblon."""
    curve = found.table()
    assert curve["direct_killing"].max() == 0.0
    assert curve["effector"].max() > 1.2
    assert found.table("markers").height == 2 * len(set(found.table("markers")["marker"]))
    assert found.notes[0] == "dex is read as dexamethasone"
    assert "standard case" in str(found)


def test_command_and_function_give_the_same(found: cb.Mechanism, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("mechanism", "--with", "dex", "--knockout", "cereblon")
    capsys.readouterr()
    assert call_main((*arguments, "--every", "24", "--json")) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(found.to_json())
    assert call_main(arguments) == 0
    assert capsys.readouterr().out == f"{found}\n"


@pytest.mark.slow
def test_a_mechanism_is_saved_as_picture_page_and_model(found: cb.Mechanism, tmp_path: Path) -> None:
    drawn = found.save(tmp_path / "m.svg").read_text(encoding="utf-8")
    assert "no answer" in drawn and "direct killing" in drawn
    assert found.save(tmp_path / "m.html").read_text(encoding="utf-8").count('<figure class="drawing">') == 2
    assert "sbml.org/sbml/level3" in found.save(tmp_path / "m.xml").read_text(encoding="utf-8")
    assert "data:image/svg+xml" in found._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"partners": "thalidomide"}, "drug 'thalidomide' is not known here"),
        ({"partners": "bortezomib", "regimen": "rd"}, "the regimen names the partners"),
        ({"dose": 0.0}, "leaves nothing to give"),
        ({"dose": 0.0, "partners": "bortezomib", "crcl": 40.0}, "it acts on lenalidomide"),
        ({"cycles": 14}, "cycles 14 is outside 1 to 13"),
        ({"parameters": {"irf5": 1.0}}, "parameter 'irf5' is not known"),
        ({"parameters": {"clones.additivity": 1.0}}, "no parameter of the groups mechanism and effects"),
        ({"height": 160.0}, "weight is not known"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(cb.InputError) as caught:
        cb.mechanism(**arguments)  # type: ignore[arg-type]  # wrong on purpose
    assert words in str(caught.value)
