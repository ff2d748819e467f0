"""The console in a real browser: nothing outside is asked for, nothing fails, nothing serious bars anyone.

Each page is photographed at two widths, in two languages and two themes into ``tests/screenshots``, to be looked at.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Error, Page, sync_playwright

from airshed.transport import Case
from airshed.web.assets import assets
from airshed.workspace import Workspace
from conftest import ROOT, skip_loudly
from web.ahead import keep_all

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

SCREENSHOTS = ROOT / "tests" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BEIJING = "gb2260:110000"
PAGES = {
    "now": "/?t=2026-02-20",
    "now-hour": "/?t=2026-02-20T08",
    "city": f"/city/{BEIJING}?t=2026-02-20",
    "ranking": "/ranking?t=2026-02-20",
    "data": "/data?t=2026-02-20",
    "law": "/law?t=2026-02-20",
    "air": "/air?t=2026-02-20T08",
    "air-footprint": f"/air?t=2026-02-20&receptor={BEIJING}",
    "air-matrix": "/air/matrix?t=2026-02-20",
    "air-city": f"/air/city/{BEIJING}?t=2026-02-20",
    "air-whatif": "/air/whatif?t=2026-02-20&cut=30&species=pm25",
    "air-refused": "/air/whatif?t=2026-02-20&cut=30&species=so2",
    "air-empty": "/air/matrix?t=2026-02-20&from=2026-02-17&to=2026-02-20",
    "outlook": "/outlook?t=2026-03-11",
    "outlook-city": f"/outlook/city/{BEIJING}?t=2026-03-11&members=on",
    "outlook-map": "/outlook/map?t=2026-03-11",
    "scorecards": "/scorecards?t=2026-03-11",
    "effects": "/effects?t=2026-03-11",
    "search": "/search?q=tang",
    "why": f"/why/{BEIJING}?quantity=composite&from=2026-02-01&to=2026-02-28",
    "problem": "/nothing?t=2026-02-20",
}
LOOKS = [(w, lang, theme) for w in (1440, 390) for lang in ("zh", "en") for theme in ("light", "dark")]
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def address(console: FastAPI, made: Workspace, aired: Case) -> Iterator[str]:
    keep_all(made, (date(2026, 3, 7),))
    server = uvicorn.Server(uvicorn.Config(console, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        skip_loudly("Chromium not found: apt-get install chromium fonts-noto-cjk")
    if not assets().built:
        skip_loudly("the front end is not built: make front-end")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    page = context.new_page()
    page.goto("/search?lang=en")
    yield page
    context.close()


def _outside(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))


def _photograph(page: Page, picture: Path, attempts: int = 4) -> None:
    """A picture of the whole page. On a loaded machine Chromium now and then answers "Unable to capture
    screenshot" for a page that stands: the camera is asked again, the page is not excused."""
    for attempt in range(attempts):
        try:
            page.screenshot(path=picture, full_page=True)
        except Error as error:
            if "Unable to capture screenshot" not in str(error) or attempt == attempts - 1:
                raise
            page.wait_for_timeout(500 * (attempt + 1))
        else:
            return


@pytest.mark.parametrize(("width", "lang", "theme"), LOOKS)
def test_every_page_stands_in_every_look(
    browser: Browser, address: str, width: int, lang: str, theme: str
) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, base_url=address, reduced_motion="reduce"
    )
    page, faults = context.new_page(), []
    page.on("console", lambda m: faults.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.on(
        "request", lambda r: faults.append(f"asked outside: {r.url}") if _outside(r.url, address) else None
    )
    for name, url in PAGES.items():
        page.goto(f"{url}&lang={lang}&theme={theme}", wait_until="load")
        picture = SCREENSHOTS / f"{name}-{width}-{lang}-{theme}.png"
        _photograph(page, picture)
        assert picture.stat().st_size > 5_000
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    expected = [f for f in faults if "404" in f]
    assert faults == expected, faults
    assert len(expected) == 1, "only the missing page is missing"
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page: Page, name: str, theme: str) -> None:
    if not AXE.exists():
        skip_loudly("axe-core is not installed: npm ci")
    page.goto(f"{PAGES[name]}&theme={theme}", wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [
        f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:3]]}"
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert not grave, "\n".join(grave)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_screen_of_360_pixels(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(PAGES[name], wait_until="load")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_arrows_step_the_time_and_the_url_follows(page: Page) -> None:
    page.goto("/?t=2026-02-20", wait_until="load")
    before = page.text_content("[data-label]")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**t=2026-02-21**")
    assert page.text_content("[data-label]") != before
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_url("**t=2026-02-14**")
    assert "t=2026-02-14" in (page.get_attribute(".rail nav a[href^='/ranking']", "href") or "")


def test_a_step_in_the_browser_shows_what_the_server_would_have_sent(page: Page) -> None:
    page.goto("/?t=2026-02-20", wait_until="load")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**t=2026-02-21**")
    read = """() => [document.querySelector('[data-sentence]').textContent,
        ...[...document.querySelectorAll('[data-mark]')].map((m) => m.className + m.innerText),
        ...[...document.querySelectorAll('tbody tr')].map((r) => r.textContent.replace(/\\s+/g, '')),
        ...[...document.querySelectorAll('[data-count-text]')].map((r) => r.textContent)]"""
    stepped = page.evaluate(read)
    page.reload(wait_until="load")
    assert page.evaluate(read) == stepped


def test_a_day_ahead_stepped_to_is_the_day_the_server_sends(page: Page) -> None:
    page.goto("/outlook/map?t=2026-03-10", wait_until="load")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**t=2026-03-11**")
    read = """() => [document.querySelector('[data-sentence]').textContent,
        ...[...document.querySelectorAll('[data-mark]')].map(
            (m) => m.className + m.innerText + m.style.getPropertyValue('--ring')),
        ...[...document.querySelectorAll('tbody tr')].map((r) => r.textContent.replace(/\\s+/g, ''))]"""
    stepped = page.evaluate(read)
    page.reload(wait_until="load")
    assert page.evaluate(read) == stepped


def test_playing_from_the_last_day_begins_anew(page: Page) -> None:
    page.goto("/outlook/map?t=2026-03-17", wait_until="load")
    page.keyboard.press("Space")
    for _ in range(100):  # the pages forbid strings as scripts, which `wait_for_function` needs
        if page.evaluate("() => Number(document.querySelector('[data-slider]').value)") < 5:
            break
        page.wait_for_timeout(100)
    page.keyboard.press("Space")
    page.wait_for_url(lambda url: "t=2026-03-17" not in url)


def test_stations_keep_their_colours_while_the_hours_play(page: Page) -> None:
    page.goto("/?t=2026-02-20T08", wait_until="load")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**t=2026-02-20T09**")
    read = "() => [...document.querySelectorAll('[data-dot]')].map((d) => d.getAttribute('class').trim())"
    stepped = page.evaluate(read)
    assert any(" k" in kind for kind in stepped)
    page.reload(wait_until="load")
    assert page.evaluate(read) == stepped


def test_space_plays_and_pauses(page: Page) -> None:
    page.goto("/?t=2026-02-10", wait_until="load")
    page.keyboard.press("Space")
    while int(page.input_value("[data-slider]")) < 12:
        page.wait_for_timeout(100)
    page.keyboard.press("Space")
    page.wait_for_url(lambda url: "t=2026-02-10" not in url)
    still = page.input_value("[data-slider]")
    page.wait_for_timeout(700)
    assert page.input_value("[data-slider]") == still


def test_an_hour_of_the_air_stepped_to_is_the_hour_the_server_sends(page: Page) -> None:
    page.goto("/air?t=2026-02-20T08", wait_until="load")
    page.wait_for_selector(".air-map.live")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**t=2026-02-20T09**")
    read = """() => [document.querySelector('[data-label]').textContent,
        document.querySelector('[data-sentence]').textContent,
        document.querySelector('#h').value, document.querySelector('.bar-time a[rel=next]').getAttribute('href'),
        ...[...document.querySelectorAll('[data-mark] [data-value]')].map((m) => m.textContent),
        ...[...document.querySelectorAll('tbody tr')].map((r) => r.textContent.replace(/\\s+/g, '')),
        ...[...document.querySelectorAll('.scale-bars i')].map((b) => Math.round(parseFloat(b.style.blockSize)))]"""
    stepped = page.evaluate(read)
    page.reload(wait_until="load")
    assert page.evaluate(read) == stepped
    assert "T10" in stepped[3]


def test_the_canvas_shows_the_cells_the_picture_of_the_server_shows(page: Page) -> None:
    page.goto("/air?t=2026-02-20T08&theme=light", wait_until="load")
    page.wait_for_selector(".air-map.live")
    same = page.evaluate("""async () => {
        const canvas = document.querySelector('[data-field]');
        const image = new Image();
        image.src = document.querySelector('image.on-light').getAttribute('href');
        await image.decode();
        const other = document.createElement('canvas');
        [other.width, other.height] = [canvas.width, canvas.height];
        other.getContext('2d').drawImage(image, 0, 0);
        const pixels = (c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data];
        const [a, b] = [pixels(canvas), pixels(other)];
        return a.length > 0 && a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) <= 1);
    }""")
    assert same


def test_the_air_plays_across_midnight_and_pauses(page: Page) -> None:
    page.goto("/air?t=2026-02-19T20", wait_until="load")
    page.wait_for_selector(".air-map.live")
    page.keyboard.press("Space")
    while int(page.input_value("[data-slider]")) < 76:
        page.wait_for_timeout(50)
    page.keyboard.press("Space")
    page.wait_for_url("**t=2026-02-20T**")
    still = page.input_value("[data-slider]")
    page.wait_for_timeout(500)
    assert page.input_value("[data-slider]") == still


def test_the_wind_streaks_unless_less_motion_is_asked_for(browser: Browser, address: str) -> None:
    for motion, moves in (("no-preference", True), ("reduce", False)):
        context = browser.new_context(base_url=address, reduced_motion=motion)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/air?t=2026-02-20T08", wait_until="load")
        page.wait_for_selector(".air-map.live")
        page.wait_for_timeout(300)
        looks = []
        for _ in range(2):
            looks.append(page.evaluate("document.querySelector('[data-wind]').toDataURL()"))
            page.wait_for_timeout(300)
        assert (looks[0] != looks[1]) is moves
        context.close()


def test_a_city_on_the_map_of_the_air_leads_to_its_footprint(page: Page) -> None:
    page.goto("/air?t=2026-02-20T08&lang=en", wait_until="load")
    page.click(f"[data-mark='{BEIJING}']")
    page.wait_for_url("**receptor=gb2260**")
    assert page.is_visible("text=Negative share")
    assert page.locator(".near").count() == 1


def test_slash_searches_and_question_mark_shows_the_keys(page: Page) -> None:
    page.goto("/?t=2026-02-20", wait_until="load")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert "t=2026-02-20" in page.url, "time stands still behind the open list"
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")
    page.keyboard.press("/")
    page.wait_for_function(
        "document.activeElement.matches('.bar-search input')"
    )  # type where a person would look
    page.keyboard.type("tangshan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**q=tangshan**")
    assert page.is_visible("text=gb2260:130200")


def test_the_map_zooms_by_button_and_its_marks_keep_their_size(page: Page) -> None:
    page.goto("/?t=2026-02-20", wait_until="load")
    mark = page.locator(f"[data-mark='{BEIJING}'] b")
    before = mark.bounding_box()
    page.click("[data-zoom-by='1.5']")
    after = mark.bounding_box()
    assert before is not None
    assert after is not None
    assert (after["x"], after["y"]) != (before["x"], before["y"])
    assert (after["width"], after["height"]) == (before["width"], before["height"])


def test_hovering_one_chart_reads_all_of_them(page: Page) -> None:
    page.goto(f"/city/{BEIJING}?t=2026-02-20", wait_until="load")
    page.locator(".plot-area").first.hover()
    readings = page.locator("[data-reading]").all_text_contents()
    assert len(readings) == 6
    assert len({r.partition(" · ")[0] for r in readings}) == 1, "one time for all"
    assert all(" · " in r for r in readings)


def test_a_chart_is_saved_as_a_picture(page: Page, tmp_path: Path) -> None:
    page.goto(f"/city/{BEIJING}?t=2026-02-20", wait_until="load")
    with page.expect_download() as download:
        page.locator("[data-series=pm25] a[data-save=png]").click()
    file = tmp_path / "chart.png"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert download.value.suggested_filename == "airshed-pm25.png"


def test_the_console_reads_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=address)
    page = context.new_page()
    for url in PAGES.values():
        page.goto(url)
        assert page.is_visible("h1")
    page.goto("/?t=2026-02-20&lang=en")
    page.click(".bar-time a[rel=next]")
    assert "t=2026-02-21" in page.url
    page.fill("#t", "2026-02-10")
    page.select_option("#h", "8")
    page.click(".bar-time button")
    page.wait_for_selector(".when >> text=Tuesday 10 February 2026 08:00–09:00")
    context.close()
