"""What the answers of all syntheses share: their trials, notes, sources, and how numbers are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from cereblon.core.plain_text import capital, paragraph
from cereblon.questions.result import Result
from cereblon.report.document import Section, notes_sections, part
from cereblon.synthesis.trial_networks.selection import ExcludedEvidence, UsedNumber

if TYPE_CHECKING:
    from cereblon.synthesis.bayes import BayesianNetwork
    from cereblon.synthesis.frequentist import NetworkResult
    from cereblon.synthesis.frequentist.measure import Row
    from cereblon.synthesis.trial_networks import ChosenTrials


_TOLD = 6  # treatments named in one sentence


@dataclass(frozen=True, repr=False)
class SynthesisAnswer(Result):
    """An answer from trials: they, and what has to be said of them, stand in every form of it.

    Attributes
    ----------
    trials
        What was synthesised.
    remarks
        What was assumed, converted or not used.
    """

    trials: ChosenTrials
    remarks: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed, converted or not used, each sentence once."""
        return tuple(dict.fromkeys(self.remarks))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Every study or comparison that is not used, with the reason."""
        return tuple(f"{row['study']}, {row['what']}: {row['why']}" for row in self.trials.left_out)

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of numbers used and of what was left out."""
        kinds = {"used": UsedNumber, "left_out": ExcludedEvidence}
        return {name: [field.name for field in fields(kind)] for name, kind in kinds.items()}

    def last_content(self) -> dict[str, object]:
        """Give what ends every answer for machines: numbers used, and what was left out."""
        lost = [{"treatment": name, "why": why} for name, why in self.trials.lost]
        return {"used": self.trials.used, "left_out": self.trials.left_out, "treatments_left_out": lost}

    def sources(self) -> str:
        """Write what was left out, and the numbers used with their references."""
        parts = []
        trials = [row for row in self.trials.left_out if not str(row["why"]).startswith("not a randomised trial")]
        others = [str(row["study"]) for row in self.trials.left_out if row not in trials]
        if self.trials.left_out:
            parts += ["\nleft out"]
            parts += [paragraph(f"- {row['study']}, {row['what']}: {row['why']}") for row in trials]
            parts += [paragraph(f"- not randomised trials: {', '.join(others)}")] if others else []
        if self.trials.used:
            parts += ["\nnumbers used"]
            references: dict[str, int] = {}
            for row in self.trials.used:
                mark = references.setdefault(str(row["reference"]), len(references) + 1)
                pair = f"{row['treatment']} v {row['versus']}" if row["versus"] else str(row["treatment"])
                cut = f", cut {row['cut']}" if row["cut"] else ""
                parts.append(paragraph(f"- {row['study']}, {pair}: {row['printed']}{cut} [{mark}]"))
            parts += [f"[{mark}] {reference}" for reference, mark in references.items()]
        return "\n".join(parts)

    def last_panels(self) -> list[Section]:
        """Give the last parts of a page: notes, what was left out, and the numbers with their sources."""
        panels = notes_sections(self.notes)
        if self.trials.left_out:
            panels.append(part("Left out", rows=self.trials.left_out, folded="Trials left out"))
        if self.trials.used:
            panels.append(part("Numbers and sources", rows=self.trials.used, folded="Numbers"))
        return panels


def model_row(result: NetworkResult) -> Row:
    """Give model and heterogeneity under the names that readers know."""
    h = result.heterogeneity
    return {
        "measure": result.measure,
        "model": result.model,
        "interval": result.interval,
        "level": result.level,
        "reference": result.reference,
        "tau2": h.tau2,
        "tau2_low": h.tau2_low,
        "tau2_high": h.tau2_high,
        "tau2_method": h.tau2_method,
        "Q": h.q,
        "df": h.df,
        "p_Q": h.p,
        "I2": h.i2,
    }


def posterior_content(posterior: BayesianNetwork, smaller_is_better: bool) -> dict[str, object]:
    """Give a posterior for machines."""
    return {
        "model": posterior.model,
        "has_converged": posterior.has_converged,
        "divergences": posterior.divergences,
        "convergence": posterior.convergence,
        **posterior.fit.to_row(),
        **posterior.heterogeneity_row(),
        "effects": posterior.to_rows(),
        "ranking": posterior.rank(smaller_is_better=smaller_is_better).to_rows(),
        "seed": posterior.seed,
        "notes": posterior.notes,
    }


def span(row: Row) -> str:
    """Write value and interval of a row."""
    return f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def ranked_text(result: NetworkResult, order: Sequence[str]) -> str:
    """Say what came of each treatment against the reference, best first, and whose interval holds no difference."""
    from cereblon.synthesis.frequentist.measure import is_ratio, shown_as

    effects = {str(row["treatment"]): row for row in result.to_rows(result.reference)}
    ranked = [(name, effects[name]) for name in order if name in effects]
    told = ", ".join(f"{name} {span(row)}" for name, row in ranked[:_TOLD])
    more = len(ranked) - _TOLD
    rest = f", and {more} more below" if more > 0 else ""
    none = 1.0 if is_ratio(result.measure) else 0.0
    same = [name for name, row in ranked if float(str(row["low"])) <= none <= float(str(row["high"]))]
    first = f"{capital(shown_as(result.measure))} against {result.reference}, best first: {told}{rest}."
    return f"{first} Not shown to differ from {result.reference}: {', '.join(same)}." if same else first


def heterogeneity_text(result: NetworkResult) -> str:
    """Say model and heterogeneity in one sentence."""
    h = result.heterogeneity
    model = "random effects" if result.model == "random" else "fixed effects"
    if h.i2 is None or h.tau2 is None or h.p is None:
        return f"{model}; heterogeneity cannot be estimated"
    tau2 = f"tau2 {h.tau2:.3g} ({h.tau2_method}, {h.tau2_low:.3g} to {h.tau2_high:.3g})"
    kind = "" if result.interval == "wald" else f", {result.interval} intervals"
    return f"{model}{kind}; {tau2}, Q {h.q:.2f} on {h.df} df (p={h.p:.2g}), I2 {100 * h.i2:.0f} %"


def consistency_text(result: NetworkResult) -> str:
    """Say in one sentence whether parts of a network that can be checked against each other agree."""
    from cereblon.synthesis.frequentist import assess_inconsistency, split_nodes

    whole = assess_inconsistency(result.data, tau2_method=result.heterogeneity.tau2_method).interaction
    testable = split_nodes(result).testable
    if not testable or whole.df == 0 or whole.p is None:
        return "consistency: no comparison has both direct and indirect evidence, so nothing can be checked"
    apart = sum(split.p is not None and split.p < 0.1 for split in testable)
    return (
        f"consistency: whole network p={whole.p:.2g}; of {len(testable)} comparisons with direct and indirect"
        f" evidence {apart} differ (p below 0.1)"
    )


def lines(*paragraphs: str | Sequence[str]) -> str:
    """Put paragraphs, given singly or as lists, one below the other."""
    flat = [part for entry in paragraphs for part in ([entry] if isinstance(entry, str) else entry)]
    return "\n".join(flat)
