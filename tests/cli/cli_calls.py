"""The command line called as a user does, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from cereblon.cli.main import main


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str


Call = Callable[..., Answer]


def call_main(arguments: tuple[str, ...]) -> int:
    """Run the command line in this process and give its exit code."""
    kept, sys.argv = sys.argv, ["cereblon", *arguments]
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        sys.argv = kept
    return 0


def call_process(*arguments: str) -> Answer:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from cereblon.cli.main import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def is_one_paragraph(text: str) -> bool:
    """Tell whether an error is one message, perhaps with a hint, and no traceback."""
    message, _, hint = text.strip().partition("\n\n")
    return (
        message.startswith("error: ")
        and "Traceback" not in text
        and (not hint or (hint.startswith("hint: ") and "\n\n" not in hint))
    )
