"""Use one damaged file as a user would, and say how that ended."""

from __future__ import annotations

import signal
import traceback
import warnings
from pathlib import Path
from types import FrameType

from fuzz_format import Format

import cereblon
from cereblon.core.errors import CereblonError
from cereblon.questions.result import Result

PACKAGE = Path(cereblon.__file__).parent
SECONDS = 5.0


class Hang(Exception):
    """A file took more time of the processor than a user waits."""


def _stop(signal_number: int, frame: FrameType | None) -> None:
    raise Hang(f"more than {SECONDS:g} s")


def outcome(form: Format, content: bytes, folder: Path, *, fully: bool) -> tuple[str, str]:
    """Give `read`, `refused`, `crash` or `hang`, and the words of the refusal or where it happened.

    `fully` says whether pages and pictures are made, which takes most of the time. Time is that of the processor, so
    that a busy machine makes no hang.
    """
    path = folder / f"given{form.ending}"
    path.write_bytes(content)
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for result in ((fully and form.use_fully) or form.use)(path):
                signal.setitimer(signal.ITIMER_PROF, SECONDS)  # each answer is a command of its own
                str(result), result.to_json(), result.to_csv()
                if fully:
                    _draw(result, folder)
    except CereblonError as error:
        return ("refused", str(error)) if str(error).strip() else ("crash", "a refusal without words")
    except Exception as error:
        return ("hang" if isinstance(error, Hang) else "crash"), _origin(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
    return "read", ""


def _draw(result: Result, folder: Path) -> None:
    result.save(folder / "page.html")
    if result.charts():
        result.save(folder / "picture.svg")


def _origin(error: BaseException) -> str:
    """Name the error and the last line of ours that it passed: what two crashes of one kind have in common."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if str(PACKAGE) in frame.filename), frames[-1])
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno} {last.name}"
