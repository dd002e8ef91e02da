"""Figures as inline SVG, made with Matplotlib: cash flow, dispatch weeks, urban beside rural."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

INK, PALE = "#22303c", "#d7dde2"
GRID, SUN, STORE, LOAD, LOST = "#5b7a99", "#e0a526", "#3f8f6b", "#22303c", "#c4513d"
GIVE = "#8a5aa8"
FINE = re.compile(r"(?<![\d.])([1-9]\d*\.\d\d)\d+")  # hundredths of a point are finer than any screen
LETTERS: ContextVar[str] = ContextVar("letters", default="none")  # 'none': the reader's own fonts; 'path': drawn


@contextmanager
def drawn_paths() -> Iterator[None]:
    """Draw letters as paths meanwhile: for a page that is set elsewhere, whatever fonts are there."""
    token = LETTERS.set("path")
    try:
        yield
    finally:
        LETTERS.reset(token)


def axes_of(height: float = 2.9, width: float = 8.4) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    return figure, axes


def tips(bars: Any, texts: Iterable[str], of: str) -> dict[str, str]:
    """Name the bars of a figure, and return what each shows under the pointer, by its name."""
    told = {}
    for k, (bar, text) in enumerate(zip(bars, texts, strict=True)):
        bar.set_gid(f"{of}-{k}")
        told[f"{of}-{k}"] = text
    return told


def svg(figure: Any, said: str, shown: dict[str, str] | None = None) -> str:
    """Return a figure as an SVG element, with a text for those who cannot see it. shown : what parts of it show under the pointer."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "evplan", "svg.fonttype": LETTERS.get(), "font.family": "sans-serif"}):
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = FINE.sub(r"\1", text.getvalue())
    for name, tip in (shown or {}).items():
        svg = svg.replace(f'<g id="{name}">', f"<g><title>{escape(tip)}</title>", 1)
    return svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{said}"', 1)


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
