"""How soon the app answers, in Chromium: `python -m benchmarks.app [TIMES]`.

First paint of each tab, the answer to a slider of doses, to a tick of evidence, and a comparison that comes with the
package, once the review is written; then how often a job that has to compile moves on its page. Beside the time that
passes stands that of the processors, of the server and of all (Chromium too), which other work makes little longer.
Needs Chromium and the extra `app`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from scripts.screenshots import served_app

from cereblon.app.server import TABS

_PATIENCE = 240_000  # ms
_TICK = os.sysconf("SC_CLK_TCK")
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
# From the change of a field to the answer in the page, measured in the page itself.
_ANSWER = """
async ([selector, value]) => {
  const box = document.querySelector(selector), answer = document.getElementById("answer");
  const done = new Promise(resolve => new MutationObserver((_, watch) => {
    if (answer.getAttribute("aria-busy") === "false") { watch.disconnect(); resolve(performance.now()); }
  }).observe(answer, { attributes: true, attributeFilter: ["aria-busy"] }));
  const start = performance.now();
  if (box.type === "checkbox") { box.click(); } else { box.value = value; }
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return (await done) - start;
}
"""
# When seconds, words or bar of a job changed on its page, for so long.
_MOVES = """
async milliseconds => {
  const moved = [performance.now()];
  new MutationObserver(() => moved.push(performance.now())).observe(
    document.querySelector("[data-job]"), { subtree: true, childList: true, characterData: true, attributes: true });
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return moved.slice(1).map((at, number) => at - moved[number]);
}
"""


def main(times: int) -> None:
    """Measure and print medians with the slowest, in milliseconds."""
    with sync_playwright() as play, served_app() as served:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(_PATIENCE)
        page.goto(served.address)
        root, server = served.address.partition("/?")[0], served.process.pid
        _wait_for_review(page, root)

        def measure(what: str, asked: Iterable[Callable[[], float]]) -> None:
            found = [_timed(ask, server) for ask in asked]
            passed, own, every = ([one[place] for one in found] for place in range(3))
            print(
                f"{what}: median {statistics.median(passed):.0f} ms, slowest {max(passed):.0f} ms of {len(found)}; "
                f"of processors {statistics.median(every):.0f} ms, the server {statistics.median(own):.0f} ms",
                flush=True,
            )

        for tab in TABS:
            measure(f"first paint of {TABS[tab]}", [lambda tab=tab: _painted(page, f"{root}/{tab}")] * times)
        _open(page, f"{root}/doses?regimen=vrd-s0777&sent=1")
        measure("slider of clearance", [_asking(page, "#field-crcl", f"{30 + 5 * one}") for one in range(times)])
        _open(page, f"{root}/evidence?setting=rrmm&endpoint=pfs_hr&view=forest&sent=1")
        boxes = [f'input[value="{name}"]' for name in ("pollux", "aspire") for _ in (0, 1)] * times
        measure("tick of a trial", [_asking(page, box, "") for box in boxes[:times]])
        _open(page, f"{root}/compare")
        studies = (["pollux", "swog-s0777"] * times)[:times]
        measure("shipped comparison", [_asking(page, "#field-study", study) for study in studies])
        _watch_job(page, root)


def _watch_job(page: Page, root: str) -> None:
    """Simulate a small trial with nothing in the cache of programs, and time the changes of its page."""
    page.goto(f"{root}/compare?study=len-single-agent-014&replicates=2&sent=1")
    page.get_by_role("button", name="Simulate afresh").click()
    page.wait_for_selector("[data-job]")
    gaps = page.evaluate(_MOVES, 20_000)
    print(f"a job that compiles: moved {len(gaps)} times in 20 s, longest rest {max(gaps):.0f} ms", flush=True)
    page.get_by_role("button", name="Stop").click()


def _timed(ask: Callable[[], float], server: int) -> tuple[float, float, float]:
    """Give the milliseconds that passed, and those of processors: of the server, and of it and Chromium."""
    own, every = _processor_ms(server), _processor_ms(os.getpid())
    passed = ask()
    time.sleep(0.3)  # drawing goes on after the answer
    return passed, _processor_ms(server) - own, _processor_ms(os.getpid()) - every


def _processor_ms(root: int) -> float:
    """Add up what a process and all below it have used."""
    used: dict[int, tuple[int, int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        used[int(place.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    return sum(ticks for pid, (_, ticks) in used.items() if _is_below(pid, root, used)) * 1000 / _TICK


def _is_below(pid: int, root: int, used: dict[int, tuple[int, int]]) -> bool:
    while pid in used and pid != root:
        pid = used[pid][0]
    return pid == root


def _asking(page: Page, selector: str, value: str) -> Callable[[], float]:
    return lambda: float(page.evaluate(_ANSWER, [selector, value]))


def _wait_for_review(page: Page, root: str) -> None:
    end = time.monotonic() + 300
    while page.request.get(f"{root}/review/state").json()["state"] == "writing" and time.monotonic() < end:
        time.sleep(1)


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector('#answer[aria-busy="false"]')
    page.wait_for_selector(".chart svg")


def _painted(page: Page, address: str) -> float:
    page.goto(address)
    page.wait_for_function(f"({_PAINT}) !== null")
    return float(page.evaluate(_PAINT))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as empty:
        os.environ["XDG_CACHE_HOME"] = empty
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
