"""The part of the page where the site is said: a form, or a schedule file."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, html

from evplan.web.dashboard import parts, told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.sessions_part import bytes_of
from evplan.web.dashboard.site_form import DAYS, NUMBERS, STEPS, TEXTS
from evplan.web.desk import Desk

FIRST = ("limit_kw", "power_kw", "off_peak", "peak", "peak_start", "peak_end")
SECOND = ("demand", "peak_so_far_kw", "load_kw", "shortfall")
THIRD = ("efficiency", "co2", "timezone", "currency")
ZONES = ("UTC", "Europe/Berlin", "Europe/London", "Europe/Paris", "America/New_York", "America/Chicago", "America/Denver",
         "America/Los_Angeles", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney")  # fmt: skip


def layout(desk: Desk) -> Any:
    """Return the part."""
    return parts.section(
        "site", "2. Site and prices",
        _grid(FIRST), parts.choice("peak_days", "Peak days", DAYS, "weekday"), _grid(SECOND),
        parts.more("More: time step, time zone, currency, hourly prices",
                   parts.choice("step_minutes", "Time step", STEPS, "15"), _grid(THIRD),
                   parts.area("prices", "Hourly prices", "Added to the prices above, one for each hour; separated by spaces or lines.", 3),
                   parts.text("prices_begin", "The first hour begins", help="YYYY-MM-DDTHH:MM; left out, with the plan.")),
        parts.more("Instead: a schedule file", parts.upload("site-file", "Schedule file"),
                   parts.area("site-text", "Schedule file, YAML", "Where something stands here, the inputs above are not read."),
                   id="site-more"),
        parts.message("site-said"),
    )  # fmt: skip


def _grid(names: tuple[str, ...]) -> Any:
    return html.Div([_input(name) for name in names], className="grid")


def _input(name: str) -> Any:
    if name in NUMBERS:
        label, value, unit = NUMBERS[name]
        return parts.number(name, label, value, unit)
    label, words = TEXTS[name]
    return parts.text(name, label, words, choices=ZONES if name == "timezone" else ())


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the part take a file."""

    @app.callback(
        Output("site-text", "value"), Output("site-said", "children"), Input("site-file", "contents"), State("site-file", "filename"),
        prevent_initial_call=True,
    )  # fmt: skip
    def take(contents: str | None, name: str | None) -> tuple[Any, Any]:
        """Put a file's text where it can be read and changed."""
        if not (name or "").lower().endswith((".yaml", ".yml", ".json")):
            return "", told.lines_of("", [f"{name}: must be a schedule file, .yaml"])
        try:
            return bytes_of(contents).decode("utf-8"), told.good(f"{name}: taken; the inputs above are not read.")
        except UnicodeDecodeError:
            return "", told.lines_of("The file is no text", [f"{name}: must be YAML in UTF-8"])
        except told.EXPECTED as error:
            return "", told.wrong(error)
