"""The part of the page where sessions come from: a file, or a made-up day."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson
from dash import Dash, Input, Output, State, ctx, dcc, html

from evplan.instance.profiles import profile_names
from evplan.web.dashboard import parts, told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.site_form import tomorrow
from evplan.web.desk import Desk
from evplan.web.problem import refusal

ROWS = 5  # shown of a file
HELP = (
    "CSV, XLSX, Parquet or JSON; also as ACN-Data and OCPI write them. Times without an offset are of the site's time zone. For columns of "
    "other names give the schedule file with its `columns` first."
)


def layout(desk: Desk) -> Any:
    """Return the part."""
    made = [
        parts.number("count", "Sessions", 40),
        parts.text("date", "Date", tomorrow(), "YYYY-MM-DD"),
        parts.text("profile", "Arrivals like", "public-ac", choices=profile_names()),
        parts.number("stay-h", "Mean stay", 7, "h"),
        parts.number("energy-kwh", "Mean energy", 18, "kWh"),
        parts.number("seed", "Seed", 1, help="The same seed gives the same sessions."),
    ]
    return parts.section(
        "sessions", "1. Sessions",
        html.H3("From a file"), parts.upload("sessions-file", "File of sessions"), html.P(HELP, className="help"),
        html.H3("Or a made-up day"), html.Div(made, className="grid"), parts.button("make", "Make sessions"),
        parts.message("sessions-said"), html.Div(id="sessions-shown"), dcc.Store(id="sessions-id"),
    )  # fmt: skip


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the part read files and make days."""

    @app.callback(
        Output("sessions-id", "data"), Output("sessions-said", "children"), Output("sessions-shown", "children"),
        Input("make", "n_clicks"), Input("sessions-file", "contents"),
        State("sessions-file", "filename"), State("timezone", "value"), State("site-text", "value"),
        *(State(id, "value") for id in ("count", "date", "profile", "stay-h", "energy-kwh", "seed")),
        prevent_initial_call=True, running=[(Output("make", "disabled"), True, False)],
    )  # fmt: skip
    def take(
        _: Any, contents: str | None, name: str | None, zone: str | None, site: str | None, *day: Any
    ) -> tuple[Any, Any, Any]:
        """Keep what was uploaded or made, and show what it is."""
        try:
            if ctx.triggered_id == "sessions-file":
                source: dict[str, Any] = {"name": name or "", "raw": kept.put(bytes_of(contents)), "zone": zone or ""}
            else:
                source = {"day": day_asked(zone, *day), "zone": zone or ""}
            body = rows_of(desk, kept, source, zone or "", site or "")
            return {"id": kept.put(body), "source": source}, *shown(body)
        except told.EXPECTED as error:
            return None, told.wrong(error), []


def rows_of(desk: Desk, kept: Kept, source: dict[str, Any], zone: str, site: str) -> bytes:
    """Return the sessions of a file or of a made-up day, whose times without an offset are of a time zone.

    site : text of a schedule file, whose columns and time zone hold; one that is too large is told when it is solved.
    """
    if "day" in source:
        return desk.synthetic(**source["day"] | {"timezone": zone})
    limits, text = desk.settings.limits, site.encode()
    said = text if len(text) <= limits.instance_bytes else b""
    return desk.ask("rows", source["name"], kept.get(source["raw"]), zone, limits.sessions, said).body


def sessions_at(desk: Desk, kept: Kept, sessions: dict[str, Any], zone: str, site: str) -> bytes:
    """Return the sessions that were taken, read again where the site's time zone or its file are others by now."""
    source = sessions["source"]
    if source is None or (source["zone"] == zone and not site.strip()):
        return kept.get(sessions["id"])
    return rows_of(desk, kept, source, zone, site)


def day_asked(
    zone: str | None, count: Any, date: Any, profile: Any, stay_h: Any, energy_kwh: Any, seed: Any
) -> dict[str, Any]:
    """Return what a made-up day is asked for with. Raises: ProblemError naming every input that holds no number."""
    numbers = {"Sessions": count, "Mean stay": stay_h, "Mean energy": energy_kwh, "Seed": seed}
    faults = [
        _fault(label, "must be a number") for label, value in numbers.items() if not isinstance(value, (int, float))
    ]
    whole = {"Sessions": count, "Seed": seed}
    faults += [_fault(label, f"must be a whole number (got {value:g})") for label, value in whole.items()
               if isinstance(value, float) and not value.is_integer()]  # fmt: skip
    if faults:
        raise refusal(422, "invalid-input", "see the faults", faults)
    return {
        "count": int(count), "date": str(date or ""), "timezone": zone or "", "profile": str(profile or ""), "stay_h": float(stay_h),
        "energy_kwh": float(energy_kwh), "seed": int(seed),
    }  # fmt: skip


def _fault(label: str, words: str) -> dict[str, Any]:
    return {"field": label, "pointer": "#", "message": words}


def bytes_of(contents: str | None) -> bytes:
    """Return the file of a data URL."""
    try:
        return base64.b64decode((contents or "").partition(",")[2], validate=True)
    except binascii.Error:
        raise refusal(400, "not-a-file", "the file did not arrive whole; upload it again") from None


def shown(body: bytes) -> tuple[Any, Any]:
    """Return what sessions are, in a sentence, and their first rows."""
    rows = orjson.loads(body)["sessions"]
    kwh = sum(one.get("energy_kwh", 0.0) for one in rows)
    first, last = min(one["arrival"] for one in rows), max(one["departure"] for one in rows)
    said = f"{len(rows):,} sessions, {kwh:,.1f} kWh, {first[:16].replace('T', ' ')} to {last[:16].replace('T', ' ')}."
    heads = list(dict.fromkeys(key for row in rows[:ROWS] for key in ("id", *row)))
    cells = [[_cell(head, row.get(head)) for head in heads] for row in rows[:ROWS]]
    return told.good(said), parts.table(f"The first {len(cells)} of {len(rows):,} sessions", heads, cells)


def _cell(head: str, value: Any) -> str:
    """Return a cell as it is shown: times to the minute, as they are local."""
    if head in ("arrival", "departure"):
        return str(value)[:16].replace("T", " ")
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
