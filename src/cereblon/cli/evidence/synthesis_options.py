"""Options that all syntheses share: which trials, which model, and how their answers are printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cereblon.cli.applies import Applies
from cereblon.cli.asks import Asked, Asks, Gathers
from cereblon.cli.outputs import Output, save_result
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon import BayesianModel
    from cereblon.questions.synthesis_answer import SynthesisAnswer

TRIALS = Asks(
    of="questions.network.network",
    only=("setting", "endpoint", "data"),
    said={
        "endpoint": "Endpoint of published trials: hazard ratio, response or adverse event, as `cereblon evidence "
        "endpoints` lists them; pfs_hr if left out.",
        "data": "A table of your own instead: study, treatment, versus with effect, se or hr, ci_low, ci_high; or "
        "study, treatment, events, n (or person_time).",
    },
)
SELECTION = Asks(
    of="synthesis.trial_networks.chosen_trials.TrialSelection",
    many=("grades", "exclude"),
    flags={"grades": ("--grade",)},
    said={
        "grades": "Grade of an adverse event; twice to take two grades as one.",
        "exclude": "Study to leave out; may be given more than once.",
    },
)
POOLING = Asks(of="questions.pooling.PoolingModel")
REFERENCE = Asks(of="questions.network.network", only=("reference",))
BAYES = Asks(of="questions.pooling.BayesianModel", limits={"draws": (100, 100_000), "chains": (2, 16)})
SEED = Asks(of="questions.network.network", only=("seed",), limits={"seed": (0, 2**32 - 1)})
IfBayes = Annotated[bool, typer.Option("--bayes", help="Add the Bayesian result; takes up to a minute.")]
OUTPUT = Gathers(Output)


def synthesis(trials: Asked, selection: Asked, pooling: Asked) -> dict[str, Any]:
    """Give the options as arguments of a synthesis."""
    import cereblon as cb

    return {**trials, "selection": cb.TrialSelection(**selection), "pooling": cb.PoolingModel(**pooling)}


def posterior(is_wanted: bool, asked: Asked) -> BayesianModel | bool:
    """Give priors and sampling, or False where no posterior was asked for."""
    import cereblon as cb

    return cb.BayesianModel(**asked) if is_wanted else False


def give(answer: SynthesisAnswer, output: Output, picture: str | None = None) -> None:
    """Give an answer; in words its notes stand below it, as CSV also what was left out is said."""
    if output.as_json or output.as_csv:
        output.give(answer, picture)
        print_notes([f"left out: {entry}" for entry in answer.left_out] if output.as_csv else [])
        return
    save_result(answer, output.png, output.svg, output.html, picture=picture)
    _print_with_notes(answer)


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
"""When options of trials, selection and pooling change something."""

OF_BAYES = (
    *(Applies(option, with_any=("--bayes",)) for option in BAYES.names),
    Applies("--prior", without=("--model=fixed",), because="a fixed effect does not vary between trials"),
)
"""When options of the posterior change something."""

OF_PICTURE = (Applies("--picture", with_any=("--png", "--svg"), because="a page holds all pictures"),)


def _print_with_notes(answer: SynthesisAnswer) -> None:
    """Print an answer for people: in words, then what has to be known."""
    from cereblon.core.control_characters import visible
    from cereblon.core.plain_text import fit_terminal, paragraph
    from cereblon.core.units import shown_units

    typer.echo(fit_terminal(visible(str(answer)), sys.stdout))
    if answer.notes:
        typer.echo("\nnotes")
        typer.echo(visible(shown_units("\n".join(paragraph(f"- {note}") for note in answer.notes))))
