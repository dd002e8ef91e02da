"""Figures of plans for a page: dispatch of a week or a mean day, cash flow by year, urban beside rural."""

from __future__ import annotations

import datetime
from typing import Any

from evplan.web.dashboard.drawing import BLUE, FLAT, GREEN, GREY, ORANGE, PURPLE, RED, axis, layout, steps
from evplan.web.dashboard.plan import Plan

LEAST_KW = 0.05
SUPPLY = {
    "import_kw": ("grid", GREY),
    "solar_used_kw": ("solar", ORANGE),
    "discharge_kw": ("battery gives", GREEN),
    "v2g_bus_kw": ("vehicles give", PURPLE),
}


def dispatch(series: dict[str, Any]) -> dict[str, Any]:
    """Return what supplies a site and what vehicles and the battery take. series : of dispatch_task.py."""
    start, hours = series["start"], datetime.timedelta(hours=series["step_h"])
    x = [*start, (datetime.datetime.fromisoformat(start[-1]) + hours).isoformat()]
    traces = []
    for name, (label, colour) in SUPPLY.items():
        if name == "import_kw" or max(series.get(name, [0.0])) > LEAST_KW:
            stacked = {"stackgroup": "supply", "line": {"color": colour, "width": 0.8}}
            traces.append(steps(label, x, series[name], "kW", **stacked))
    if max(series["charge_kw"]) > LEAST_KW:
        taken = [-value for value in series["charge_kw"]]
        traces.append(steps("battery takes", x, taken, "kW", line={"color": GREEN, "dash": "dash"}))
    traces.append(steps("into vehicles", x, series["served_kw"], "kW", line={"color": BLUE, "width": 2}))
    if max(series["turned_away_kw"]) > LEAST_KW:
        wanted = [got + away for got, away in zip(series["served_kw"], series["turned_away_kw"], strict=True)]
        traces.append(steps("wanted", x, wanted, "kW", line={"color": RED, "dash": "dot"}))
    clock = axis(tickformat="%H:%M" if start[0].startswith("2000-") else "%a<br>%d %b", **FLAT)
    return {"data": traces, "layout": layout(340, yaxis=axis("kW"), xaxis=clock)}


def cashflow(years: list[dict[str, float]], currency: str) -> dict[str, Any]:
    """Return yearly net cash as bars and its running sum as a line."""
    x, net = [int(year["year"]) for year in years], [year["net"] / 1000 for year in years]
    unit = f"%{{y:,.1f}} thousand {currency}"
    bars = {
        "type": "bar", "name": "net cash of the year", "x": x, "y": net, "hovertemplate": unit,
        "marker": {"color": [RED if value < 0 else GREEN for value in net]},
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines+markers", "name": "running sum", "x": x, "y": [year["cumulative_net"] / 1000 for year in years],
        "line": {"color": BLUE, "width": 2}, "hovertemplate": unit,
    }  # fmt: skip
    at = axis("year of operation (0: construction)", dtick=max(1, len(x) // 8), tickangle=0)
    return {
        "data": [bars, line],
        "layout": layout(340, xaxis=at, yaxis=axis(f"thousand {currency}", zeroline=True), bargap=0.25),
    }


def settings(plan: Plan) -> dict[str, Any]:
    """Return levelised cost of charging and of energy, and the support needed, of urban and rural sites, per kWh."""
    groups = plan.said["settings"]
    bars = []
    for name, colour in zip(groups, (BLUE, ORANGE)):
        one = groups[name]
        values = [one["lcoc_per_kwh"], one["lcoe_per_kwh"], one["viability_gap"]["per_kwh"]]
        bars.append({
            "type": "bar", "name": name, "x": ["cost of<br>charging", "cost of<br>energy", "support<br>needed"], "y": values,
            "marker": {"color": colour}, "hovertemplate": f"%{{y:.3f}} {plan.currency}/kWh",
        })  # fmt: skip
    return {"data": bars, "layout": layout(300, yaxis=axis(f"{plan.currency}/kWh"), barmode="group")}
