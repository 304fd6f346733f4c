"""How soon the app answers, in Chromium: `python benchmarks/app.py [TIMES]`.

First paint of each tab, the answer to a slider of doses, to a tick of evidence, and a comparison that comes with the
package, once the review is written. Needs Chromium and the extra `app`.
"""

from __future__ import annotations

import statistics
import sys
import time

from playwright.sync_api import Page, sync_playwright
from scripts.screenshots import served_app

from cereblon.app.server import TABS

_PATIENCE = 240_000  # ms
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


def main(times: int) -> None:
    """Measure and print medians with the slowest, in milliseconds."""
    with sync_playwright() as play, served_app() as address:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(_PATIENCE)
        page.goto(address)
        root = address.partition("/?")[0]
        _wait_for_review(page, root)
        for tab in TABS:
            _print(f"first paint of {TABS[tab]}", [_painted(page, f"{root}/{tab}") for _ in range(times)])
        page.goto(f"{root}/doses?regimen=vrd-s0777&sent=1")
        _ready(page)
        values = [str(30 + 5 * number) for number in range(times)]
        _print("slider of clearance", [page.evaluate(_ANSWER, ["#field-crcl", value]) for value in values])
        page.goto(f"{root}/evidence?setting=rrmm&endpoint=pfs_hr&view=forest&sent=1")
        _ready(page)
        boxes = [f'input[value="{name}"]' for name in ("pollux", "aspire") for _ in (0, 1)] * times
        _print("tick of a trial", [page.evaluate(_ANSWER, [box, ""]) for box in boxes[:times]])
        page.goto(f"{root}/compare")
        _ready(page)
        studies = (["pollux", "swog-s0777"] * times)[:times]
        _print("shipped comparison", [page.evaluate(_ANSWER, ["#field-study", study]) for study in studies])


def _wait_for_review(page: Page, root: str) -> None:
    end = time.monotonic() + 300
    while page.request.get(f"{root}/review/state").json()["state"] == "writing" and time.monotonic() < end:
        time.sleep(1)


def _ready(page: Page) -> None:
    page.wait_for_selector('#answer[aria-busy="false"]')
    page.wait_for_selector(".chart svg")


def _painted(page: Page, address: str) -> float:
    page.goto(address)
    page.wait_for_function(f"({_PAINT}) !== null")
    return float(page.evaluate(_PAINT))


def _print(what: str, found: list[float]) -> None:
    print(
        f"{what}: median {statistics.median(found):.0f} ms, slowest {max(found):.0f} ms of {len(found)}", flush=True
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
