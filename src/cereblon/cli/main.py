"""The command `cereblon`: a thin shell over the library."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cereblon.cli.standard_streams import run_command
from cereblon.cli.usage_errors import UsageError, tell_usage_error

COMMANDS: dict[str, tuple[str, str]] = {
    "compare": ("cereblon.cli.compare", "Replicate a published trial and set simulated beside published."),
    "simulate": ("cereblon.cli.simulate", "Run a virtual trial from a trial file."),
    "design": ("cereblon.cli.design", "Design a trial: chance of success, looks, size, duration."),
    "evidence": ("cereblon.cli.evidence", "Look up published numbers, each with its source."),
    "review": ("cereblon.cli.review", "Write the living review, every number with its source."),
    "cohort": ("cereblon.cli.cohort", "Ask what happened to your own patients."),
    "pk": ("cereblon.cli.pk", "Ask which exposure a dose gives."),
    "dose": ("cereblon.cli.dose", "Show starting doses and dose decisions of a rule set, or explain one."),
    "mechanism": ("cereblon.cli.mechanism", "Show what lenalidomide does, from cereblon to the clone."),
    "regimen": ("cereblon.cli.regimen", "List, show and check treatment regimens."),
    "population": ("cereblon.cli.population", "Show virtual populations and draw from them."),
    "parameters": ("cereblon.cli.parameters", "List the model's numbers with basis and source."),
    "validate": ("cereblon.cli.validate", "Predict published studies and score the predictions."),
    "sensitivity": ("cereblon.cli.sensitivity", "Rank parameters by what they do to the answer."),
    "calibrate": ("cereblon.cli.calibrate", "Fit the model to the calibration studies."),
    "app": ("cereblon.cli.app", "Open evidence, doses, comparisons and the review in the browser."),
    "report": ("cereblon.cli.report", "Write the report of a run folder again."),
    "export": ("cereblon.cli.export", "Write a virtual trial as ADaM datasets."),
    "verify": ("cereblon.cli.verify", "Check every byte of a run folder."),
    "replay": ("cereblon.cli.replay", "Derive a run's doses again from its measurements, or follow one subject."),
}
"""Module and one line of help of each command, in the order of the help."""
_FIRST_OF_GROUP = {
    "compare": "Run a trial",
    "evidence": "Look up what was published",
    "cohort": "Look at your own patients",
    "pk": "Explain a dose, a drug or a kind of patient",
    "validate": "Judge how far to trust it",
    "app": "Try all of it in the browser",
    "report": "Work with the files of a run",
}
"""What one wants to do with a command and those after it."""


class LazyGroup(TyperGroup):
    """Import a command's module only when that command is asked for, so that help stays fast."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit with its code; what is wrong with its line is said in words."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except UsageError as error:
            tell_usage_error(error)
            code = error.exit_code
        except typer.Abort:
            typer.echo("Aborted!", err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of a user's path."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one command; for the overview a stand-in with its one-line help is enough."""
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        if ctx.invoked_subcommand is None and not _is_asked_for(cmd_name):
            return TyperCommand(cmd_name, help=summary)
        command = typer.main.get_command(import_module(module).app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the commands in groups, by what one wants to do, each with its whole line."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, (_, summary) in COMMANDS.items():
            title = _FIRST_OF_GROUP.get(name) or (next(reversed(groups)) if groups else "Commands")
            groups.setdefault(title, []).append((name, summary))
        width = max(map(len, COMMANDS))
        for title, rows in groups.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), summary) for name, summary in rows])


def _is_asked_for(name: str) -> bool:
    """Tell whether a word of the line, or of the line that a shell wants completed, is this command."""
    line = os.environ.get("_TYPER_COMPLETE_ARGS", os.environ.get("COMP_WORDS", ""))
    return name in sys.argv[1:] or name in line.split()[1:]


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from cereblon import __version__

        typer.echo(f"cereblon {__version__}")
        raise typer.Exit


@app.callback()
def cereblon(
    version: bool = typer.Option(
        False, "-V", "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Virtual trials, pharmacology and published evidence for lenalidomide-based myeloma therapy.

    A research tool: not for deciding the treatment of a patient.

    Example: cereblon compare swog-s0777
    """


def _leave_linear_algebra_one_thread() -> None:
    """Set how many threads matrix products use, unless the user did; the processes of a command inherit it.

    Our matrices are small, and the work is shared out as subjects and trials: more threads wait for each other. NumPy
    reads the setting when it is loaded, so this comes first. Python callers keep their own.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("MKL_NUM_THREADS", "1")


def _look_for_circles_rarely() -> None:
    """Let Python look for objects that only point at each other after 100,000 new ones rather than after 700.

    Reading the library makes many objects and no such circles; looking for them was a seventh of a look-up.
    """
    gc.set_threshold(100_000)


def main() -> None:
    """Run the command line; an error of ours is one paragraph on stderr and exit code 1."""
    _leave_linear_algebra_one_thread()
    _look_for_circles_rarely()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the compiler speaks of its own speed
    sys.exit(run_command(lambda: app(prog_name="cereblon")))
