"""The page of documents: what the model's numbers, the studies and the regimens were taken from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cereblon.core.parameter import all_parameters
from cereblon.evidence import Study, load_all
from cereblon.model.dosing.library import load_rule_set, rule_set_names
from cereblon.model.mechanism.network import load_network
from cereblon.model.patients import load_population, population_names, statements
from cereblon.model.regimens import load_regimen, regimen_names
from scripts.reference_pages.markdown import NOTICE, cell, document_links, table

_INTRODUCTION = f"""---
hide: [toc]
---

# Bibliography
{NOTICE}
The documents from which numbers were taken. A *secondary* document reports another one: a news or congress report, a
review table, a copy of a label. A *recalled* one was cited from memory and not opened; it says where to look.
"""


def bibliography_page() -> str:
    """Make the page."""
    return "\n".join([_INTRODUCTION, _numbers(), _rule_sets(), _regimens(), _studies()])


def _numbers() -> str:
    cited: dict[str, set[str]] = defaultdict(set)
    for group, parameters in all_parameters().items():
        for parameter in parameters.values():
            _collect(f"{parameter.source} {parameter.note}", group, cited)
    for name in population_names():
        for statement in statements(load_population(name)):
            _collect(f"{statement.source} {statement.note}", f"population {name}", cited)
    for edge in load_network().edges:
        _collect(edge.source, "mechanism network", cited)
    rows = [[document, ", ".join(sorted(users))] for document, users in sorted(cited.items())]
    about = (
        "Addresses named in the sources of [parameters](parameters.md), populations and the directions of the "
        "[mechanism network](../concepts/mechanism.md)."
    )
    return f"## The model\n\n{about}\n\n{table(['document', 'cited by'], rows)}"


def _collect(text: str, user: str, cited: dict[str, set[str]]) -> None:
    for link in document_links(text):
        cited[link].add(user)


def _rule_sets() -> str:
    cited: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name in rule_set_names():
        rules = load_rule_set(name)
        used = {rule.source for rule in rules.all_rules} | {form.source for form in rules.drugs.values()}
        for key in used & set(rules.sources):
            source = rules.sources[key]
            document = ", ".join(part for part in (source.citation, source.address) if part)
            cited[document, source.quality].add(name)
    rows = [
        [cell(document), quality, ", ".join(f"`{user}`" for user in sorted(users))]
        for (document, quality), users in sorted(cited.items())
    ]
    return f"## Dose rules\n\n{table(['document', 'quality', 'rule sets'], rows)}"


def _regimens() -> str:
    cited: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name in regimen_names():
        for source in load_regimen(name).sources.values():
            identifier = f"doi:{source.doi}" if source.doi else source.address
            document = ", ".join(part for part in (source.citation, identifier) if part)
            cited[document, source.quality].add(name)
    rows = [
        [cell(document), quality, ", ".join(f"`{user}`" for user in sorted(users))]
        for (document, quality), users in sorted(cited.items())
    ]
    return f"## Regimens\n\n{table(['document', 'quality', 'regimens'], rows)}"


def _studies() -> str:
    studies = sorted(load_all(), key=lambda study: study.id)
    rows = [row for study in studies for row in _documents(study)]
    return "## Studies\n\n`cereblon evidence show STUDY` prints each number with its document.\n\n" + table(
        ["study", "document", "quality"], rows
    )


def _documents(study: Study) -> Iterable[list[str]]:
    for position, source in enumerate(study.sources.values()):
        reference = source.reference.removesuffix(" (secondary)").replace("pmid:", "PMID ")
        yield [f"`{study.id}`" if position == 0 else "", cell(reference), source.quality]
