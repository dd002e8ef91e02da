"""The dashboard in headless Chromium: from sessions to downloads, on a phone, in the dark, by keyboard, and when the server dies.

Every page that is used here must ask nobody but the server and write no error into the console.
"""

from __future__ import annotations

import csv
import itertools
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("dash", reason="the web extra is not installed")
sync_api = pytest.importorskip("playwright.sync_api", reason="the oracle extra is not installed")
CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists():
    pytest.skip(f"there is no {CHROMIUM}", allow_module_level=True)

HOSTILE = "<img src=x onerror=alert(1)>"
LONG = "a name that is far longer than any screen is wide " * 3
ROWS = [
    ("ev-1", "2026-12-01T08:00", "2026-12-01T17:00", 20.0), (HOSTILE, "2026-12-01T08:30", "2026-12-01T12:00", 30.0),
    (LONG.strip(), "2026-12-01T09:00", "2026-12-01T10:00", 40.0), ("ev-4", "2026-12-01T13:00", "2026-12-01T18:00", 12.0),
]  # fmt: skip
SWITCHED = """kind: schedule
format: 1
connection: {limit_kw: 120}
chargers: {setpoints_kw: [3.7, 7.4, 11]}
tariff: {energy: [{price_per_kwh: 0.2}], demand: [{price_per_kw_month: 12}]}
"""
KEY = "a key that nobody guesses"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory):
    """Return a server that all pages here ask."""
    return serve(tmp_path_factory.mktemp("dashboard"))


@pytest.fixture
def visit(browser, server) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page; what it asked elsewhere, and its errors, are told at the end."""
    wrong: list[str] = []
    contexts = []

    def go(path: str = "/dashboard/", **how: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how}))
        page = contexts[-1].new_page()
        page.on("console", lambda one: wrong.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request", lambda one: None if one.url.startswith((server.at, "data:", "blob:")) else wrong.append(one.url)
        )
        page.goto(server.at + path)
        page.wait_for_selector("#solve")
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def sessions(tmp_path) -> Path:
    """Return a file of sessions, some with names that are no names."""
    path = tmp_path / "sessions.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "arrival", "departure", "energy_kwh"), *ROWS])
    return path


def solved(page: Page, sessions: Path, limit_kw: float = 15) -> None:
    """Upload sessions and solve."""
    page.set_input_files("#sessions-file input", sessions)
    page.wait_for_selector("#sessions-said .good")
    page.fill("#limit_kw", str(limit_kw))
    solve(page)


def solve(page: Page) -> None:
    """Solve what stands in the inputs, and wait until it is shown."""
    before = page.url
    page.click("#solve")
    page.wait_for_url(lambda url: url != before)
    page.wait_for_selector("#solve-said .good")
    page.wait_for_selector("#by-hour .xtick")


def as_wide_as_the_screen(page: Page) -> bool:
    """Return whether nothing sticks out to the right."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_from_an_upload_to_downloads(visit, sessions):
    page = visit()
    solved(page, sessions)
    assert "4 sessions, 102.0 kWh" in page.inner_text("#sessions-said")
    assert "Everybody" not in page.inner_text("section:has(#less)") and "its stay allows" in page.inner_text(
        "section:has(#less)"
    )
    with page.expect_download() as download:
        page.click("text=Plan, JSON")
    plan = json.loads(Path(download.value.path()).read_text())
    assert [one["id"] for one in plan["sessions"]] == [row[0] for row in ROWS]
    for label, name in (("Station, CSV", "station.csv"), ("OCPP 2.0.1 profiles", "ocpp-2.0.1.json")):
        with page.expect_download() as download:
            page.click(f"text={label}")
        assert download.value.suggested_filename == name and Path(download.value.path()).stat().st_size > 500
    with page.expect_download() as download:
        page.click("text=Power of every vehicle, CSV")
    with Path(download.value.path()).open(newline="") as file:
        power = list(csv.DictReader(file))
    assert sum(float(row["energy_kwh"]) for row in power) * 0.92 == pytest.approx(
        plan["figures"]["delivered_kwh"], abs=1e-3
    )
    assert f"{plan['figures']['cost']:,.2f} USD" in page.inner_text("section:has(#results)")


def test_ports_fill_as_time_is_scrubbed(visit, sessions, until):
    page = visit()
    solved(page, sessions)
    first = page.locator("#ports [role=img]").first
    steps = int(page.get_attribute("#time", "max"))
    full = []
    for step in range(steps + 1):
        page.fill("#time", str(step))
        if first.get_attribute("data-state") != "free":
            full.append(float(first.get_attribute("data-kwh")))
    own = page.evaluate("fetch('/schedules/' + location.search.slice(4)).then(answer => answer.json())")["sessions"][0]
    assert full[0] == 0 and full == sorted(full)
    assert full[-1] == pytest.approx(own["delivered_kwh"], abs=0.5)
    assert page.inner_text("#live-words") == page.get_attribute("#time", "aria-valuetext")
    page.fill("#time", "4")
    page.click("#play")
    until(lambda: int(page.input_value("#time")) > 5)
    assert page.inner_text("#play") == "Pause"
    page.click("#play")
    assert page.inner_text("#play") == "Play"


def test_a_hostile_name_is_a_text(visit, sessions):
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail(f"a name ran as a script: {dialog.message}"))
    solved(page, sessions)
    page.fill("#time", "3")
    assert HOSTILE in " ".join(page.locator("#ports [role=img]").evaluate_all("all => all.map(one => one.ariaLabel)"))
    assert page.locator("img[src=x]").count() == 0


def test_a_page_that_is_loaded_again_shows_its_plan_and_its_inputs(visit, sessions):
    page = visit()
    solved(page, sessions, 14)
    page.reload()
    page.wait_for_selector("#by-hour .xtick")
    page.wait_for_selector("#sessions-said .good")
    assert page.input_value("#limit_kw") == "14"
    solve(page)


def test_two_plans_stand_beside_each_other(visit, sessions, until):
    page = visit()
    solved(page, sessions, 12)
    page.click("#keep-a")
    page.wait_for_selector("#versus-said .good")
    page.fill("#limit_kw", "20")
    solve(page)
    until(lambda: "12.0 kW" not in page.inner_text("section:has(#results)"))
    page.click("#keep-b")
    page.wait_for_selector("#both .xtick")
    peak = page.locator("#versus-here tr", has_text="Peak import").inner_text().split("\t")
    a, b, less = (float(cell.split()[0].replace("−", "-")) for cell in peak[1:])
    assert a <= 12 < b <= 20 and less == pytest.approx(b - a, abs=0.11)


def test_everything_wrong_is_told_in_place(visit, tmp_path):
    page = visit()
    page.click("#solve")
    page.wait_for_selector("#solve-said .wrong")
    assert "upload sessions, or make some, first" in page.inner_text("#solve-said")
    (tmp_path / "bad.csv").write_text("arrival,departure,energy_kwh\nsoon,later,1\n")
    page.set_input_files("#sessions-file input", tmp_path / "bad.csv")
    page.wait_for_selector("#sessions-said .wrong")
    assert "bad.csv: column 'arrival' must hold" in page.inner_text("#sessions-said")
    page.click("text=Plan, JSON")
    page.wait_for_selector("#downloads-said .wrong")
    page.click("#make")
    page.wait_for_selector("#sessions-said .good")
    page.fill("#limit_kw", "-3")
    page.fill("#peak_end", "25:00")
    page.click("#solve")
    page.wait_for_selector("#solve-said li:nth-child(2)")
    assert "site.connection.limit_kw: must be greater than 0 and at most 1e+07 (got -3.0)" in page.inner_text(
        "#solve-said"
    )
    page.fill("#limit_kw", "")
    page.click("#solve")
    page.wait_for_selector("text=Capacity: must be a number")


def test_a_schedule_file_takes_the_forms_place(visit, sessions):
    page = visit()
    page.click("text=Instead: a schedule file")
    page.fill("#site-text", "kind: schedule\nformat: 1\ntitle: A depot\nconnection: {limit_kw: 9, colour: red}\n")
    page.set_input_files("#sessions-file input", sessions)
    page.wait_for_selector("#sessions-said .good")
    page.click("#solve")
    page.wait_for_selector("#solve-said .wrong")
    assert "site.connection.colour" in page.inner_text("#solve-said")
    page.fill("#site-text", "kind: schedule\nformat: 1\ntitle: A depot\nconnection: {limit_kw: 9}\n")
    solve(page)
    assert "A depot: 4 sessions" in page.inner_text("section:has(#results)")


def test_a_phone_in_the_dark_shows_all_in_one_column(visit, sessions):
    page = visit(viewport={"width": 360, "height": 740}, color_scheme="dark", has_touch=True)
    assert as_wide_as_the_screen(page)
    solved(page, sessions)
    assert as_wide_as_the_screen(page)
    for summary in page.locator("summary").all():
        summary.click()
    assert as_wide_as_the_screen(page)
    page.goto(page.url.partition("?")[0] + "plans/")
    page.wait_for_selector("#text")
    assert as_wide_as_the_screen(page)


def test_light_and_dark_follow_the_system_until_they_are_chosen(visit):
    page = visit(color_scheme="dark")

    def paper() -> int:
        return sum(
            int(part)
            for part in page.evaluate("getComputedStyle(document.body).backgroundColor").strip("rgb()").split(", ")
        )

    assert paper() < 150 and page.get_attribute("#theme", "aria-pressed") == "true"
    page.click("#theme")
    assert paper() > 600 and page.get_attribute("#theme", "aria-pressed") == "false"
    page.reload()
    page.wait_for_selector("#theme")
    assert paper() > 600


def test_the_keyboard_alone_is_enough(visit):
    page = visit()

    def tab_to(what: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("what => document.activeElement.matches(what)", what):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none" or page.evaluate(
                    "document.activeElement.matches('.dash-input-element, [type=radio]')"
                )
                return
        pytest.fail(f"{what} cannot be reached")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to("#sessions-file input")
    assert page.evaluate("document.activeElement.ariaLabel") == "File of sessions"
    tab_to("#count")
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    tab_to("#make")
    page.keyboard.press("Enter")
    page.wait_for_selector("#sessions-said .good")
    tab_to("[name=peak_days]")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("[name=peak_days][value=all]")
    tab_to("#solve")
    page.keyboard.press("Enter")
    page.wait_for_selector("#by-hour .xtick")
    tab_to("#play")
    tab_to("#time")
    before = page.input_value("#time")
    page.keyboard.press("ArrowRight")
    assert int(page.input_value("#time")) == int(before) + 1
    tab_to("[id*='sessions.csv']")
    with page.expect_download():
        page.keyboard.press("Enter")


def test_headings_are_in_order_and_everything_has_a_name(visit, sessions):
    page = visit()
    solved(page, sessions)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1 and all(b <= a + 1 for a, b in itertools.pairwise(levels))
    nameless = page.evaluate("""[...document.querySelectorAll('input, textarea, button, summary, [role=img]')].filter(one =>
        !(one.ariaLabel || one.innerText || (one.labels && one.labels.length))).map(one => one.outerHTML)""")
    assert nameless == []


@pytest.mark.slow
def test_a_plan_is_made_and_looked_at(visit):
    page = visit("/dashboard/plans/")
    page.click("#solve")
    page.wait_for_selector("text=upload an instance, choose an example")
    page.fill("#text", "kind: plan\nformat: 1\nsites: 3\n")
    page.click("#solve")
    page.wait_for_selector("#solve-said li:nth-child(2)")
    assert "line 3: sites" in page.inner_text("#solve-said")
    page.click("text=Urban and rural")
    page.wait_for_selector("#instance-said .good")
    page.fill("#text", page.input_value("#text").replace("gap: 0.0001", "gap: 0.05"))  # sooner
    page.click("#solve")
    page.wait_for_selector("#settings-figure .xtick", timeout=150_000)
    page.wait_for_selector("#dispatch-figure .xtick")
    page.wait_for_selector("#cash-figure .xtick")
    assert "urban" in page.inner_text("section:has(#settings)") and "gate-city" in page.inner_text(
        "section:has(#sizes)"
    )
    page.click("text=a day that is the mean of all")
    page.wait_for_selector("figcaption:has-text('a day that is the mean of all')")
    summary = page.evaluate("fetch('/plans/' + location.search.slice(4)).then(answer => answer.json())")["summary"]
    assert f"{summary['portfolio']['npv']:,.0f} USD" in page.inner_text("section:has(#results)")
    with page.expect_navigation():
        page.click("text=Full report")
    assert "/report?format=html" in page.url


def test_a_plan_under_way_is_cancelled(visit):
    page = visit("/dashboard/plans/")
    page.click("text=One site, whole years")
    page.wait_for_selector("#instance-said .good")
    page.click("#solve")
    page.wait_for_selector("#cancel:not([disabled])", timeout=60_000)
    page.click("#cancel")
    page.wait_for_selector("text=Cancelled.")
    assert "?" not in page.url


def test_times_are_of_the_time_zone_that_is_said_when_it_is_solved(visit, sessions):
    page = visit()
    page.set_input_files("#sessions-file input", sessions)
    page.wait_for_selector("#sessions-said .good")
    page.click("text=More: time step, time zone, currency, hourly prices")
    page.fill("#timezone", "Europe/Berlin")
    solve(page)
    assert "08:00" in page.inner_text("section:has(#results) .intro") and "Berlin" in page.inner_text(
        "section:has(#results) .intro"
    )


def test_inputs_hold_what_the_address_names(visit, sessions, until):
    page = visit()
    solved(page, sessions, 15)
    first = page.url
    page.fill("#limit_kw", "77")
    solve(page)
    page.go_back()
    until(lambda: page.input_value("#limit_kw") == "15")
    assert page.url == first
    page.reload()
    until(lambda: page.input_value("#limit_kw") == "15")


def test_a_schedule_under_way_is_cancelled(visit, until):
    page = visit()
    page.fill("#count", "60")
    page.click("#make")
    page.wait_for_selector("#sessions-said .good")
    page.click("text=Instead: a schedule file")
    page.fill("#site-text", SWITCHED)
    page.click("#solve")
    page.wait_for_selector("#cancel:enabled", timeout=30_000)
    assert "of 60 s at most" in page.inner_text("#solve-said")
    page.reload()
    until(lambda: "setpoints_kw" in page.input_value("#site-text"))
    page.wait_for_selector("#cancel:enabled", timeout=30_000)
    page.click("#cancel")
    page.wait_for_selector("#solve-said .good")
    assert page.inner_text("#solve-said") == "Cancelled." and not page.url.partition("?id=")[2]
    until(lambda: page.is_disabled("#cancel"))


def test_a_key_guards_the_pages(browser, serve, tmp_path):
    (tmp_path / "key").write_text(KEY)
    guarded = serve(tmp_path / "data", "--api-key-file", str(tmp_path / "key"))
    assert guarded.client.get("/dashboard/").status_code == 401
    context = browser.new_context(http_credentials={"username": "x", "password": KEY})
    page = context.new_page()
    page.goto(f"{guarded.at}/dashboard/")
    page.click("#make")
    page.wait_for_selector("#sessions-said .good")
    context.close()
    guarded.end(signal.SIGTERM)


def test_a_server_that_dies_is_told_and_so_is_its_return(browser, serve, tmp_path):
    mortal = serve(tmp_path / "data")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{mortal.at}/dashboard/")
    page.click("#make")
    page.wait_for_selector("#sessions-said .good")
    mortal.end(signal.SIGKILL)
    page.click("#solve")
    page.wait_for_selector("text=The server does not answer")
    assert page.is_enabled("#solve")
    serve(tmp_path / "data", "--port", mortal.at.rpartition(":")[2])
    page.wait_for_selector("text=The server answers again", timeout=60_000)
    page.click("#solve")
    page.wait_for_selector("#by-hour .xtick")
    context.close()
