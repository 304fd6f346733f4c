"""Each tab in a real browser: main path, wrong input, two windows, a simulation stopped, nothing asked elsewhere."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cereblon.app.server import TABS
from cereblon.app.tabs import ASKED
from cereblon.core.one_writer import writer_of
from real_browser import IN_BROWSER, serious_findings, small_texts, wide_pictures
from served_app import UNREVIEWED, Served, serving

pytestmark = IN_BROWSER
_SHARE_OF_CURVES = """() => {
  const drawn = document.querySelector("section[aria-label='Progression-free survival'] svg");
  const curve = drawn.querySelector("g.mark-line.role-mark path");
  return curve.getBoundingClientRect().width / drawn.getBoundingClientRect().width;
}"""
PATIENCE = 90_000  # ms; a busy machine has to draw and to load libraries


@pytest.fixture
def window(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """A window of a browser that knows the secret, and has not drawn the review for it."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.request.get(served.address, max_redirects=0)
    yield context
    context.close()


def opened(window: BrowserContext, served: Served, tab: str) -> Page:
    page = window.new_page()
    page.goto(f"{served.root}/{tab}")
    return page


def answered(page: Page) -> None:
    page.wait_for_selector('#answer[aria-busy="false"]')


def test_a_slider_changes_the_dose_and_the_address(window: BrowserContext, served: Served) -> None:
    """The label halves lenalidomide and more below 60 mL/min: 25 mg becomes 10 mg."""
    page = opened(window, served, "doses?regimen=rd&sent=1")
    answered(page)
    expect(page.locator("section[aria-label='Dose today']")).to_contain_text("25 mg")
    page.locator("#field-crcl").fill("45")
    expect(page.locator("section[aria-label='Dose today']")).to_contain_text("10 mg", timeout=PATIENCE)
    assert "crcl=45" in page.url
    again = window.new_page()
    again.goto(page.url)
    answered(again)
    expect(again.locator("output[for='field-crcl']")).to_have_text("45")


def test_a_trial_that_is_ticked_out_leaves_the_picture(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "evidence?setting=rrmm&endpoint=pfs_hr&view=forest&sent=1")
    answered(page)
    page.wait_for_selector(".chart svg")
    expect(page.locator(".chart").first).to_contain_text("POLLUX")
    page.get_by_role("checkbox", name="POLLUX").check()
    expect(page.locator(".chart").first).not_to_contain_text("POLLUX", timeout=PATIENCE)
    assert "without=pollux" in page.url


def test_wrong_input_is_told_beside_the_form(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "trial")
    expect(page.locator("#check")).to_contain_text("can be simulated", timeout=PATIENCE)
    page.locator("#trial-text").fill("id: mine\narms: 3\n")
    expect(page.locator("#check")).to_contain_text("arms", timeout=PATIENCE)
    expect(page.locator("#start")).to_be_disabled()


def test_a_simulation_is_started_in_one_window_and_stopped_in_another(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "compare")
    page.locator("#field-study").select_option("swog-s0777")
    page.get_by_role("button", name="Simulate").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator(".state").first).to_have_text("running")
    other = window.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Stop").click()
    expect(other.locator(".state").first).to_have_text("stopped")
    expect(page.locator(".state").first).to_have_text("stopped", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def test_a_page_says_that_the_app_was_killed_and_goes_on_when_it_is_back(browser: Browser, tmp_path: Path) -> None:
    """What runs outlives the app; what was killed with it says so and offers to go on; what was finished is there."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page, doses = context.new_page(), context.new_page()
    with serving(tmp_path / "app", program=UNREVIEWED) as first:
        Path(first.folder / "done").mkdir()
        described = {"key": "done", "title": "Done before", "function": "compare", "subject": "pollux"}
        job = described | {"options": {"replicates": 2}, "begun": "2026-01-01T00:00:00+00:00"}
        (first.folder / "done" / "job.json").write_text(json.dumps(job), encoding="utf-8")
        (first.folder / "done" / "answer.txt").write_text("26 of 32", encoding="utf-8")
        page.goto(first.address)
        page.goto(f"{first.root}/compare")
        page.get_by_role("button", name="Simulate").click()
        page.wait_for_url("**/jobs/*")
        folder = first.folder / page.url.rpartition("/")[2]
        expect(page.locator("#seconds")).to_contain_text("running for")
        while not (writer := writer_of(folder)):
            page.wait_for_timeout(200)
        doses.goto(f"{first.root}/doses?regimen=rd&sent=1")
        answered(doses)
        first.process.kill()
        first.process.wait()
        expect(page.locator("#unreached")).to_contain_text("The app does not answer")
        doses.locator("#field-crcl").fill("45")
        expect(doses.locator("#unreached")).to_contain_text("The app does not answer")
        doses.locator("#field-crcl").fill("20")
    with serving(tmp_path / "app", urlsplit(first.root).port or 0, UNREVIEWED) as second:
        expect(page.locator("#unreached")).to_contain_text("The app was started anew", timeout=PATIENCE)
        context.new_page().goto(second.address)
        expect(page.locator("#unreached")).to_be_hidden(timeout=PATIENCE)
        expect(page.locator(".state").first).to_have_text("running")
        answered(doses)
        expect(doses.locator("section[aria-label='Dose today']")).to_contain_text("--crcl 20", timeout=PATIENCE)
        os.kill(writer, signal.SIGKILL)
        expect(page.locator(".state").first).to_have_text("stopped", timeout=PATIENCE)
        expect(page.locator("main")).to_contain_text("interrupted with the app or the machine. What was done is kept")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".state").first).to_have_text("running")
        page.get_by_role("button", name="Stop").click()
        page.goto(f"{second.root}/compare")
        expect(page.locator(".jobs")).to_contain_text("Done before finished")
    context.close()


def test_a_view_of_compare_is_opened_again_by_its_address(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "compare?study=pollux&sent=1")
    answered(page)
    page.locator("#field-first").select_option("krd")
    page.locator("#field-months").fill("60")
    again = window.new_page()
    again.goto(page.url)
    answered(again)
    expect(again.locator("#field-study")).to_have_value("pollux")
    expect(again.locator("#field-first")).to_have_value("krd")
    expect(again.locator("#field-months")).to_have_value("60")
    again.locator("#field-study").select_option("maia")
    answered(again)
    assert "study=maia" in again.url and "first=krd" in again.url


def test_of_a_slider_that_is_dragged_quickly_the_last_value_stays(window: BrowserContext, served: Served) -> None:
    """Thirty values in two seconds; also by the keys of the keyboard."""
    page = opened(window, served, "doses?regimen=rd&sent=1")
    answered(page)
    slider, today = page.locator("#field-crcl"), page.locator("section[aria-label='Dose today']")
    for number in range(30):
        slider.fill(str(10 + 5 * (number % 29)))
        page.wait_for_timeout(60)
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    answered(page)
    expect(page.locator("output[for='field-crcl']")).to_have_text("25")
    expect(today).to_contain_text("--crcl 25", timeout=PATIENCE)
    page.wait_for_timeout(1500)
    expect(today).to_contain_text("--crcl 25")
    assert "crcl=25" in page.url


def test_the_keys_alone_are_enough_to_choose_an_outcome_and_an_arm(window: BrowserContext, served: Served) -> None:
    """What has the focus keeps it, or hands it to its neighbour, where the page or its form is made anew."""
    page = opened(window, served, "evidence")
    answered(page)
    page.locator("#field-endpoint").focus()
    for endpoint in ("os_hr", "orr"):
        page.keyboard.press("ArrowDown")
        page.wait_for_url(f"**endpoint={endpoint}**")
        expect(page.locator("#field-endpoint")).to_be_focused()
    page.goto(f"{served.root}/trial")
    expect(page.locator("#check")).to_contain_text("can be simulated", timeout=PATIENCE)
    page.locator("#add-arm").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".arm")).to_have_count(3, timeout=PATIENCE)
    page.locator("[data-remove]").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".arm")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("#add-arm")).to_be_focused()


def test_tables_of_patients_that_are_dropped_are_read_back_in_words(
    window: BrowserContext, served: Served, tmp_path: Path
) -> None:
    table = tmp_path / "person.csv"
    table.write_text("person_id\n1\n", encoding="utf-8")
    page = opened(window, served, "patients")
    page.locator("#drop").set_input_files(table)
    expect(page.locator("#understood")).to_contain_text("there is no table drug_exposure", timeout=PATIENCE)
    expect(page.locator("#start")).to_be_disabled()
    assert (next((served.folder / "files").iterdir()) / "person.csv").read_bytes() == table.read_bytes()


def test_a_point_of_trust_leads_to_its_study_and_so_do_the_keys(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "trust?role=calibration&sent=1")
    answered(page)
    expect(page.locator(".verdict").first).to_contain_text("lie inside their 90 % intervals")
    page.locator(".chart svg g.mark-symbol.role-mark path").last.click(force=True)
    page.wait_for_url("**/compare?study=*")
    page.go_back()
    answered(page)
    page.locator("#field-role").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("POLLUX"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?study=pollux")


def test_a_published_trial_is_compared_without_simulating(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "compare")
    answered(page)
    expect(page.locator(".verdict").first).to_contain_text("VRd against Rd: hazard ratio for progression or death 0.")
    page.wait_for_selector("section[aria-label='Progression-free survival'] svg")
    expect(page.locator("section[aria-label^='Of a hundred patients'] svg")).to_contain_text("alive without")
    page.locator("#field-study").select_option("pollux")
    expect(page.locator(".verdict").first).to_contain_text("DRd against Rd", timeout=PATIENCE)
    assert "study=pollux" in page.url


def test_form_and_trial_file_follow_each_other(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "trial")
    expect(page.locator("#trial-seed")).to_have_value("11", timeout=PATIENCE)
    page.locator("#trial-seed").fill("42")
    expect(page.locator("#trial-text")).to_have_value(re.compile(r"seed: 42"), timeout=PATIENCE)
    page.locator("#trial-text").fill(page.locator("#trial-text").input_value().replace("size: 150", "size: 170", 1))
    expect(page.locator("[data-arm='size']").first).to_have_value("170", timeout=PATIENCE)
    expect(page.locator("#check")).to_contain_text("40 trials of 320 subjects", timeout=PATIENCE)
    page.get_by_role("button", name="Add an arm").click()
    expect(page.locator(".arm")).to_have_count(3, timeout=PATIENCE)
    expect(page.locator("#check")).to_contain_text("40 trials of 470 subjects", timeout=PATIENCE)
    expect(page.locator("#power")).to_be_disabled()
    again = window.new_page()
    again.goto(page.url)
    expect(again.locator("#trial-text")).to_have_value(re.compile(r"seed: 42"))
    page.goto(f"{served.root}/trust")
    page.goto(f"{served.root}/trial")
    expect(page.locator("#trial-text")).to_have_value(re.compile(r"seed: 42"))
    page.get_by_role("link", name="Begin anew").click()
    expect(page.locator("#trial-text")).to_have_value(re.compile(r"seed: 11"))


def test_two_regimens_go_on_to_a_trial(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "compare")
    page.locator("#field-first").select_option("krd")
    page.get_by_role("button", name="Go on to the trial").click()
    page.wait_for_url("**/trial?*")
    expect(page.locator("#check")).to_contain_text("krd-against-rd: can be simulated", timeout=PATIENCE)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1400, "light")])
def test_every_tab_can_be_used_without_seeing_it_and_asks_no_other_host(
    browser: Browser, served: Served, width: int, scheme: str
) -> None:
    """Nothing that axe calls serious (drawings of Vega left out), beyond the edge, moved sideways or below 11 px."""
    asked: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(served.address)
    for tab in TABS:
        if f"/{tab}" not in page.url:
            page.goto(f"{served.root}/{tab}")
        if tab in ASKED:
            answered(page)
        if tab == "trial":
            page.wait_for_selector(".arm")
        assert serious_findings(page, ".chart", "iframe") == [], tab
        assert (small_texts(page), wide_pictures(page)) == ([], []), tab
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{tab} is wider than its window"
        if tab == "compare":
            assert page.evaluate(_SHARE_OF_CURVES) > 0.6, "words beside published points squeeze the curves"
        page.wait_for_load_state("networkidle")
    assert len(asked) > 10
    assert [address for address in asked if not address.startswith((served.root, "data:", "blob:"))] == []
    context.close()


def test_pages_are_as_small_as_their_first_paint_needs(window: BrowserContext, served: Served) -> None:
    """No tab waits for a library or an answer before it shows its form."""
    sent = window.request.get(f"{served.root}/doses").text()
    assert "<form" in sent
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', sent)
    assert [Path(urlsplit(one).path).name for one in scripts] == ["app.js"]


def test_ten_windows_at_once_get_each_their_own_answer(window: BrowserContext, served: Served) -> None:
    """Ten ask for the dose at ten clearances at the same moment; each is given the one that it asked for."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in window.cookies())

    def told(clearance: int) -> str:
        asked = Request(f"{served.root}/doses/answer?regimen=rd&crcl={clearance}", headers={"cookie": cookies})
        with urlopen(asked, timeout=PATIENCE / 1000) as found:
            return str(found.read().decode())

    clearances = range(30, 130, 10)
    with ThreadPoolExecutor(len(clearances)) as windows:
        for clearance, text in zip(clearances, windows.map(told, clearances), strict=True):
            today = text.partition('aria-label="Dose today"')[2].partition("</section>")[0]
            assert f"--crcl {clearance}" in today
            assert ("10 mg" if clearance < 60 else "25 mg") in today


def test_the_review_appears_once_it_is_written(window: BrowserContext, served: Served) -> None:
    page = opened(window, served, "review")
    page.wait_for_selector("iframe", timeout=3 * PATIENCE)
    chapter, address = page.frame_locator("iframe").locator("#vrd h2"), f"{served.root}/review?chapter=vrd"
    expect(chapter).to_have_text("With bortezomib", timeout=PATIENCE)
    end = time.monotonic() + 200
    while "/export/0.png?chapter=vrd" not in window.request.get(address).text() and time.monotonic() < end:
        time.sleep(0.5)  # pictures come after the page
    tabs = page.get_by_role("navigation", name="Tabs")
    for width in (1400, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(address)
        expect(chapter).to_be_in_viewport(timeout=PATIENCE)
        expect(tabs).to_be_in_viewport(ratio=1)  # the window moved with the chapter
        page.frame_locator("iframe").get_by_role("link", name="Routine care").first.click()
        expect(page.frame_locator("iframe").locator("#practice h2")).to_be_in_viewport()
        expect(tabs).to_be_in_viewport(ratio=1)
    page.get_by_text("The same elsewhere").click()
    expect(page.locator("details.same code").last).to_have_text("cereblon review --regimen vrd --no-simulation")
    for ending in ("PNG", "SVG", "CSV", "HTML"):
        with page.expect_download() as saved:
            page.get_by_role("link", name=ending, exact=True).click()
        assert saved.value.suggested_filename == f"cereblon-review-vrd.{ending.lower()}"
