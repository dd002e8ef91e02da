"""Figures of schedules for a page: plain Plotly figures, whose texts and lines the page's style colours in light and dark."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np

from evplan.web.dashboard.schedule import Schedule

BLUE, ORANGE, GREEN, RED, GREY, PURPLE = (
    "#3a7ebf",
    "#d9730d",
    "#2c9a68",
    "#d64550",
    "#858c96",
    "#8b6fd0",
)  # 3:1 on white and on near-black
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
MOST_BARS = 72
CLEAR = "rgba(0,0,0,0)"
BAR = 0.85  # of its hours, how wide a bar is
POWERS = [
    [0, "#9aa3b2"],
    [0.001, "#414487"],
    [0.35, "#2a788e"],
    [0.7, "#7ad151"],
    [1, "#fde725"],
]  # who waits is grey, light or dark
FLAT: dict[str, Any] = {"tickangle": 0, "nticks": 7}  # a narrow screen has room for no more


def layout(height: int, **more: Any) -> dict[str, Any]:
    """Return the layout that all figures share."""
    right = 52 if "yaxis2" in more else 12
    return {
        "height": height, "autosize": True, "margin": {"l": 52, "r": right, "t": 8, "b": 36}, "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": 12}, "hovermode": "x unified", "hoverlabel": {"bgcolor": "#1d252d", "font": {"color": "#ffffff"}},
        "legend": {"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        "xaxis": axis(**FLAT), "yaxis": axis(), "dragmode": False, **more,
    }  # fmt: skip


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis."""
    return {"title": {"text": title, "standoff": 6}, "fixedrange": True, "zeroline": False, "automargin": True, **more}


def steps(name: str, x: list[str], values: Any, unit: str, **line: Any) -> dict[str, Any]:
    """Return a line that holds each value over its step. x : edges, one more than values."""
    y = [None if not math.isfinite(one) else one for one in np.append(values, np.asarray(values)[-1:]).tolist()]
    style = {"type": "scatter", "mode": "lines", "line": {"shape": "hv", "width": 1.6, **line.pop("line", {})}}
    return {"name": name, "x": x, "y": y, "hovertemplate": f"%{{y:,.2f}} {unit}", **style, **line}


def station(plan: Schedule) -> dict[str, Any]:
    """Return power of vehicles over the building, import, panels and battery against the capacity, and the price."""
    own, x = plan.station, plan.axis
    traces = []
    if own["load_kw"].any():
        traces.append(
            steps("building", x, own["load_kw"], "kW", stackgroup="use", fillcolor=_pale(GREY), line={"color": GREY})
        )
    vehicles = np.maximum(own["vehicles_kw"], 0.0)
    traces.append(steps("vehicles", x, vehicles, "kW", stackgroup="use", fillcolor=_pale(BLUE), line={"color": BLUE}))
    if own["solar_kw"].any():
        traces.append(steps("panels", x, own["solar_kw"], "kW", line={"color": ORANGE}))
    if own["battery_kw"].any():
        traces.append(steps("battery takes", x, own["battery_kw"], "kW", line={"color": PURPLE}))
    traces.append(steps("import", x, own["import_kw"], "kW", line={"color": GREEN, "width": 2}))
    traces.append(steps("capacity", x, own["limit_kw"], "kW", line={"color": RED, "dash": "dash"}))
    price = {"color": GREY, "dash": "dot", "width": 1.4}
    traces.append(
        steps("price, right", x, own["price_per_kwh"], f"{plan.currency}/kWh", line=price, yaxis="y2")
        | {"hovertemplate": f"%{{y:.4f}} {plan.currency}/kWh"}
    )
    y2 = axis(f"{plan.currency}/kWh", overlaying="y", side="right", showgrid=False, rangemode="tozero")
    return {"data": traces, "layout": layout(360, yaxis=axis("kW", rangemode="tozero"), yaxis2=y2)}


def vehicles(plan: Schedule) -> dict[str, Any]:
    """Return a map: a row for every vehicle by its arrival, a column for every step, as bright as its power."""
    image = np.round(plan.power_map, 2)
    z = [[None if math.isnan(cell) else cell for cell in row] for row in image.tolist()]
    bar = {"title": {"text": "kW"}, "thickness": 12, "outlinewidth": 0}
    drawn = {
        "type": "heatmap", "x": plan.axis, "y": [html.escape(name) for name in plan.row_names], "z": z,
        "colorscale": POWERS, "zmin": 0, "colorbar": bar, "hoverongaps": False,
        "hovertemplate": "%{y}, %{x|%a %H:%M}: %{z:.1f} kW<extra></extra>",
    }  # fmt: skip
    rows = axis(
        "vehicles, by arrival", type="category", autorange="reversed", showticklabels=False, showgrid=False, ticks=""
    )
    height = int(min(560, max(220, 80 + 7 * len(z))))
    margin = {"l": 30, "r": 8, "t": 8, "b": 36}
    return {
        "data": [drawn],
        "layout": layout(height, yaxis=rows, hovermode="closest", margin=margin, xaxis=axis(showgrid=False, **FLAT)),
    }


def hours(plan: Schedule) -> list[tuple[str, float]]:
    """Return what energy costs, less what export earns, hour by hour of the clock; longer plans by as many hours as fit."""
    paid = np.array(plan.picture["paid"])
    count, rest = _steps_of_bar(plan), plan.edges[0].minute % 60
    lead = round((60 - rest) / plan.said["step_minutes"]) if rest else 0  # the first bar ends with its hour
    firsts = np.unique(np.append(0, np.arange(lead, len(paid), count)))
    return [(plan.axis[k], float(cost)) for k, cost in zip(firsts.tolist(), np.add.reduceat(paid, firsts), strict=True)]


def _steps_of_bar(plan: Schedule) -> int:
    return max(round(1 / plan.step_h), math.ceil(plan.said["steps"] / MOST_BARS))


def by_hour(plan: Schedule) -> dict[str, Any]:
    """Return the cost of energy by hour as bars, each from its begin on."""
    bars = hours(plan)
    ends = np.array([*(at for at, _ in bars), plan.axis[-1]], "datetime64[ms]")
    wide_ms = (BAR * np.diff(ends).astype(float)).tolist()
    drawn = {
        "type": "bar", "x": [at for at, _ in bars], "y": [round(cost, 4) for _, cost in bars], "marker": {"color": BLUE}, "name": "cost",
        "width": wide_ms, "offset": 0, "hovertemplate": f"%{{y:,.2f}} {plan.currency}",
    }  # fmt: skip
    return {"data": [drawn], "layout": layout(240, yaxis=axis(plan.currency), showlegend=False)}


def two(a: Schedule, b: Schedule) -> dict[str, Any]:
    """Return the imports and capacities of two plans in one figure; by their own clocks."""
    traces = [
        steps("import, A", a.axis, a.station["import_kw"], "kW", line={"color": BLUE, "width": 2}),
        steps("import, B", b.axis, b.station["import_kw"], "kW", line={"color": ORANGE, "width": 2}),
        steps("capacity, A", a.axis, a.station["limit_kw"], "kW", line={"color": BLUE, "dash": "dash", "width": 1.2}),
        steps("capacity, B", b.axis, b.station["limit_kw"], "kW", line={"color": ORANGE, "dash": "dash", "width": 1.2}),
    ]
    return {"data": traces, "layout": layout(320, yaxis=axis("kW", rangemode="tozero"))}


def _pale(colour: str) -> str:
    """Return a colour that one can see through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
