"""Figures of risk as inline SVG: how likely which value is, what moves it, and what a grant makes sure."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.report.drawing import GRID, INK, LOST, PALE, STORE, SUN, axes_of, points, svg, tips

LINES = (
    (GRID, "-"),
    (LOST, "--"),
    (STORE, "-."),
    (SUN, ":"),
    ("#8a5aa8", (0, (5, 1))),
    (INK, (0, (1, 1))),
    ("#7a6a53", (0, (3, 1, 1, 1))),
)


def probability(npv: np.ndarray, marks: dict[str, float], currency: str) -> str:
    """Return how often each net present value comes, with P90, P50 and P10 marked."""
    figure, axes = axes_of(2.6)
    counts, edges, bars = axes.hist(npv / 1000, bins=60, color=PALE, edgecolor="none")
    below = np.cumsum(counts) / len(npv)
    told = (
        f"up to {edge:,.0f} thousand {currency}: {part:.1%} of the scenarios"
        for edge, part in zip(edges[1:], below, strict=True)
    )
    shown = tips(bars, told, "bin")
    top = axes.get_ylim()[1]
    for (name, value), (colour, line) in zip(marks.items(), LINES[:3], strict=True):
        axes.axvline(value / 1000, color=colour, linestyle=line, linewidth=1.3, label=f"{name} {value / 1000:,.0f}")
    if npv.min() < 0 < npv.max():
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.text(0, top * 0.97, " 0", fontsize=8, color=INK, va="top")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"net present value of all sites, thousand {currency}", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Distribution of the net present value over all scenarios", shown)


def tornado(bars: list[dict[str, Any]], planned: float, currency: str) -> str:
    """Return a bar for each driver: the net present value at its 10 % and at its 90 % value."""
    figure, axes = axes_of(0.7 + 0.36 * len(bars))
    shown: dict[str, str] = {}
    for row, bar in enumerate(reversed(bars)):
        for end, colour, hatch in (("at_low", GRID, ""), ("at_high", LOST, "///")):
            width, left = (bar[end] - planned) / 1000, planned / 1000
            drawn = axes.barh(
                row, width, left=left, height=0.6, color=colour, hatch=hatch, edgecolor="white", linewidth=0
            )
            shown |= tips(drawn, [f"{bar['driver']}: {bar[end]:,.0f} {currency}"], f"{end}-{row}")
    axes.axvline(planned / 1000, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(bars)), [bar["driver"] for bar in reversed(bars)])
    axes.set_xlabel(
        f"net present value, thousand {currency}; plain: at the driver's 10 % value, hatched: at its 90 %", fontsize=8
    )
    return svg(figure, "Net present value at each driver's low and high value", shown)


def spider(spider: dict[str, Any], changes: list[float], currency: str) -> str:
    """Return a line for each driver: the net present value over its change."""
    figure, axes = axes_of(2.8)
    shown: dict[str, str] = {}
    for (name, one), (colour, line) in zip(spider.items(), LINES):
        label = f"{name} (tenth of it, points)" if name == "interest" else name
        axes.plot(
            100 * np.array(changes),
            np.array(one["npv"]) / 1000,
            color=colour,
            linestyle=line,
            linewidth=1.4,
            label=label,
        )
        told = (
            f"{name} {100 * change:+.0f} %: {npv:,.0f} {currency}"
            for change, npv in zip(changes, one["npv"], strict=True)
        )
        shown |= points(axes, 100 * np.array(changes), np.array(one["npv"]) / 1000, told, f"spider-{len(shown)}")
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlabel("change of the driver, %", fontsize=8)
    axes.set_ylabel(f"NPV, thousand {currency}", fontsize=8)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return svg(figure, "Net present value over the change of each driver", shown)


def support(shares: list[float], chances: list[float], target: float) -> str:
    """Return the probability to reach the target return over the grant."""
    figure, axes = axes_of(2.2)
    axes.plot(100 * np.array(shares), 100 * np.array(chances), color=STORE, marker="o", markersize=3, linewidth=1.4)
    told = (f"grant of {share:.0%}: {chance:.1%}" for share, chance in zip(shares, chances, strict=True))
    shown = points(axes, 100 * np.array(shares), 100 * np.array(chances), told, "grant")
    axes.set_ylim(-2, 102)
    axes.axhline(90, color=INK, linewidth=0.6, linestyle=":")
    axes.text(100, 91, "90 %", fontsize=8, color=INK, ha="right")
    axes.set_xlabel("capital grant, % of construction", fontsize=8)
    axes.set_ylabel(f"chance of {100 * target:.0f} % return, %", fontsize=8)
    return svg(figure, "Probability to reach the target return, by grant", shown)


def grid(found: dict[str, Any], currency: str) -> str:
    """Return the net present value over two drivers as a table of shades, each with its figure."""
    figure, axes = axes_of(3.4)
    worth = np.array(found["npv"]) / 1000
    most = max(1e-9, float(np.abs(worth).max()))
    axes.imshow(worth, cmap="RdBu", vmin=-most, vmax=most, aspect="auto", origin="lower")
    for row, line in enumerate(worth):
        for column, value in enumerate(line):
            dark = abs(value) > 0.6 * most
            axes.text(
                column, row, f"{value:,.0f}", ha="center", va="center", fontsize=7, color="white" if dark else INK
            )
    axes.set_xticks(range(len(found["across"])), [_value(found["first"], x) for x in found["across"]])
    axes.set_yticks(range(len(found["down"])), [_value(found["second"], x) for x in found["down"]])
    axes.set_xlabel(found["first"], fontsize=8)
    axes.set_ylabel(found["second"], fontsize=8)
    axes.set_title(f"net present value, thousand {currency}", fontsize=8, loc="left", color=INK)
    return svg(figure, f"Net present value over {found['first']} and {found['second']}")


def _value(driver: str, value: float) -> str:
    return f"{100 * value:+.1f} pt" if driver == "interest" else f"{value:.2f}"
