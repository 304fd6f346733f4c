"""A process that draws. vl-convert holds up all threads of the process that it works in.

This file is also what that process runs. It imports nothing of the package, so that it is ready soon.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import suppress
from functools import cache
from typing import Any, Self

import vl_convert

_WITH_SCRIPT = "--with-script"
_NUMBERED = re.compile(r'((?:id="|url\(#)(?:clip|gradient_))(\d+)')


# Characters that XML does not have, as JSON escapes them: vl-convert aborts the process over one.
_NO_XML = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u00[01][0-9a-f]|b|f|ufff[ef])")


def drawable(specification: dict[str, Any]) -> str:
    """Write a specification as JSON, with a replacement sign for characters that no drawing can hold."""
    return _NO_XML.sub(r"\1\\ufffd", json.dumps(specification))


def svg_of(specification: dict[str, Any], version: str) -> str:
    """Draw a specification of a version of Vega-Lite as SVG; equal ones give equal text."""
    svg: str = vl_convert.vegalite_to_svg(drawable(specification), vl_version=version, allowed_base_urls=[])
    numbers: dict[str, int] = {}  # the library goes on counting from one drawing of a process to the next
    return _NUMBERED.sub(lambda found: found[1] + str(numbers.setdefault(found[2], len(numbers) + 1)), svg)


@cache
def vega_script(version: str) -> str:
    """Give Vega, Vega-Embed and a version of Vega-Lite as one script; this takes two seconds."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    return script


class Renderer:
    """Drawings made in another process; in this one where there is no other.

    The process begins at once with what every page needs: the script, unless there is one, and making ready for
    pictures. One thread at a time may ask for drawings.

    Parameters
    ----------
    version
        Of Vega-Lite.
    script
        What `vega_script` gives, where it is known.
    command
        What to start, for tests.
    """

    def __init__(
        self, version: str, *, script: str = "", command: tuple[str, ...] = (sys.executable, "-P", __file__)
    ) -> None:
        self.version = version
        self._script = script
        self.process: subprocess.Popen[str] | None = None
        with suppress(OSError):
            self.process = subprocess.Popen(
                [*command, version, *([] if script else [_WITH_SCRIPT])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="ascii",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.kill()
            with suppress(OSError), self.process:  # what it did not take any more cannot be written
                pass

    def script(self) -> str:
        """Give what `vega_script` does."""
        self._script = self._script or self._answer() or vega_script(self.version)
        return self._script

    def svg(self, specification: dict[str, Any]) -> str:
        """Give what `svg_of` does."""
        self.script()  # where it is asked for, the first of the answers
        with suppress(OSError):
            if self.process is not None and self.process.stdin is not None:
                print(json.dumps(specification), file=self.process.stdin, flush=True)
        return self._answer() or svg_of(specification, self.version)

    def _answer(self) -> str:
        """Wait for an answer; empty if the process has ended: the reason shows when the same is done here."""
        if self.process is None or self.process.stdout is None:
            return ""
        line = self.process.stdout.readline()
        return str(json.loads(line)) if line.endswith("\n") else ""


def main() -> None:
    """Answer each specification of standard input with its drawing, a line each; where asked, the script first."""
    version = sys.argv[1]
    script = vega_script(version) if _WITH_SCRIPT in sys.argv else ""
    svg_of({"data": {"values": []}, "mark": "point"}, version)
    if script:
        print(json.dumps(script), flush=True)
    for line in sys.stdin:
        print(json.dumps(svg_of(json.loads(line), version)), flush=True)


if __name__ == "__main__":
    main()
