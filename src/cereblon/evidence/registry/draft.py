"""A record of ClinicalTrials.gov as the draft of a study file, with everything that was not read listed in it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import get_args

from cereblon.core.number_text import is_whole_number
from cereblon.evidence.placeholder import TO_COMPLETE
from cereblon.evidence.registry.adverse_events import read_adverse_events
from cereblon.evidence.registry.baseline import read_baseline, read_flow
from cereblon.evidence.registry.facts import SOURCE, DraftFact, Fields, Harvest, find_impossible
from cereblon.evidence.registry.groups import Arms, DraftArm, read_arms
from cereblon.evidence.registry.outcomes import read_outcomes
from cereblon.evidence.registry.record import Branch, parse_record
from cereblon.evidence.study import Setting
from cereblon.vocabulary.endpoints import vocabulary


@dataclass(frozen=True, slots=True)
class Draft:
    """A study file that a person must complete.

    Parameters
    ----------
    study
        Id of the study, which must become the name of the file.
    text
        The YAML file.
    to_complete
        Places that hold the placeholder; the file does not load before all are filled in.
    unread
        What the record holds and the draft does not, with the reason.
    rows
        The numbers that were taken over, as fields of facts, each with the label of its arm.
    """

    study: str
    text: str
    to_complete: tuple[str, ...]
    unread: tuple[str, ...]
    rows: tuple[Fields, ...]

    @property
    def facts(self) -> int:
        """How many numbers were taken over."""
        return len(self.rows)


def draft_study(text: str, *, where: str) -> Draft:
    """Turn a study record of ClinicalTrials.gov (version 2) into a draft.

    Parameters
    ----------
    text
        JSON of one study.
    where
        Name of the file, for messages.

    Raises
    ------
    InputError
        If the text is not JSON, not one study or of another version.
    """
    record = parse_record(text, where=where)
    protocol, results = record.branch("protocolSection"), record.branch("resultsSection")
    header = _header(record, protocol)
    arms = read_arms(protocol)
    harvest = Harvest()
    for part in (
        _enrolment(protocol, arms),
        read_flow(results, arms, randomised=header["kind"] == "randomised"),
        read_baseline(results, arms),
        read_outcomes(results, arms),
        read_adverse_events(results, arms),
    ):
        harvest.add(part)
    _leave_impossible_out(harvest)
    facts = _distinct(harvest)
    sources = _sources(protocol, header)
    unread = [*harvest.unread, *_left(record)]
    if results.is_empty():
        unread.insert(0, "the record has no results section: the draft holds the protocol only")
    lines = [*_facts_lines(facts), ""]
    body = [*_header_lines(header, sources), *_sources_lines(sources), *_arms_lines(arms.by_key), *lines]
    to_complete = tuple(_places(arms.by_key, facts))
    return Draft(
        study=header["id"],
        text="\n".join([*_top(header, to_complete), *body, *_unread_lines(unread)]),
        to_complete=to_complete,
        unread=tuple(unread),
        rows=tuple(_labelled(fact, arms.by_key) for fact in facts),
    )


def _labelled(fact: DraftFact, arms: dict[str, DraftArm]) -> Fields:
    arm = str(fact.fields["arm"])
    return {**fact.fields, "label": arms[arm].label if arm in arms else arm}


def _header(record: Branch, protocol: Branch) -> dict[str, str]:
    names, design = protocol.branch("identificationModule"), protocol.branch("designModule")
    info = design.branch("designInfo")
    nct = names.text("nctId")
    allocation, study_type = info.text("allocation"), design.text("studyType")
    kind = (
        "randomised"
        if allocation == "RANDOMIZED"
        else "real-world"
        if study_type == "OBSERVATIONAL"
        else "single-arm"
    )
    phases = [phase.removeprefix("EARLY_").removeprefix("PHASE") for phase in design.texts("phases")]
    about = (allocation, info.text("interventionModel"), info.branch("maskingInfo").text("masking"))
    words = [word.replace("_", " ").lower() for word in about if word and word != "NA"]
    return {
        "id": nct.lower(),
        "nct": nct,
        "name": names.text("acronym") or names.text("briefTitle"),
        "title": names.text("briefTitle"),
        "kind": kind,
        "phase": "/".join(phase for phase in phases if phase.isdigit()),
        "design": ", ".join(
            f"masking {word}" if word in ("single", "double", "triple", "quadruple") else word for word in words
        ),
        "version": record.branch("derivedSection").branch("miscInfoModule").text("versionHolder"),
        "conditions": ", ".join(protocol.branch("conditionsModule").texts("conditions")),
    }


def _enrolment(protocol: Branch, arms: Arms) -> Harvest:
    info = protocol.branch("designModule").branch("enrollmentInfo")
    participants, kind = info.text("count"), info.text("type")
    if not is_whole_number(participants):
        return Harvest()
    if kind != "ACTUAL":
        return Harvest(unread=[f"enrolment {participants} is planned, not reached"])
    fields: Fields = {
        "arm": arms.whole(),
        "endpoint": "n_patients",
        "value": int(participants),
        "unit": "patients",
        "source": SOURCE,
    }
    return Harvest(facts=[DraftFact(fields, "enrolment of the record")])


def _leave_impossible_out(harvest: Harvest) -> None:
    """Name the numbers that cannot be what the record gives them as, instead of taking them over."""
    possible = []
    for fact in harvest.facts:
        problem = find_impossible(fact.fields)
        if problem is None:
            possible.append(fact)
        else:
            harvest.unread.append(f"{fact.fields['endpoint']} of {fact.fields['arm']}: {problem}")
    harvest.facts = possible


def _distinct(harvest: Harvest) -> list[DraftFact]:
    """Mark facts about the same quantity, which a file may hold only with what tells them apart; sort as files do."""
    seen: dict[tuple[object, ...], int] = {}
    facts = []
    for fact in harvest.facts:
        number = seen[fact.quantity] = seen.get(fact.quantity, 0) + 1
        if number > 1 and fact.fields["arm"] != TO_COMPLETE:
            told = f"{TO_COMPLETE} {number}: what tells it from the number above"
            fact = DraftFact({**fact.fields, "population": told}, fact.comment)
        facts.append(fact)
    order = list(vocabulary().endpoints)
    return sorted(facts, key=lambda fact: order.index(str(fact.fields["endpoint"])))


def _sources(protocol: Branch, header: dict[str, str]) -> dict[str, dict[str, str]]:
    version = f", version of {header['version']}" if header["version"] else ""
    sources = {
        SOURCE: {
            "citation": f"ClinicalTrials.gov, record {header['nct']}{version}",
            "address": f"https://clinicaltrials.gov/study/{header['nct']}",
            "quality": "primary",
        }
    }
    for reference in protocol.branch("referencesModule").items("references"):
        pmid, kind = reference.text("pmid"), reference.text("type")
        citation = reference.text("citation")
        if kind == "BACKGROUND" or not (pmid or citation):
            continue
        family = re.match(r"[^,.]+?(?= [A-Z]{1,3}[,.])", citation)
        year = re.search(r"\b(?:19|20)\d\d\b", citation)
        journal = re.search(r"\. ([^.]+)\. (?:19|20)\d\d", citation)
        start = " ".join(part for part in (family[0] if family else "", year[0] if year else "") if part)
        short = ", ".join(part for part in (start, journal[1] if journal else "") if part) or f"PMID {pmid}"
        doi = re.search(r"doi: ?(10\.\S+?)\.?(?:\s|$)", citation)
        entry = {"citation": short, **({"doi": doi[1]} if doi else {}), **({"pmid": pmid} if pmid else {})}
        key = "-".join(re.findall(r"[a-z0-9]+", start.lower())) or f"pmid-{pmid}"
        number, free = 1, key
        while free in sources:
            number += 1
            free = f"{key}-{number}"
        sources[free] = {**entry, "quality": "primary"}
    return sources


def _left(record: Branch) -> list[str]:
    """List the values that nothing asked for, by module of the record."""
    modules: dict[str, list[str]] = {}
    for place, times in record.unread().items():
        parts = place.split(".")
        modules.setdefault(".".join(parts[:2]), []).append(
            f"{'.'.join(parts[2:]) or parts[-1]}{f' ({times})' if times > 1 else ''}"
        )
    return [f"{module}: {', '.join(fields)}" for module, fields in modules.items()]


def _places(arms: dict[str, DraftArm], facts: list[DraftFact]) -> list[str]:
    places = ["setting", "population", "role", "role_reason"]
    places += [f"arm {key}, regimen, phase" for key, arm in arms.items() if arm.drugs]
    for number, fact in enumerate(facts, start=1):
        fields = [name for name, value in fact.fields.items() if isinstance(value, str) and TO_COMPLETE in value]
        places += [f"fact {number} ({fact.fields['endpoint']}), {name}" for name in fields]
    return places


def _top(header: dict[str, str], places: tuple[str, ...]) -> list[str]:
    said = [
        f"Draft made from record {header['nct']} of ClinicalTrials.gov. It does not load until a person has replaced"
        f" every {TO_COMPLETE} ({len(places)}). Compare each number with the publication and delete these comments.",
        f"Save it as {header['id']}.yaml (id and file name must agree) and run `cereblon evidence check` on it.",
        f"Title: {header['title']}",
        *([f"Conditions: {header['conditions']}"] if header["conditions"] else []),
    ]
    return [line for text in said for line in _comment(text)]


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, 118, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ")


def _header_lines(header: dict[str, str], sources: dict[str, dict[str, str]]) -> list[str]:
    lines = [f"id: {header['id']}", f"name: {_scalar(header['name'])}", f"kind: {header['kind']}"]
    lines += [f"phase: '{header['phase']}'"] if header["phase"] else []
    lines += [f"registry: [{header['nct']}]"]
    lines += [f"setting: {TO_COMPLETE}  # one of {', '.join(get_args(Setting))}"]
    lines += [f"design: {_scalar(header['design'])}"] if header["design"] else []
    lines += [
        f"population: {TO_COMPLETE}  # who could enter, and earlier lines, in a few words of your own",
        f"role: {TO_COMPLETE}  # calibration, validation or context; choose before you compare it with the model",
        f"role_reason: {TO_COMPLETE}  # why this role",
    ]
    publications = [key for key in sources if key != SOURCE]
    return [*lines, f"publications: [{', '.join((SOURCE, *publications))}]"]


def _sources_lines(sources: dict[str, dict[str, str]]) -> list[str]:
    return ["sources:", *(f"  {key}: {_flow(entry)}" for key, entry in sources.items())]


def _arms_lines(arms: dict[str, DraftArm]) -> list[str]:
    lines = ["arms:" if arms else "arms: {}  # the record names none"]
    for key, arm in arms.items():
        for comment in arm.comments:
            lines += _comment(comment, "  ")
        lines += [f"  {key}:", f"    label: {_scalar(arm.label)}"]
        if arm.drugs:
            lines += [
                "    regimen:",
                f"      - phase: {TO_COMPLETE}  # name it; add cycle length, doses and days where read",
            ]
            lines += ["        drugs:", *(f"          - {_flow({'drug': drug})}" for drug in arm.drugs)]
    return lines


def _facts_lines(facts: list[DraftFact]) -> list[str]:
    lines = ["facts:" if facts else "facts: []"]
    said = ""
    for fact in facts:
        if fact.comment and fact.comment != said:
            lines += _comment(fact.comment, "  ")
        said = fact.comment
        lines.append(f"  - {_flow(fact.fields)}")
    return lines


def _unread_lines(unread: list[str]) -> list[str]:
    lines = _comment("In the record, and not in this draft:")
    for text in unread:
        lines += _comment(f"- {text}")
    return [*lines, ""]


def _flow(entry: object) -> str:
    import yaml

    text: str = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.strip()


def _scalar(text: str) -> str:
    return _flow([text])[1:-1]
