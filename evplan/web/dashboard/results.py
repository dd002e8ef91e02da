"""What a schedule comes to, on a page: key figures beside the best policy, figures, who gets less, the live picture, downloads."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
from dash import dcc, html

from evplan.report import words
from evplan.web.dashboard import drawing, parts
from evplan.web.dashboard.schedule import Schedule

MOST_ROWS = 200
STATES = {
    "rests": "plugged in, waits", "low": "charges below 60 % of the most power", "high": "above it", "gives": "gives back",
    "done": "has what it asked for", "free": "free",
}  # fmt: skip
KEYS: tuple[tuple[str, str, Callable[[float, str], str]], ...] = (
    ("satisfaction", "Energy served", lambda value, _: words.percent(value, 1)),
    ("cost", "Cost", lambda value, currency: words.number(value, currency, 2)),
    ("energy_cost", "of it energy", lambda value, currency: words.number(value, currency, 2)),
    ("demand_cost", "of it demand charge", lambda value, currency: words.number(value, currency, 2)),
    ("peak_kw", "Peak import", lambda value, _: words.number(value, "kW", 1)),
    ("sessions_short", "Sessions that get less", lambda value, _: words.number(value, "", 0)),
    ("delivered_kwh", "Energy delivered", lambda value, _: words.number(value, "kWh", 1)),
    ("co2_kg", "CO2 of energy drawn", lambda value, _: words.number(value, "kg", 1)),
)


def key_figures(plan: Schedule) -> list[tuple[str, str, str]]:
    """Return the key figures with their units, each beside the best policy's."""
    best, own = plan.best_policy, plan.figures
    rows = []
    for key, name, say in KEYS:
        beside = f"{best[0]}: {say(best[1][key], plan.currency)}" if best else ""
        rows.append((name, say(own[key], plan.currency), beside))
    rows.append(("Gap", f"{plan.said['gap']:.1e}", f"at most so much dearer than any plan; {plan.said['solver']}"))
    rows.append(
        ("Search", f"{plan.said['seconds']:.3f} s", f"{plan.said['steps']:,} steps of {plan.said['step_minutes']} min")
    )
    return rows


def view(plan: Schedule) -> list[Any]:
    """Return all that a page shows of a schedule."""
    best = plan.best_policy
    beside = f" Beside each: {best[0]}, the best of what operators do today." if best else ""
    return [
        parts.section("results", "What it comes to", parts.key_figures(key_figures(plan)), _policies(plan),
                      intro=f"{_span(plan)}.{beside}"),
        parts.section("live", "Ports, as time goes on", *_live(plan)),
        parts.section("power", "Power, vehicles and cost", _station(plan), _vehicles(plan), _hours(plan)),
        parts.section("binds", "What binds", html.Ul([html.Li(one) for one in plan.said.get("binds") or ["It was not asked for."]])),
        parts.section("less", "Who gets less, and why", _less(plan)),
    ]  # fmt: skip


def _span(plan: Schedule) -> str:
    begin, end = plan.edges[0], plan.edges[-1]
    title = f"{plan.said['title']}: " if plan.said["title"] else ""
    return f"{title}{len(plan.sessions):,} sessions, {begin:%a %d %b %Y %H:%M} to {end:%a %d %b %H:%M}, {plan.said['timezone']}"


def _policies(plan: Schedule) -> Any:
    """Return every policy beside the plan, on demand."""
    heads = ["", *(name for _, name, _ in KEYS)]
    rows = [
        [name, *(say(one[key], plan.currency) for key, _, say in KEYS)]
        for name, one in {"this plan": plan.figures, **(plan.said["policies"] or {})}.items()
    ]
    return parts.more("Beside every policy", parts.table("This plan and what operators do today", heads, rows))


def _live(plan: Schedule) -> list[Any]:
    """Return the picture of ports and what moves it; a script of the page draws it."""
    return [
        dcc.Store(id="live-data", data=plan.live() | {"begin": busiest(plan)}), dcc.Store(id="live-drawn"),
        html.Div([parts.button("play", "Play"), html.Div(id="slide", className="slide")], className="bar"),
        html.P(id="live-words", className="words"),
        html.Ul(id="ports", className="ports", **parts.attributes({"aria-label": "Ports"})),
        html.P(
            [html.Span([html.Span(className=f"key {state}"), said]) for state, said in STATES.items()], className="words keys"
        ),
    ]  # fmt: skip


def busiest(plan: Schedule) -> int:
    """Return the step in which vehicles take most."""
    return int(np.argmax(plan.station["vehicles_kw"]))


def _station(plan: Schedule) -> Any:
    own, at = plan.station, int(np.argmax(plan.station["import_kw"]))
    told = f"Import is highest at {plan.edges[at]:%a %H:%M}: {own['import_kw'][at]:,.1f} kW of {own['limit_kw'][at]:,.1f} kW."
    heads = ["begins", "vehicles, kW", "building, kW", "import, kW", "capacity, kW", f"price, {plan.currency}/kWh"]
    names = ("vehicles_kw", "load_kw", "import_kw", "limit_kw")
    rows = [
        [f"{plan.edges[k]:%Y-%m-%d %H:%M}", *(f"{own[name][k]:,.2f}" for name in names), f"{own['price_per_kwh'][k]:.4f}"]
        for k in range(plan.said["steps"])
    ]  # fmt: skip
    return parts.figure(
        "station",
        "Station power against its capacity",
        drawing.station(plan),
        told,
        _some("Station by step", heads, rows, file="station.csv"),
    )


def _vehicles(plan: Schedule) -> Any:
    there = np.isfinite(plan.power_map).sum(axis=0)
    at = int(np.argmax(there))
    told = f"Most vehicles are there at {plan.edges[at]:%a %H:%M}. Bright: much power; grey: waits; blank: away."
    heads = ["session", "port", "comes", "leaves", "asked, kWh", "delivered, kWh", "served"]
    rows = [
        [one["id"], str(one["port"]), _minute(plan.at(come)), _minute(plan.at(leave)), f"{one['asked_kwh']:,.2f}",
         f"{one['delivered_kwh']:,.2f}", words.percent(one["satisfaction"], 1)]
        for one, come, leave in zip(plan.sessions, plan.picture["come_h"], plan.picture["leave_h"], strict=True)
    ]  # fmt: skip
    return parts.figure(
        "vehicles", "Power of every vehicle", drawing.vehicles(plan), told, _some("Every session", heads, rows)
    )


def _hours(plan: Schedule) -> Any:
    bars = drawing.hours(plan)
    dearest = max(bars, key=lambda one: one[1])
    total = words.number(sum(cost for _, cost in bars), plan.currency, 2)
    told = f"Energy costs {total} in all; most from {dearest[0].replace('T', ' ')[:16]}."
    rows = [[at.replace("T", " ")[:16], f"{cost:,.2f}"] for at, cost in bars]
    table = parts.table("Cost of energy by hour", ["begins", plan.currency], rows)
    return parts.figure("by-hour", "Cost of energy by hour, less what export earns", drawing.by_hour(plan), told, table)


def _less(plan: Schedule) -> Any:
    """Return who gets less than asked for, those that lack most first."""
    lack = sorted(
        (one for one in plan.sessions if one["why_less"]), key=lambda one: one["delivered_kwh"] - one["asked_kwh"]
    )
    if not lack:
        return html.P("Everybody gets what was asked for.")
    rows = [[one["id"], f"{one['delivered_kwh']:,.1f}", f"{one['asked_kwh']:,.1f}", one["why_less"]] for one in lack]
    return _some("Sessions that get less", ["session", "gets, kWh", "asks, kWh", "why"], rows, told=True)


def _some(caption: str, heads: list[str], rows: list[list[str]], told: bool = False, file: str = "sessions.csv") -> Any:
    """Return a table, cut where it is long. file : that holds all of it."""
    shown = parts.table(caption, heads, rows[:MOST_ROWS], told)
    left = len(rows) - MOST_ROWS
    return shown if left <= 0 else html.Div([shown, html.P(f"And {left:,} more: download {file}.", className="words")])


def _minute(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
