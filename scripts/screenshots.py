"""Make the screenshots of the documentation: `python -m scripts.screenshots RUN`, a run of `compare swog-s0777`.

Needs Chromium. The app is started beside, and ended; pictures go into docs/images.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs/images"
TABS = {
    "evidence": "evidence?setting=ndmm-tie&endpoint=pfs_hr&view=forest&sent=1",
    "doses": "doses?regimen=vrd-s0777&crcl=45&sent=1",
    "compare": "compare",
    "trial": "trial",
    "patients": "patients",
    "review": "review",
}
_PATIENCE = 240_000  # ms


@dataclass(frozen=True)
class ServedApp:
    """The app while it runs."""

    address: str  # with the token
    process: subprocess.Popen[str]


@contextmanager
def served_app() -> Iterator[ServedApp]:
    """Start the app, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", "from cereblon.cli.main import main; main()", "app", "--no-browser"]
        with subprocess.Popen([*command, "--folder", folder], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the app did not say where it is"
            try:
                yield ServedApp(found[0], process)
            finally:
                process.terminate()


def main(run: Path) -> None:
    """Make all pictures."""
    with sync_playwright() as play, served_app() as served:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
        page.set_default_timeout(_PATIENCE)
        page.goto((run / "report.html").absolute().as_uri())
        page.set_viewport_size({"width": 1200, "height": 1300})
        page.wait_for_selector(".is-live")
        page.screenshot(path=IMAGES / "report.png")
        page.set_viewport_size({"width": 1200, "height": 800})
        page.goto(served.address)
        for name, place in TABS.items():
            page.goto(f"{served.address.partition('/?')[0]}/{place}")
            _settle(page, name)
            page.screenshot(path=IMAGES / f"app-{name}.png")


def _settle(page: Page, name: str) -> None:
    if name in ("evidence", "doses"):
        page.wait_for_selector('#answer[aria-busy="false"]')
        page.wait_for_selector(".chart svg")
    if name == "review":
        page.frame_locator("iframe").locator("h1").wait_for()
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
