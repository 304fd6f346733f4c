"""A name has a bound wherever text enters."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.core.names import LONGEST_NAME
from cereblon.tables import read_subject_tables

LONG = "a" * 5000
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
STUDIES = Path(cb.__file__).parent / "evidence" / "studies"
REGIMENS = Path(cb.__file__).parent / "model" / "regimens" / "library"
POPULATIONS = Path(cb.__file__).parent / "model" / "patients" / "populations"
SAID = r"'a{57}\.\.\.' is a name of 5,000 characters; a name has at most 200"
NETWORK = "study,treatment,versus,hr,ci_low,ci_high\nA,X,{name},0.7,0.6,0.82\nB,Y,{name},0.8,0.6,1.07\n"


@pytest.mark.parametrize(
    ("ask", "ending", "text"),
    [
        (lambda path: cb.network(data=path), ".csv", NETWORK.format(name=LONG)),
        (lambda path: cb.curve(data=path), ".csv", f"arm,month,event\n{LONG},1,1\n{LONG},2,1\n"),
        (lambda path: cb.over_time(path, reference="Rd"), ".csv", f"study,treatment,month,event\nA,{LONG},1,1\n"),
        (lambda path: cb.adjust(path, EXAMPLES / "adjust-targets.csv"), ".csv", f"arm,age,response\n{LONG},70,1\n"),
        (
            cb.import_evidence,
            ".csv",
            f"drug,event,reports,drug_reports,event_reports,all_reports\n{LONG},Rash,30,1000,500,100000\n",
        ),
    ],
    ids=["contrasts", "individuals of a curve", "individuals", "people to adjust", "counts of reports"],
)
def test_a_name_in_a_table_is_refused_when_it_is_a_paragraph(ask, ending: str, text: str, tmp_path: Path) -> None:
    """A page with three treatments of 5,000 characters took 12 s."""
    (tmp_path / f"given{ending}").write_text(text)
    with pytest.raises(InputError, match=SAID):
        ask(tmp_path / f"given{ending}")


@pytest.mark.parametrize(
    ("ask", "given", "keys"),
    [
        (cb.evidence.show, STUDIES / "maia.yaml", ("arms", "drd", "label")),
        (cb.evidence.show, STUDIES / "maia.yaml", ("name",)),
        (cb.regimen, REGIMENS / "drd.yaml", ("label",)),
        (cb.population, POPULATIONS / "ndmm.yaml", ("title",)),
        (cb.load_trial, EXAMPLES / "vrd-lite.yaml", ("title",)),
        (cb.explain_rules, EXAMPLES / "rules" / "flexible-doses.yaml", ("title",)),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_a_name_in_a_file_is_refused_when_it_is_a_paragraph(ask, given: Path, keys: tuple, tmp_path: Path) -> None:
    content = yaml.safe_load(given.read_text())
    inner = content
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = LONG
    path = tmp_path / given.name
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(InputError, match=SAID) as told:
        ask(str(path))
    assert len(told.value.message) < 1000


def test_an_arm_of_a_subject_table_has_a_name_within_the_bound() -> None:
    subjects = {"usubjid": ["1"], "arm": [LONG], "sex": ["F"], "age": [70]}
    with pytest.raises(InputError, match=SAID):
        read_subject_tables({"subjects": subjects})


def test_a_name_of_the_longest_length_is_read(tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text(NETWORK.format(name="a" * LONGEST_NAME))
    assert "a" * LONGEST_NAME in cb.network(data=tmp_path / "given.csv").to_csv()


@pytest.mark.parametrize("name", ["", " \u00a0"])
@pytest.mark.parametrize(
    ("ask", "given", "key"),
    [
        (cb.regimen, REGIMENS / "drd.yaml", "label"),
        (cb.population, POPULATIONS / "ndmm.yaml", "title"),
        (cb.load_trial, EXAMPLES / "vrd-lite.yaml", "title"),
        (cb.explain_rules, EXAMPLES / "rules" / "flexible-doses.yaml", "title"),
    ],
    ids=["regimen", "population", "trial", "rules"],
)
def test_a_name_that_is_empty_is_refused(ask, given: Path, key: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "given.yaml").write_text(yaml.safe_dump(yaml.safe_load(given.read_text()) | {key: name}))
    with pytest.raises(InputError, match=rf"given\.yaml, {key}: is empty; a name is needed"):
        ask(tmp_path / "given.yaml")
