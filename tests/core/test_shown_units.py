"""A unit is written in one way wherever people read it, and as it is typed wherever a program does."""

from __future__ import annotations

import json
import re

import pytest

import cereblon as cb
from cereblon.app.answers import answers_html
from cereblon.app.forms import read_form
from cereblon.app.tabs.doses import DOSES
from cereblon.core.units import page_with_shown_units, shown_units
from cereblon.report.static import specification


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1.3 mg/m2 sc", "1.3 mg/m² sc"),
        ("75 kg, 1.88 m2, fit", "75 kg, 1.88 m², fit"),
        ("27 kg/m^2 or m^2", "27 kg/m² or m²"),
        ("bsa_m2, am2, km2, x/m2, 1 m20", "bsa_m2, am2, km2, x/m2, 1 m20"),
    ],
)
def test_square_metres_have_one_sign(written: str, shown: str) -> None:
    assert shown_units(written) == shown


def test_what_is_copied_into_a_terminal_stays_as_it_is_typed() -> None:
    kept = "<pre><code>--dose '1.3 mg/m2'</code></pre><textarea>mg/m2 1 mg/m2</textarea>"
    assert (
        page_with_shown_units(f"<p>1.3 mg/m2</p>{kept}<pre>2 mg/m2</pre>")
        == f"<p>1.3 mg/m²</p>{kept}<pre>2 mg/m²</pre>"
    )


def test_terminal_page_picture_and_notebook_write_a_dose_alike() -> None:
    answer = cb.regimen("vrd-s0777")
    shown = (str(answer), answer.page(), repr(answer), answer._repr_html_())
    for text in shown:
        assert "mg/m²" in text
        assert "mg/m2" not in text
    assert "mg/m2" not in json.dumps([specification(chart) for chart in answer.charts().values()])
    assert "mg/m2" in answer.to_json()


def test_the_app_writes_a_dose_alike_but_for_its_commands() -> None:
    values = read_form(DOSES.fields({}), {"drug": ["bortezomib"]})
    text = answers_html(DOSES.parts(values), "/doses")
    assert "mg/m²" in text
    assert "mg/m2" not in re.sub(r"<code>.*?</code>", "", text, flags=re.DOTALL)
    assert "mg/m2" in text
