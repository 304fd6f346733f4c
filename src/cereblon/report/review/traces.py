"""Every number of the review is a link to what it came from; this is where such links are made and counted.

A link carries `data-trace`, the path of its origin:

- `fact/STUDY/INDEX`: a published fact, by its place in the study file;
- `parameter/GROUP/NAME`: a number of the model;
- `simulated/KEY/NAME`: a number of a simulation made for this document;
- `computed/KEY`: a number computed from facts, with the facts it used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from cereblon.core.parameter import Parameter
from cereblon.evidence import Fact, Source, Study
from cereblon.evidence.wording import value_text
from cereblon.model.dosing.description import describe_rule, describe_starting_dose
from cereblon.model.dosing.rule_set import Rule, RuleSet, StartRule
from cereblon.report.document import anchor


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a traced number came from: all numbers that its link may show, and in words what it is."""

    numbers: frozenset[str]
    about: str


@dataclass(slots=True)
class Traces:
    """Links of one document, its references in order of appearance, and the origin of every traced number."""

    references: dict[str, tuple[int, Source]] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    rules: dict[str, tuple[str, StartRule | Rule]] = field(default_factory=dict)
    computed: dict[str, str] = field(default_factory=dict)
    simulated: dict[str, str] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    facts_cited: set[tuple[str, int]] = field(default_factory=set)

    def fact(self, study: Study, fact: Fact, words: str | None = None) -> Markup:
        """Link a published number to its reference.

        Parameters
        ----------
        study, fact
            The fact and its study.
        words
            What the link shows, with no number but those of the fact; the value with its interval if absent.
        """
        source = study.source_of(fact)
        number = self.reference(source)
        index = _index(study, fact)
        self.facts_cited.add((study.id, index))
        shown = words if words is not None else value_text(fact)
        about = f"{study.name}: {fact.endpoint}, {source.reference}"
        path = f"fact/{study.id}/{index}"
        self.origins[path] = Origin(fact_numbers(fact), about)
        mark = "†" if source.quality == "secondary" else ""
        return _link(f"#ref-{number}", path, about, shown + mark)

    def reference(self, source: Source) -> int:
        """Give the number of a document in the list of references, entering it when first cited."""
        key = source.reference
        if key not in self.references:
            self.references[key] = (len(self.references) + 1, source)
        return self.references[key][0]

    def parameter(self, group: str, parameter: Parameter, words: str | None = None) -> Markup:
        """Link a number of the model to its entry in the list of parameters."""
        name = f"{group}.{parameter.name}"
        self.parameters[name] = parameter
        path = f"parameter/{group}/{parameter.name}"
        shown = words if words is not None else f"{parameter.value:g} {parameter.unit}".removesuffix(" 1")
        numbers = {f"{parameter.value:g}", *numbers_of(parameter.unit)}
        self.origins[path] = Origin(frozenset(numbers), parameter.meaning)
        return _link(f"#parameter-{anchor(name)}", path, parameter.meaning, shown)

    def rule(
        self, rules: RuleSet, rule: StartRule | Rule, words: str | None = None, *, ordered_in: str | None = None
    ) -> Markup:
        """Link a dose rule to its entry in the list of rules.

        Parameters
        ----------
        rules, rule
            The rule and the set that it is of.
        words
            What the link shows, a part of the rule's sentence; the whole sentence if absent.
        ordered_in
            Unit in which the drug is ordered, where a starting dose is of a drug without levels.
        """
        if isinstance(rule, StartRule):
            sentence = describe_starting_dose(rules, rule, **({"ordered_in": ordered_in} if ordered_in else {}))
        else:
            sentence = describe_rule(rules, rule)
        self.rules[rule.id] = (rules.source_of(rule.source), rule)
        path = f"rule/{rules.id}/{rule.id}"
        about = f"rule {rule.id} of {rules.title}"
        self.origins[path] = Origin(frozenset(numbers_of(sentence)), about)
        return _link(f"#rule-{anchor(rule.id)}", path, about, words if words is not None else f"{sentence}.")

    def simulate(self, key: str, how: str) -> None:
        """Describe a simulation made for this document; its numbers link to this description."""
        self.simulated[key] = how

    def simulation(self, key: str, name: str, words: str) -> Markup:
        """Link a number of a simulation to the description of how it was made.

        Parameters
        ----------
        key
            A key given to `simulate`.
        name
            Which number it is.
        words
            What the link shows; its numbers are the origin itself.
        """
        path = f"simulated/{key}/{anchor(name)}"
        self.origins[path] = Origin(frozenset(numbers_of(words)), self.simulated[key])
        return _link(f"#simulated-{anchor(key)}", path, self.simulated[key], words, kind="sim")

    def computation(self, name: str, words: str, facts: Sequence[tuple[Study, Fact]], how: str) -> Markup:
        """Link a number computed from facts to the note that says how and from which.

        Parameters
        ----------
        name
            Which number it is; unique within the document.
        words
            What the link shows.
        facts
            What it was computed from.
        how
            The computation in words.
        """
        cited = [f"{study.name} [{self.reference(study.source_of(fact))}]" for study, fact in facts]
        self.facts_cited |= {(study.id, _index(study, fact)) for study, fact in facts}
        key = anchor(name)
        path = f"computed/{key}"
        self.computed[key] = f"{how}; from {', '.join(dict.fromkeys(cited))}" if cited else how
        self.origins[path] = Origin(frozenset(numbers_of(words)), self.computed[key])
        return _link(f"#computed-{key}", path, self.computed[key], words, kind="computed")

    def sentence(
        self, name: str, words: str, facts: Sequence[tuple[Study, Fact]], how: str, *, names: Sequence[str] = ()
    ) -> Markup:
        """Write a sentence whose numbers were computed from facts: each becomes a link to how.

        Parameters
        ----------
        name, facts, how
            As for `computation`.
        words
            The sentence.
        names
            Names in it that may hold digits.
        """
        known = sorted({one for one in names if one}, key=len, reverse=True)
        pattern = "|".join([*(re.escape(one) for one in known), r"[+-]?\d+(?:\.\d+)?%?"])
        pieces, start = [], 0
        numbers: list[str] = []
        for match in re.finditer(pattern, words):
            pieces.append(Markup("{}").format(words[start : match.start()]))
            if match[0] in known:
                pieces.append(self.name(match[0]))
            else:
                numbers += numbers_of(match[0])
                pieces.append(self.computation(name, match[0], facts, how))
            start = match.end()
        pieces.append(Markup("{}").format(words[start:]))
        if numbers:
            path = f"computed/{anchor(name)}"
            self.origins[path] = Origin(frozenset(numbers), self.origins[path].about)
        return Markup("").join(pieces)

    def name(self, words: str) -> Markup:
        """Write a name that may hold digits, such as that of a study, a gene or a regimen."""
        self.names.add(words)
        return Markup('<span class="name" data-name>{}</span>').format(words)


def _index(study: Study, fact: Fact) -> int:
    return next(index for index, other in enumerate(study.facts) if other is fact)


def _link(href: str, path: str, about: str, words: str, *, kind: str = "fact") -> Markup:
    return Markup('<a class="n {}" href="{}" data-trace="{}" title="{}">{}</a>').format(
        kind, href, path, about, words
    )


_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


def numbers_of(words: str) -> tuple[str, ...]:
    """Give the numbers that a text shows, as it writes them."""
    return tuple(_NUMBER.findall(words))


def fact_numbers(fact: Fact) -> frozenset[str]:
    """Give every number that belongs to a fact: value, interval, p, month, and those in its qualifiers and unit."""
    numbers = set(numbers_of(value_text(fact)))
    values = [fact.value, fact.below, fact.month]
    if fact.interval is not None:
        values += [fact.interval.low, fact.interval.high, fact.interval.level * 100]
    if fact.p is not None:
        values += [fact.p.value, fact.p.below]
    numbers |= {f"{abs(value):.12g}" for value in values if value is not None}
    numbers |= {f"{abs(value):.4g}" for value in values if value is not None}
    qualifiers = (fact.grade, fact.cut, fact.subgroup, fact.population, fact.at, fact.phase, fact.counted_from)
    for words in (*qualifiers, fact.versus_subgroup, fact.feature, fact.unit):
        numbers |= set(numbers_of(words or ""))
    return frozenset(numbers)
