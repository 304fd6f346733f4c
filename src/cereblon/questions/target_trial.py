"""Two treatments compared in observed patients, as the trial that the comparison stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from cereblon.cohort.folder import read_cohort_folder
from cereblon.cohort.target_trial.control_outcomes import read_control_outcomes
from cereblon.cohort.target_trial.effects import EmulatedEffect
from cereblon.cohort.target_trial.emulation import Emulated, emulate, negative_controls
from cereblon.cohort.target_trial.patients_at_zero import AtZero, patients_at_zero
from cereblon.cohort.target_trial.propensity import covariate_words
from cereblon.cohort.target_trial.protocol import TargetTrial, find_target_trial
from cereblon.core.errors import ArgumentError
from cereblon.core.plain_text import capital, signed, table_text
from cereblon.core.rows import Row
from cereblon.questions.result import Result
from cereblon.report.document import Bullets, Document, Figure, Paragraph, Section, Table, part

if TYPE_CHECKING:
    import altair as alt

_TABLES = ("persons", "lines", "labs", "responses", "progression")
_CAUTION = (
    "Treatments were not randomised: confounding by anything that is not among the covariates stays in the estimate.",
    "Intervals are bootstrap intervals: patients are resampled, and weights estimated again each time.",
)


@final
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EmulatedTrial(Result):
    """A target trial carried out in observed patients.

    Tables: `effects` (an analysis each, the naive one last), `balance`, `attrition` and `controls`. Charts: `effects`
    and `balance` (love plot).

    Parameters
    ----------
    trial
        What was asked.
    at_zero
        Eligible patients.
    emulated
        Estimates, balance and doubts.
    controls
        Negative-control outcomes with their estimates.
    """

    trial: TargetTrial
    at_zero: AtZero
    emulated: Emulated
    controls: tuple[tuple[str, EmulatedEffect], ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What an estimate from observed patients cannot tell."""
        return _CAUTION

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where treatments were hardly ever given, weights leave little, or covariates stay out of balance."""
        return self.emulated.doubts

    def text(self) -> str:
        """Say what was asked, then give the estimates, with the naive one beside."""
        names, cells = self._effects_in_words()
        sizes = (
            f"Effective sample size after weighting: {self.emulated.effective:.0f} and "
            f"{self.emulated.effective_versus:.0f}."
        )
        nested = self.emulated.nested
        beside = [] if nested is None else [f"By assignment over trials that begin every 30 days: {nested:.2f}."]
        table = table_text(names, cells, narrowest=14)
        said = [self.trial.title, *self.trial.in_words(), "", table, "", sizes, *beside]
        return "\n".join(said)

    def _effects_in_words(self) -> tuple[list[str], list[list[str]]]:
        """Write the estimates with their intervals: headings, and a row for each analysis."""
        cells = [
            [
                str(row["analysis"]),
                f"{row['n']} / {row['n_versus']}",
                f"{row['hazard_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
                *(_difference(row, f"{name}_difference", f"{name}_low", f"{name}_high") for name in ("risk", "mean")),
            ]
            for row in self._effects()
        ]
        head = ["analysis", "patients", "hazard ratio", "risk difference, points", "RMST difference, months"]
        return head, cells

    def answer(self) -> str:
        """Give the estimate asked for and the naive one."""
        rows = self._effects()
        return "\n".join(
            f"{row['analysis']}: hazard ratio {row['hazard_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
            for row in (rows[0], rows[-1])
        )

    def _effects(self) -> list[dict[str, Any]]:
        return [
            {"analysis": one.name, "n": one.patients, "n_versus": one.patients_versus, **_row(one.estimated)}
            for one in self.emulated.analyses
        ]

    def _balance_in_words(self) -> tuple[list[str], list[list[str]]]:
        both = (self.trial.strategy.label, self.trial.versus.label)
        head = ["covariate", *(f"mean with {label}" for label in both), "difference before", "difference after"]
        rows = [
            [
                str(row["covariate"]),
                *(_mean(float(row[name])) for name in ("mean", "mean_versus")),  # type: ignore[arg-type]
                *(signed(float(row[name]), 2) for name in ("before", "after")),  # type: ignore[arg-type]
            ]
            for row in self._balance()
        ]
        return head, rows

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `effects`, `balance`, `attrition` and `controls`."""
        return {
            "effects": self._effects(),
            "balance": list(self.emulated.balance),
            "attrition": [{"criterion": step, "kept": left} for step, left in self.at_zero.attrition],
            "controls": [{"outcome": name, **_row(estimated)} for name, estimated in self.controls],
        }

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of `controls`, which is empty unless outcomes were given."""
        return {"controls": ("outcome", *_COLUMNS)}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `effects` (hazard ratios of every analysis) and `balance` (love plot)."""
        from cereblon.report.target_trial import effects_chart, love_plot

        return {"effects": effects_chart(self._effects()), "balance": love_plot(self._balance())}

    def _balance(self) -> list[Row]:
        """Give the balance of covariates in the words of the field."""
        return [{**row, "covariate": covariate_words(str(row["covariate"]))} for row in self.emulated.balance]

    def content(self) -> Mapping[str, object]:
        """Give the trial, tables and warnings."""
        tables = {name: list(rows) for name, rows in self.tables().items()}
        asked = {"trial": self.trial.model_dump(mode="json"), "nested_hazard_ratio": self.emulated.nested}
        return {**asked, **tables, "warnings": list(self.warnings)}

    def document(self) -> Document:
        """Give question, estimates, balance and attrition as a document."""
        from cereblon.report.target_trial import balance_lines, effects_lines

        tables, charts = self.tables(), self.charts()
        sections = [
            Section("What is compared", [Bullets(self.trial.in_words())]),
            Section(
                "Estimates",
                [
                    *(Paragraph(f"{capital(text)}.") for text in self.warnings),
                    Figure(charts["effects"], description="Estimates", lines=effects_lines(self._effects())),
                    Table(*self._effects_in_words()),
                ],
            ),
            Section(
                "Balance before and after weighting",
                [
                    Figure(
                        charts["balance"],
                        description="Balance before and after weighting",
                        lines=balance_lines(self._balance()),
                    ),
                    Table(*self._balance_in_words()),
                ],
            ),
            part("Patients", rows=tables["attrition"]),
        ]
        if self.controls:
            sections.append(part("Outcomes that treatment cannot cause", rows=tables["controls"]))
        sections.append(Section("What this cannot tell", [Bullets(self.notes)]))
        return Document(title=self.trial.title, lead=self.answer().splitlines(), sections=sections)


def _difference(row: Mapping[str, Any], *names: str) -> str:
    """Write a difference with the ends of its interval."""
    middle, low, high = (signed(row[name], 1) for name in names)
    return f"{middle} ({low} to {high})"


_COLUMNS = (
    "hazard_ratio",
    "low",
    "high",
    "risk",
    "risk_versus",
    "risk_difference",
    "risk_low",
    "risk_high",
    "mean_difference",
    "mean_low",
    "mean_high",
)


def _mean(value: float) -> str:
    return f"{value:.4g}" if value >= 10 else f"{value:.2f}"


def _row(one: EmulatedEffect) -> dict[str, float]:
    effect = one.effect
    ratio, risk, mean = (one.interval(name) for name in ("log_hazard_ratio", "risk_difference", "mean_difference"))
    values = (
        exp(effect.log_hazard_ratio),
        *(exp(end) for end in ratio),
        100 * effect.risk,
        100 * effect.risk_versus,
        100 * effect.risk_difference,
        *(100 * end for end in risk),
        effect.mean_difference,
        *mean,
    )
    return dict(zip(_COLUMNS, values, strict=True))


def emulate_trial(
    folder: Path | str,
    trial: str | Path | Mapping[str, Any] | TargetTrial,
    *,
    controls: Path | str | None = None,
) -> EmulatedTrial:
    """Compare two treatments in a built cohort, as the trial that the comparison stands for.

    Regimens are compared from the start of a line, with propensity weights; maintenance or none from transplantation,
    by copying every patient into both strategies, with a landmark analysis beside. The naive estimate stands last, so
    that confounding and immortal time are seen.

    Parameters
    ----------
    folder
        Of a built cohort.
    trial
        File of the target trial, or what such a file holds.
    controls
        Table of outcomes that the treatment cannot cause, for a comparison of regimens: person_id, outcome (its name)
        and date as year-month-day; at most 200 outcomes.

    Raises
    ------
    InputError
        If the folder is none of a built cohort, the trial cannot be, too few patients or outcomes are left, or the
        table of controls has a name that is none, no date, or no patient of the cohort.
    ArgumentError
        If controls are given for maintenance.

    Examples
    --------
    >>> import cereblon as cb
    >>> question = "docs/examples/observed/drd-against-rd.yaml"
    >>> cb.cohort.emulate_trial("cohort", question).table("effects")  # doctest: +SKIP
    """
    asked = find_target_trial(trial)
    if controls is not None and asked.time_zero != "line":
        raise ArgumentError("controls apply to a comparison of regimens, whose time zero is the start of a line")
    built = read_cohort_folder(folder)
    tables = {name: built.frame(name) for name in _TABLES}
    line = asked.eligibility.line
    outcomes = None if controls is None else read_control_outcomes(controls, tables["lines"], line=line)
    at_zero = patients_at_zero(tables, asked)
    emulated = emulate(at_zero, asked)
    found = [] if outcomes is None else negative_controls(at_zero, asked, outcomes)
    return EmulatedTrial(trial=asked, at_zero=at_zero, emulated=emulated, controls=tuple(found))
