"""Figures as inline SVG, made with Matplotlib: cash flow, dispatch weeks, urban beside rural."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from evplan.report.drawing import GIVE, GRID, INK, LOAD, LOST, STORE, SUN, axes_of, points, svg, tips

if TYPE_CHECKING:
    import pandas as pd


def cashflow(flow: pd.DataFrame, currency: str) -> str:
    """Return yearly net cash as bars and its running sum as a line."""
    figure, axes = axes_of()
    colours = [LOST if net < 0 else STORE for net in flow["net"]]
    bars = axes.bar(flow["year"], flow["net"] / 1000, color=colours, width=0.7)
    told = (f"year {year}: {net:,.0f} {currency}" for year, net in zip(flow["year"], flow["net"], strict=True))
    shown = tips(bars, told, "cash")
    axes.plot(
        flow["year"],
        flow["cumulative_net"] / 1000,
        color=INK,
        marker="o",
        markersize=3,
        linewidth=1.2,
        label="running sum",
    )
    sums = flow["cumulative_net"]
    told = (f"running sum after year {year}: {at:,.0f} {currency}" for year, at in zip(flow["year"], sums, strict=True))
    shown |= points(axes, flow["year"], sums / 1000, told, "sum")
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlabel("year of operation (0: construction)", fontsize=8)
    axes.set_ylabel(f"thousand {currency}, nominal, after tax", fontsize=8)
    axes.set_title("bars: net cash of the year", fontsize=8, loc="left", color=INK)
    axes.legend(fontsize=8, frameon=False)
    return svg(figure, "Net cash flow by year and its running sum", shown)


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
    return svg(figure, title, _days(axes, dispatch, day, sources, served))


def _days(
    axes: Any, dispatch: pd.DataFrame, day: pd.Series, sources: list[tuple[str, str, str]], served: pd.Series
) -> dict[str, str]:
    """Lay each day of a week open to the pointer: its energy by source, and what vehicles got."""
    shown = {}
    for k in range(7):
        own = (day >= k) & (day < k + 1)
        if own.any():
            hours = dispatch.loc[own, "step_h"]
            lines = [
                *((name, dispatch.loc[own, column]) for name, column, _ in sources),
                ("into vehicles", served[own]),
            ]
            parts = (
                f"{name} {line @ hours:,.0f} kWh, at most {line.max():,.0f} kW"
                for name, line in lines
                if line.max() > 0.05
            )
            axes.axvspan(k, k + 1, alpha=0, color=INK, linewidth=0, gid=f"day-{k}", zorder=9)
            shown[f"day-{k}"] = f"{dispatch.loc[own, 'start'].iloc[0]:%a %d %b}: {'; '.join(parts)}"
    return shown


def survival(chances: dict[str, list[float]]) -> str:
    """Return the chance to come through an outage, by its length, a line for each site."""
    figure, axes = axes_of(2.3)
    shown: dict[str, str] = {}
    for (name, chance), colour in zip(chances.items(), itertools.cycle((STORE, GRID, SUN, LOST, INK))):
        hours = range(1, len(chance) + 1)
        axes.plot(hours, chance, color=colour, marker="o", markersize=3, linewidth=1.2, label=name)
        told = (f"{name}, {hour} h: {100 * part:.0f} %" for hour, part in zip(hours, chance, strict=True))
        shown |= points(axes, hours, chance, told, f"survival-{len(shown)}")
    axes.set_ylim(0, 1.02)
    axes.set_xticks(range(0, 25, 4))
    axes.set_xlabel("length of the outage, hours", fontsize=8)
    axes.set_ylabel("chance to carry all", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Chance to carry the whole critical load through an outage, by its length", shown)


def settings(groups: dict[str, dict[str, Any]], currency: str) -> str:
    """Return urban and rural side by side: levelised cost, and support needed, per kWh."""
    figure, axes = axes_of(1.9)
    names = list(groups)
    cost = [groups[name]["lcoc_per_kwh"] or 0 for name in names]
    support = [groups[name]["viability_gap"]["per_kwh"] or 0 for name in names]
    places = range(len(names))
    shown: dict[str, str] = {}
    for amounts, place, colour, hatch, label in (
        (cost, 0.19, GRID, "", "levelised cost of charging"), (support, -0.19, LOST, "///", "support needed"),
    ):  # fmt: skip
        bars = axes.barh(
            [p + place for p in places],
            amounts,
            height=0.36,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            label=label,
        )
        texts = (f"{name}: {label} {amount:.3f} {currency}/kWh" for name, amount in zip(names, amounts, strict=True))
        shown |= tips(bars, texts, label.split()[0])
    axes.set_yticks(places, names)
    axes.set_xlabel(f"{currency} per kWh", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Levelised cost and support needed, urban and rural", shown)


def runs(groups: dict[str, dict[str, Any]], currency: str) -> str:
    """Return several runs' construction cost and net present value, a pair of bars for each."""
    figure, axes = axes_of(0.9 + 0.5 * len(groups))
    places = range(len(groups))
    shown: dict[str, str] = {}
    for field, place, colour, hatch, label in (
        ("capex", -0.19, GRID, "", "construction"), ("npv", 0.19, STORE, "///", "net present value"),
    ):  # fmt: skip
        amounts = [group[field] for group in groups.values()]
        bars = axes.barh(
            [p + place for p in places], [amount / 1000 for amount in amounts], height=0.36, color=colour, hatch=hatch, edgecolor="white",
            linewidth=0, label=label,
        )  # fmt: skip
        shown |= tips(
            bars, (f"{name}: {label} {amount:,.0f} {currency}" for name, amount in zip(groups, amounts)), field
        )
    axes.axvline(0, color=INK, linewidth=0.6)
    axes.set_yticks(places, list(groups))
    axes.invert_yaxis()
    axes.set_xlabel(f"thousand {currency}", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Construction cost and net present value of each run", shown)
