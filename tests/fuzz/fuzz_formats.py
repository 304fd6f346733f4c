"""Every kind of file that users bring: right ones to begin from, and all that a user would do with one.

Files of folders that this program writes, such as runs, are in `fuzz_folders`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from fuzz_cohort import cohort_formats
from fuzz_folders import folder_formats
from fuzz_format import Format

import cereblon as cb
from cereblon.questions.result import Result

ROOT = Path(__file__).parents[2]
PACKAGE = Path(cb.__file__).parent
EXAMPLES = ROOT / "docs" / "examples"
CASES = ROOT / "tests" / "right_or_refused" / "data"
RECORDED = ROOT / "tests" / "reference" / "data"

NETWORK = "study,treatment,versus,hr,ci_low,ci_high\nA,X,P,0.7,0.6,0.82\nB,Y,P,0.8,0.6,1.07\nC,X,Y,0.9,0.7,1.16\n"
DIFFERENCES = "study,treatment,versus,effect,se\nA,X,P,0.1,0.2\nB,Y,P,-0.3,0.1\nC,X,Y,-0.1,0.15\n"
COUNTS = "study,treatment,events,n\nA,X,30,100\nA,P,20,100\nB,Y,33,90\nB,P,20,95\nC,X,0,40\nC,Y,3,41\n"
RATES = "study,treatment,events,person_time\nA,X,30,1000\nA,P,20,1000\nB,Y,33,900\nB,P,20,950\n"
EVENTS = "ID,HOURS,EVID,AMT,CMT,RATE,ADDL,II,SS,CRCL,WT\n1,0,1,25,1,0,3,24,0,90,75\n1,2,0,.,2,0,0,0,0,90,75\n"
EVENTS += "2,0,1,25,1,0,20,24,1,45,60\n2,5,0,.,2,0,0,0,0,45,60\n"
DATED = "ID,DATE,TIME,EVID,AMT,CMT,WT,CRCL\n1,2024-03-01,08:00,1,25,1,75,90\n1,2024-03-01,10:30,0,.,2,75,90\n"
TIMES = "study,treatment,month,event\n" + "".join(
    f"{study},{arm},{month},{int(month % 3 > 0)}\n"
    for study, arm, step in (("A", "Rd", 2.0), ("A", "VRd", 3.0), ("B", "Rd", 2.5), ("B", "DRd", 4.0))
    for month in [step * number for number in range(1, 13)]
)
REPORTS = "drug,event,reports,drug_reports,event_reports,all_reports\nlenalidomide,Rash,30,1000,500,100000\n"
OPENFDA = (
    '{"results": [{"term": "RASH", "count": 30}, {"term": "NAUSEA", "count": 55}, {"term": "DEATH", "count": 9}]}'
)
NBIB = "PMID- 27119237\nDP  - 2016\nTI  - A trial of\n      something\nFAU - Family, Given\nJT  - Lancet\n"
NBIB += (
    "PT  - Journal Article\nLID - 10.1016/S0140-6736(16)31594-X [doi]\nSO  - Lancet. 2016\n\nPMID- 1\nTI  - Other\n"
)
WOS = (
    "FN Clarivate\nVR 1.0\nPT J\nAU Family, G\n   Other, H\nTI A trial\nSO LANCET\nPY 2016\nDI 10.1016/x\nER\n\nEF\n"
)
ENDNOTE = "%0 Journal Article\n%A Family, Given\n%T A trial\n%J Lancet\n%D 2016\n%R 10.1016/x\n"
BIBTEX = '@string{l = {Lancet}}\n@article{k, title = {A {T}rial of \\"u}, author = {Family, Given and Other, H},\n'
BIBTEX += '  journal = l # { Oncology}, year = 2016, doi = {10.1016/x}, url = {https://x.org/~y}, pages = "1--9"}\n'


_WHO = [name for name in ("01-001", "01-002") for _ in range(3)]
SUBJECTS: dict[str, Mapping[str, Sequence[object]]] = {
    "subjects": {
        "usubjid": ["01-001", "01-002"],
        "arm": ["Rd", "VRd"],
        "sex": ["F", "M"],
        "age": [70, 66],
        "isotype": ["IGA kappa", "IGG lambda"],
    },
    "labs": {
        "usubjid": _WHO,
        "day": [-1, 28, 56] * 2,
        "test": ["M-protein"] * 6,
        "value": [3.0, 0.9, 0.9, 4.1, 2.0, 3.3],
        "unit": ["g/dL"] * 6,
    },
    "events": {
        "usubjid": _WHO,
        "event": ["First dose", "Treatment stopped", "Death"] * 2,
        "day": [0, 100, 400, 0, 50, 600],
        "line": [1] * 6,
    },
}


def _contents(*paths: Path) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in paths)


def _encoded(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


def _study(path: Path) -> list[Result]:
    checked = cb.evidence.check(path)
    return [checked, cb.evidence.show(str(path))]


def _trial(path: Path) -> list[Result]:
    cb.load_trial(path)
    return []


def _openfda(path: Path) -> list[Result]:
    every = path.with_name("all.json")
    every.write_text('{"results": [{"term": "RASH", "count": 900}, {"term": "NAUSEA", "count": 5000}]}')
    background = cb.OpenFdaBackground(every, drug="lenalidomide", drug_reports=1000, all_reports=100_000)
    return [cb.import_evidence(path, background=background)]


def _people(path: Path) -> list[Result]:
    return [cb.adjust(path, EXAMPLES / "adjust-targets.csv", arm="new", match="age,male,iss")]


def _targets(path: Path) -> list[Result]:
    return [cb.adjust(EXAMPLES / "adjust-patients.csv", path, arm="new", match="age,male")]


def _imported(path: Path) -> list[Result]:
    return [cb.import_evidence(path)]


def _network(path: Path) -> list[Result]:
    return [cb.network(data=path), cb.forest(data=path)]


def _curve(**given: Path) -> dict[str, Callable[[Path], list[Result]]]:
    """Rebuild a curve from a file and those beside it; what has pages gets a model, too."""
    (open_name,) = {"points", "at_risk", "data"} - set(given) - ({"data"} if given else {"points", "at_risk"})

    def rebuild(path: Path, models: str) -> list[Result]:
        return [cb.curve(**{**given, open_name: path}, models=models)]

    return {"use": lambda path: rebuild(path, "none"), "use_fully": lambda path: rebuild(path, "weibull")}


def _subject_table(name: str) -> Callable[[Path], list[Result]]:
    """Read one table of subjects, with the others as they should be, and compute with them."""

    def assessed(path: Path) -> list[Result]:
        from cereblon.outcomes import assess, time_to_event
        from cereblon.tables import read_subject_tables

        read = read_subject_tables({**SUBJECTS, name: path}).tables
        done = assess(read)
        time_to_event(done["subjects"], done["events"], done["responses"], "pfs")
        return []

    return assessed


def _parquet_of(table: Mapping[str, Sequence[object]]) -> bytes:
    written = BytesIO()
    pq.write_table(pa.table(dict(table)), written)
    return written.getvalue()


def _csv_of(table: Mapping[str, Sequence[object]]) -> bytes:
    rows = [list(table), *zip(*table.values(), strict=True)]
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


def _short_report() -> bytes:
    """Give a recorded report with two of its drugs and reactions."""
    whole = json.loads((RECORDED / "faers_event.json").read_bytes())
    patient = {name: rows[:2] if isinstance(rows, list) else rows for name, rows in whole["patient"].items()}
    return json.dumps({**whole, "patient": patient}).encode()


def _renamed(study: bytes) -> bytes:
    """Give a study the name of the file that it will stand in."""
    return re.sub(rb"^id: .*", b"id: given", study, flags=re.MULTILINE)


_SHELF = PACKAGE / "evidence" / "studies"
_STUDIES = [*sorted(_SHELF.glob("*.yaml"), key=lambda path: path.stat().st_size)[:6], _SHELF / "eloquent1.yaml"]
_REGIMENS = PACKAGE / "model" / "regimens"
_DESIGN = yaml.safe_load((EXAMPLES / "vrd-lite.yaml").read_text(encoding="utf-8"))
_RECORD = gzip.decompress((RECORDED / "NCT02552212.json.gz").read_bytes())

FORMATS = {
    one.name: one
    for one in (
        Format("study", "yaml", ".yaml", tuple(map(_renamed, _contents(*_STUDIES))), _study),
        Format(
            "regimen",
            "yaml",
            ".yaml",
            _contents(*(_REGIMENS / "library" / f"{name}.yaml" for name in ("drd", "ird", "dex-asct"))),
            lambda path: [cb.check_regimen(path), cb.regimen(str(path))],
        ),
        Format(
            "strategy",
            "yaml",
            ".yaml",
            _encoded(*(yaml.safe_dump(arm["strategy"]) for arm in _DESIGN["arms"].values())),
            lambda path: [cb.check_regimen(path), cb.regimen(str(path))],
            use_fully=lambda path: [cb.regimen(str(path))],
        ),
        Format("trial", "yaml", ".yaml", _contents(*sorted(EXAMPLES.glob("*d*.yaml"))), _trial),
        Format(
            "rules",
            "yaml",
            ".yaml",
            _contents(*sorted((EXAMPLES / "rules").glob("*.yaml"))),
            lambda path: [cb.explain_rules(path), cb.dose("rd", rules=path)],
        ),
        Format(
            "population",
            "yaml",
            ".yaml",
            _contents(*sorted((PACKAGE / "model" / "patients" / "populations").glob("*.yaml"))),
            lambda path: [cb.population(path)],
        ),
        Format("contrasts", "table", ".csv", _encoded(NETWORK, DIFFERENCES), _network),
        Format("arm counts", "table", ".csv", _encoded(COUNTS, RATES), _network),
        Format(
            "curve points",
            "table",
            ".csv",
            _contents(EXAMPLES / "curve-points.csv"),
            **_curve(at_risk=EXAMPLES / "curve-at-risk.csv"),
        ),
        Format(
            "numbers at risk",
            "table",
            ".csv",
            _contents(EXAMPLES / "curve-at-risk.csv"),
            **_curve(points=EXAMPLES / "curve-points.csv"),
        ),
        Format(
            "individuals",
            "table",
            ".csv",
            _encoded(TIMES),
            lambda path: [cb.over_time(path, reference="Rd", changes=[6.0])],
        ),
        Format(
            "individuals of a curve",
            "table",
            ".csv",
            _encoded(TIMES.replace("study,treatment", "study,arm")),
            **_curve(),
        ),
        Format(
            "event data",
            "table",
            ".csv",
            _encoded(EVENTS, DATED),
            lambda path: [cb.simulate_events(path, "lenalidomide")],
        ),
        Format("people to adjust", "table", ".csv", _contents(EXAMPLES / "adjust-patients.csv"), _people),
        Format("targets to adjust to", "table", ".csv", _contents(EXAMPLES / "adjust-targets.csv"), _targets),
        Format("counts of reports, table", "table", ".csv", _encoded(REPORTS), _imported),
        Format(
            "counts of reports, JSON",
            "json",
            ".json",
            (*[_short_report()] * 5, *_contents(RECORDED / "faers_event.json")),
            _imported,
        ),
        Format("openFDA", "json", ".json", _encoded(OPENFDA), _openfda),
        Format(
            "ClinicalTrials.gov",
            "json",
            ".json",
            (*_contents(CASES / "registry-empty-period.json") * 5, _RECORD),
            _imported,
        ),
        Format("RIS", "lines", ".ris", _contents(*sorted(CASES.glob("*.ris"))), _imported),
        Format("MEDLINE", "lines", ".nbib", _encoded(NBIB), _imported),
        Format("Web of Science", "lines", ".ciw", _encoded(WOS), _imported),
        Format("EndNote", "lines", ".enw", _encoded(ENDNOTE), _imported),
        Format("BibTeX", "lines", ".bib", (*_encoded(BIBTEX), *_contents(CASES / "same-author-year.bib")), _imported),
        *(
            Format(f"subject table: {name}", "table", ".csv", (_csv_of(table),), _subject_table(name))
            for name, table in SUBJECTS.items()
        ),
        Format(
            "subject table, Parquet", "bytes", ".parquet", (_parquet_of(SUBJECTS["labs"]),), _subject_table("labs")
        ),
        *folder_formats(),
        *cohort_formats(),
    )
}
