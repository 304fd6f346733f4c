"""Options that all syntheses share: which trials, which model, which output."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional, TypedDict, get_type_hints

import typer

from cereblon.cli.applies import Applies
from cereblon.cli.outputs import ending, print_result, save_result
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon import BayesianModel, PoolingModel, TrialSelection
    from cereblon.questions.synthesis_answer import SynthesisAnswer


class SynthesisArguments(TypedDict):
    """The arguments that every synthesis takes."""

    setting: str | None
    endpoint: str | None
    data: Path | None
    selection: TrialSelection
    pooling: PoolingModel


@dataclass(frozen=True, kw_only=True)
class SynthesisOptions:
    """What was asked for on the command line; the fields are the options."""

    endpoint: Annotated[
        str, typer.Option(help="Endpoint of the vocabulary: hazard ratio, response, adverse event.")
    ] = "pfs_hr"
    setting: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Setting: ndmm, ndmm-tie, ndmm-te, rrmm, maintenance, maintenance-post-asct, maintenance-no-asct."
        ),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Keep only trials of exactly this setting.")] = False
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="A table of your own instead: study, treatment, versus with effect, se or hr, ci_low, ci_high; "
            "or study, treatment, events, n (or person_time)."
        ),
    ] = None
    measure: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Scale: log_or, log_rr, risk_difference (counts), log_irr (rates), log_hr or difference for effects."
        ),
    ] = None
    grade: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Grade of an adverse event; twice to take two grades as one."),
    ] = None
    at: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Time point of a response, for example 'after induction'."),
    ] = None
    cut: Annotated[str, typer.Option(help="Data cut of each trial: latest or first.")] = "latest"
    exclude: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Study to leave out; may be given more than once."),
    ] = None
    part: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Where the network falls apart, keep the part with this treatment."),
    ] = None
    larger_is_better: Annotated[
        bool, typer.Option("--larger-is-better", help="With --data: a larger effect favours a treatment.")
    ] = False
    equal_arms: Annotated[
        bool,
        typer.Option(
            "--equal-arms", help="With --data: assume correlation 0.5 where a trial lacks some pairs of arms."
        ),
    ] = False
    allow_implausible: Annotated[
        bool,
        typer.Option(
            "--allow-implausible", help="With --data: take numbers that can hardly be right, and note each of them."
        ),
    ] = False
    correction: Annotated[float, typer.Option(help="Added to the cells of a trial of counts with a zero cell.")] = 0.5
    model: Annotated[str, typer.Option(help="random or fixed.")] = "random"
    tau2: Annotated[str, typer.Option(help="Estimator of tau2: REML, PM or DL.")] = "REML"
    interval: Annotated[
        str, typer.Option(help="wald, hartung-knapp, or hartung-knapp-adhoc (never narrower than without).")
    ] = "wald"
    reference: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Treatment to show results against; by default the one with most trials."),
    ] = None
    level: Annotated[float, typer.Option(help="Level of intervals.")] = 0.95
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False
    html: Annotated[Optional[Path], typer.Option(help="Write one offline page.", callback=ending(".html"))] = None  # noqa: UP045
    png: Annotated[Optional[Path], typer.Option(help="Write the picture as PNG.", callback=ending(".png"))] = None  # noqa: UP045
    svg: Annotated[Optional[Path], typer.Option(help="Write the picture as SVG.", callback=ending(".svg"))] = None  # noqa: UP045

    def trials(self) -> SynthesisArguments:
        """Give the options as arguments of a synthesis."""
        import cereblon as cb

        selection = cb.TrialSelection(
            measure=self.measure,
            grades=tuple(self.grade or ()),
            at=self.at,
            cut=self.cut,
            strict=self.strict,
            exclude=tuple(self.exclude or ()),
            part=self.part,
            correction=self.correction,
            larger_is_better=self.larger_is_better,
            equal_arms=self.equal_arms,
            allow_implausible=self.allow_implausible,
        )
        return {
            "setting": self.setting,
            "endpoint": None if self.data is not None else self.endpoint,
            "data": self.data,
            "selection": selection,
            "pooling": cb.PoolingModel(model=self.model, tau2=self.tau2, interval=self.interval, level=self.level),
        }

    def give(self, answer: SynthesisAnswer, picture: str | None = None) -> None:
        """Write the files that were asked for, and print the answer in the form that was."""
        save_result(answer, self.png, self.svg, self.html, picture=picture)
        if not self.as_json and not self.as_csv:
            _print_with_notes(answer)
            return
        print_result(answer, as_json=self.as_json, as_csv=self.as_csv)
        if self.as_csv:
            print_notes([f"left out: {entry}" for entry in answer.left_out])


@dataclass(frozen=True, kw_only=True)
class BayesianOptions:
    """Whether and how the posterior is sampled; the fields are the options."""

    bayes: Annotated[bool, typer.Option("--bayes", help="Add the Bayesian result; takes up to a minute.")] = False
    prior: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Prior of heterogeneity: half-normal:0.5, uniform:0,2, or log-normal:-2.56,1.74 (of tau2)."
        ),
    ] = None
    effect_sd: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(help="Standard deviation of the normal prior of effects; 100 for ratios."),
    ] = None
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Draws per chain that are kept.")] = 2000
    chains: Annotated[int, typer.Option(min=2, max=16, help="Chains.")] = 4
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of draws and ranks.")] = 1

    def model(self) -> BayesianModel | bool:
        """Give priors and sampling, or False where no posterior was asked for."""
        import cereblon as cb

        if not self.bayes:
            return False
        return cb.BayesianModel(prior=self.prior, effect_sd=self.effect_sd, draws=self.draws, chains=self.chains)


_LIBRARY = "it chooses among published trials"

OF_TRIALS = (
    *(
        Applies(option, without=("--data",), because=_LIBRARY)
        for option in ("--setting", "--endpoint", "--strict", "--grade", "--at", "--cut")
    ),
    Applies("--larger-is-better", with_any=("--data",), because="of published endpoints the direction is known"),
    Applies("--equal-arms", with_any=("--data",), because="of published trials it is known where it is needed"),
    Applies("--allow-implausible", with_any=("--data",), because="published numbers were checked"),
    Applies("--interval", without=("--model=fixed",), because="a fixed effect has normal intervals"),
)
"""When options of `SynthesisOptions` change something."""

OF_BAYES = (
    *(Applies(option, with_any=("--bayes",)) for option in ("--prior", "--effect-sd", "--draws", "--chains")),
    Applies("--prior", without=("--model=fixed",), because="a fixed effect does not vary between trials"),
)
"""When options of `BayesianOptions` change something."""

OF_PICTURE = (Applies("--picture", with_any=("--png", "--svg"), because="a page holds all pictures"),)


def takes(*groups: type, without: tuple[str, ...] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of some groups; it receives each group as one value, before its own arguments.

    Parameters
    ----------
    groups
        Dataclasses whose fields are options.
    without
        Fields that mean nothing to this command, so that it does not offer them.
    """

    def offered(group: type) -> list[Any]:
        return [field for field in fields(group) if field.name not in without]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = list(inspect.signature(command).parameters.values())[len(groups) :]
        parameters = [parameter.replace(annotation=hints[parameter.name]) for parameter in own]
        for group in groups:
            kinds = get_type_hints(group, include_extras=True)
            parameters += [
                inspect.Parameter(
                    field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=kinds[field.name]
                )
                for field in offered(group)
            ]

        def wrapped(**given: object) -> None:
            values = [group(**{field.name: given.pop(field.name) for field in offered(group)}) for group in groups]
            command(*values, **given)

        ordered = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
        wrapped.__name__, wrapped.__doc__, wrapped.__module__ = command.__name__, command.__doc__, command.__module__
        wrapped.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in ordered}
        return wrapped

    return decorate


def _print_with_notes(answer: SynthesisAnswer) -> None:
    """Print an answer for people: in words, then what has to be known."""
    from cereblon.core.plain_text import paragraph

    typer.echo(answer.text())
    if answer.notes:
        typer.echo("\nnotes")
        typer.echo("\n".join(paragraph(f"- {note}") for note in answer.notes))
