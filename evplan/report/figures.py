"""Figures as inline SVG, made with Matplotlib: cash flow, dispatch weeks, urban beside rural."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

INK, PALE = "#22303c", "#d7dde2"
GRID, SUN, STORE, LOAD, LOST = "#5b7a99", "#e0a526", "#3f8f6b", "#22303c", "#c4513d"
GIVE = "#8a5aa8"


def axes_of(height: float = 2.9, width: float = 8.4) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    return figure, axes


def svg(figure: Any, said: str) -> str:
    """Return a figure as an SVG element, with a text for those who cannot see it."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "evplan", "svg.fonttype": "none", "font.family": "sans-serif"}):
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{said}"', 1)


def cashflow(flow: pd.DataFrame, currency: str) -> str:
    """Return yearly net cash as bars and its running sum as a line."""
    figure, axes = axes_of()
    colours = [LOST if net < 0 else STORE for net in flow["net"]]
    axes.bar(flow["year"], flow["net"] / 1000, color=colours, width=0.7)
    axes.plot(
        flow["year"],
        flow["cumulative_net"] / 1000,
        color=INK,
        marker="o",
        markersize=3,
        linewidth=1.2,
        label="running sum",
    )
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlabel("year of operation (0: construction)", fontsize=8)
    axes.set_ylabel(f"thousand {currency}, nominal, after tax", fontsize=8)
    axes.set_title("bars: net cash of the year", fontsize=8, loc="left", color=INK)
    axes.legend(fontsize=8, frameon=False)
    return svg(figure, "Net cash flow by year and its running sum")


def week(dispatch: pd.DataFrame, title: str) -> str:
    """Return one week of a site: what supplies and what the vehicles and the battery take."""
    figure, axes = axes_of(3.0)
    day = (dispatch["start"] - dispatch["start"].iloc[0]).dt.total_seconds() / 86400
    sources = [("grid", "import_kw", GRID), ("solar", "solar_used_kw", SUN), ("battery gives", "discharge_kw", STORE)]
    managed = "as_soon_as_possible_kw" in dispatch and dispatch["as_soon_as_possible_kw"].notna().any()
    sources += [("vehicles give", "v2g_bus_kw", GIVE)] if managed else []
    labels, names, colours = zip(*(s for s in sources if s[0] == "grid" or dispatch[s[1]].max() > 0.05), strict=True)
    axes.stackplot(day, *(dispatch[name] for name in names), step="post", labels=labels, colors=colours, alpha=0.85)
    served = dispatch[[c for c in dispatch if c.startswith("served_")]].sum(axis=1)
    axes.step(day, served, where="post", color=LOAD, linewidth=1.1, label="into vehicles")
    if managed:
        soonest = dispatch["as_soon_as_possible_kw"]
        axes.step(day, soonest, where="post", color=LOST, linewidth=0.8, linestyle=":", label="as soon as possible")
    elif (dispatch["turned_away_kw"] > 0.5).any():
        axes.step(
            day,
            served + dispatch["turned_away_kw"],
            where="post",
            color=LOST,
            linewidth=0.8,
            linestyle=":",
            label="wanted",
        )
    if dispatch["charge_kw"].max() > 0.05:
        axes.fill_between(day, -dispatch["charge_kw"], 0, step="post", color=STORE, alpha=0.45, label="battery takes")
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlim(0, 7)
    axes.set_xticks(range(7), [f"{d:%a %d %b}" for d in dispatch["start"].iloc[:: max(1, len(dispatch) // 7)][:7]])
    axes.set_ylabel("kW", fontsize=8)
    axes.set_title(title, fontsize=9, loc="left", color=INK)
    axes.legend(fontsize=7, frameon=False, ncols=7, loc="upper left", bbox_to_anchor=(0, -0.12))
    return svg(figure, title)


def survival(chances: dict[str, list[float]]) -> str:
    """Return the chance to come through an outage, by its length, a line for each site."""
    figure, axes = axes_of(2.3)
    for (name, chance), colour in zip(chances.items(), itertools.cycle((STORE, GRID, SUN, LOST, INK))):
        axes.plot(range(1, len(chance) + 1), chance, color=colour, marker="o", markersize=3, linewidth=1.2, label=name)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(range(0, 25, 4))
    axes.set_xlabel("length of the outage, hours", fontsize=8)
    axes.set_ylabel("chance to carry all", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Chance to carry the whole critical load through an outage, by its length")


def settings(groups: dict[str, dict[str, Any]], currency: str) -> str:
    """Return urban and rural side by side: levelised cost, and support needed, per kWh."""
    figure, axes = axes_of(1.9)
    names = list(groups)
    cost = [groups[name]["lcoc_per_kwh"] or 0 for name in names]
    support = [groups[name]["viability_gap"]["per_kwh"] or 0 for name in names]
    places = range(len(names))
    axes.barh([p + 0.19 for p in places], cost, height=0.36, color=GRID, label="levelised cost of charging")
    axes.barh([p - 0.19 for p in places], support, height=0.36, color=LOST, label="support needed")
    axes.set_yticks(places, names)
    axes.set_xlabel(f"{currency} per kWh", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Levelised cost and support needed, urban and rural")
