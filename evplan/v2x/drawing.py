"""Figures of policies side by side: what each costs, a day at the transformers, and how well drivers are served."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.report.drawing import GIVE, GRID, INK, LOAD, LOST, PALE, STORE, SUN, axes_of, svg, tips
from evplan.v2x.metrics import Became, served_share
from evplan.v2x.scene import Scene

COLOURS = (STORE, GRID, SUN, GIVE, LOST, LOAD, "#7f8c4a", "#3d6f73", "#a2673f", "#6d6a75", "#99ad3c")


def costs(said: dict[str, Any]) -> str:
    """Return a bar for each policy: mean cost of a world, with the bound that nobody can be below."""
    rows, currency = said["policies"], said["currency"]
    figure, axes = axes_of(0.9 + 0.3 * len(rows))
    values = [row["cost"] for row in rows.values()]
    bars = axes.barh(list(rows), values, color=[COLOURS[i % len(COLOURS)] for i in range(len(rows))], height=0.7)
    axes.invert_yaxis()
    axes.axvline(0, color=PALE, linewidth=0.8)
    best = next((row["cost"] - row["regret"] for row in rows.values() if row.get("regret") is not None), None)
    if best is not None:
        axes.axvline(best, color=INK, linestyle="--", linewidth=1)
    axes.set_xlabel(f"{currency} a world, less what drivers pay; dashed: nobody can be below", fontsize=8, color=INK)
    texts = [f"{name}: {value:,.2f} {currency}" for name, value in zip(rows, values, strict=True)]
    return svg(figure, "Mean cost of each policy", tips(bars, texts, "policy"))


def day(scene: Scene, became: list[Became], transformer: int) -> str:
    """Return the power through a transformer in the first world under every policy, against its limit, over the price."""
    figure, axes = axes_of(3.2)
    own, h = scene.traces, scene.traces.step_h
    edges = np.arange(own.steps + 1) * h
    for i, one in enumerate(became):
        if one.record is not None:
            colour = COLOURS[i % len(COLOURS)]
            axes.stairs(
                one.record.net_kw[:, 0, transformer],
                edges,
                baseline=None,
                color=colour,
                linewidth=1.3,
                label=one.policy,
            )
    limit, bare = (
        own.nodes.limit_kw[:, 0, transformer],
        own.nodes.load_kw[:, 0, transformer] - own.nodes.solar_kw[:, 0, transformer],
    )
    axes.stairs(bare, edges, fill=True, color=PALE, zorder=0, label="without vehicles")
    drawn = max(float(np.abs(one.record.net_kw[:, 0, transformer]).max()) for one in became if one.record is not None)
    if limit.min() <= 1.5 * drawn:
        axes.stairs(limit, edges, baseline=None, color=LOST, linestyle="--", linewidth=1.1, label="limit")
    axes.set_ylabel("kW", fontsize=8, color=INK)
    price = axes.twinx()
    price.stairs(
        own.outside.buy[:, 0],
        edges,
        baseline=None,
        color=GRID,
        linestyle=":",
        linewidth=0.9,
        label="price per kWh (right)",
    )
    price.spines[["top"]].set_visible(False)
    price.tick_params(labelsize=7, colors=GRID)
    _legend(axes, price)
    _clock(axes, scene)
    return svg(figure, f"Power through {scene.site.transformers[transformer].name}, kW by time")


def satisfaction(became: list[Became]) -> str:
    """Return for each policy the share of vehicles that left with less than a part of their wish."""
    figure, axes = axes_of(2.7)
    for i, one in enumerate(became):
        share = served_share(one.stays, one.outcome)
        share = np.sort(share[~np.isnan(share)])
        if len(share):
            colour = COLOURS[i % len(COLOURS)]
            axes.step(np.append(share, 1.0), np.append(np.arange(len(share)), len(share)) / len(share), where="post", color=colour,
                      linewidth=1.3, label=one.policy)  # fmt: skip
    axes.set_xlim(0, 1.005)
    axes.set_ylim(0, None)
    axes.set_xlabel("part of the wish", fontsize=8, color=INK)
    axes.set_ylabel("vehicles with less", fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=6)
    return svg(figure, "How many vehicles leave with less than a part of their wish")


def _legend(axes: Any, price: Any) -> None:
    lines, names = axes.get_legend_handles_labels()
    more, priced = price.get_legend_handles_labels()
    axes.legend(
        lines + more, names + priced, fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=6
    )


def _clock(axes: Any, scene: Scene) -> None:
    """Label hours of the day."""
    hours = scene.traces.steps * scene.traces.step_h
    first = scene.start[0].hour + scene.start[0].minute / 60
    every = 3 if hours <= 48 else 12 if hours <= 24 * 8 else 24
    ticks = np.arange(-first % every, hours + 1e-9, every)
    axes.set_xticks(
        ticks,
        [f"{(first + tick) % 24:02.0f}:00" for tick in ticks] if hours <= 48 else [f"{tick:.0f} h" for tick in ticks],
    )
    axes.set_xlim(0, hours)
