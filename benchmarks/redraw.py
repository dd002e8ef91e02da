"""The dashboard's picture of ports: seconds from a move of the time slider to a screen that shows it, 400 vehicles, headless Chromium."""

from __future__ import annotations

import statistics
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
VEHICLES, CAPACITY_KW = 400, 800
MOVES = (0.1, 0.7, 0.3, 0.6, 0.2, 0.5, 0.4, 0.8, 0.35)  # of the slider, from end to end
MOVE = """async part => {
    const slider = document.getElementById("time"), begun = performance.now();
    slider.value = Math.round(part * slider.max);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return (performance.now() - begun) / 1000;
}"""


def redraw(at: str) -> dict[str, float]:
    """Return the median of several moves, and what else the page takes; nothing where there is no browser. at : the server."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return {}
    if not CHROMIUM.exists():
        return {}
    asked: list[str] = []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("request", lambda one: asked.append(one.url))
        page.goto(f"{at}/dashboard/")
        page.fill("#count", str(VEHICLES))
        page.fill("#limit_kw", str(CAPACITY_KW))
        page.click("#make")
        page.wait_for_selector("#sessions-said .good")
        page.click("#solve")
        page.wait_for_selector("#by-hour .xtick")
        page.locator("#live").scroll_into_view_if_needed()
        taken = [page.evaluate(MOVE, part) for part in MOVES]
    outside = [url for url in asked if not url.startswith((at, "data:", "blob:"))]
    return {"dashboard_redraw_s": statistics.median(taken), "dashboard_outside_requests": len(outside)}
