"""Figures of a feeder's day: the trade-off, unbalance, voltages and panels with and without control, hosting capacity, and a map."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.feeder.control.front import Front
from evplan.feeder.control.operation import Operation
from evplan.feeder.planning.envelopes import Envelopes
from evplan.feeder.planning.hosting import Hosted
from evplan.feeder.tables import clock
from evplan.report.drawing import GIVE, GRID, INK, LOST, PALE, STORE, SUN, axes_of, svg

NONE, PLAN = LOST, STORE


def trade_off(front: Front) -> str:
    """Return unbalance against what panels give up, with the baselines and the point that is chosen."""
    figure, axes = axes_of(3.2)
    at = np.array([(100 * one.curtailed_share, one.unbalance_a) for one in front.points]).reshape(-1, 2)
    axes.plot(*at.T, "o-", color=STORE, markersize=4, linewidth=1, label="control")
    for one, colour, mark in zip(front.baselines, (LOST, SUN, GIVE), ("X", "s", "D"), strict=True):
        axes.plot(100 * one.curtailed_share, one.unbalance_a, mark, color=colour, markersize=7, label=one.name)
    axes.plot(
        100 * front.chosen.curtailed_share,
        front.chosen.unbalance_a,
        "o",
        markersize=11,
        markerfacecolor="none",
        color=INK,
        label="chosen",
    )
    axes.set_xlabel("panels' energy that is given up, %", fontsize=8, color=INK)
    axes.set_ylabel("unbalance, A", fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False)
    return svg(figure, "Unbalance against curtailment")


def unbalance(front: Front) -> str:
    """Return neutral current by step, with and without control."""
    figure, axes = _by_time(front.chosen)
    for one, colour, name in _both(front):
        axes.stairs(
            one.metrics.neutral_a, np.arange(len(one.metrics.neutral_a) + 1), color=colour, linewidth=1.3, label=name
        )
    axes.set_ylabel("neutral current at the head, A", fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False)
    return svg(figure, "Neutral current at the head by time")


def voltages(front: Front) -> str:
    """Return the band of customers' voltages by step, with and without control, and its limits."""
    figure, axes = _by_time(front.chosen)
    limits = front.chosen.day.study.limits
    for one, colour, name in _both(front):
        low, high = one.metrics.lowest_pu, one.metrics.highest_pu
        x = np.arange(len(low)) + 0.5
        axes.fill_between(x, low, high, color=colour, alpha=0.3, linewidth=0, step="mid", label=name)
    for level in (limits.lowest_pu, limits.highest_pu):
        axes.axhline(level, color=INK, linestyle="--", linewidth=0.9)
    axes.set_ylabel("customers' voltages, p.u.", fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False, loc="upper right")
    return svg(figure, "Band of customers' voltages by time")


def powers(front: Front) -> str:
    """Return what vehicles draw with and without control, and what panels could give and give."""
    figure, axes = _by_time(front.chosen)
    day, edges = front.chosen.day, np.arange(front.chosen.charge_kw.shape[1] + 1)
    axes.stairs(day.panel_kw.sum(axis=0), edges, color=SUN, linestyle=":", linewidth=1.2, label="panels could give")
    axes.stairs(
        (day.panel_kw - front.chosen.curtailed_kw).sum(axis=0),
        edges,
        fill=True,
        color=SUN,
        alpha=0.4,
        label="panels give",
    )
    for one, colour, name in _both(front):
        axes.stairs(one.charge_kw.sum(axis=0), edges, color=colour, linewidth=1.3, label=f"vehicles, {name}")
    axes.stairs(day.load.real.sum(axis=0) / 1000, edges, color=GRID, linewidth=1, label="customers")
    axes.set_ylabel("kW", fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False, ncols=3)
    return svg(figure, "Power of vehicles, panels and customers by time")


def hosted(found: Hosted, kind: str) -> str:
    """Return in which part of orders limits are passed, by the share of customers that have one."""
    figure, axes = axes_of(2.8)
    axes.plot(100 * found.share, 100 * found.passed, color=LOST, linewidth=1.5)
    axes.set_xlabel(f"customers with {kind}, %", fontsize=8, color=INK)
    axes.set_ylabel("orders that pass a limit, %", fontsize=8, color=INK)
    axes.set_ylim(-2, 102)
    return svg(figure, f"Risk of passing a limit by the share of customers with {kind}")


def envelope(found: Envelopes, one: Operation) -> str:
    """Return the least and mean of what connections may draw and give, by step."""
    figure, axes = _by_time(one)
    x = np.arange(found.draw_kw.shape[1]) + 0.5
    for kw, colour, name in ((found.draw_kw, GRID, "may draw"), (-found.give_kw, SUN, "may give")):
        axes.fill_between(x, kw.min(axis=0), kw.max(axis=0), color=colour, alpha=0.25, linewidth=0, step="mid")
        axes.plot(
            x,
            kw.mean(axis=0),
            color=colour,
            linewidth=1.3,
            drawstyle="steps-mid",
            label=f"{name} (mean; band: all connections)",
        )
    axes.axhline(0, color=PALE, linewidth=0.8)
    axes.set_ylabel("kW of a connection", fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False)
    return svg(figure, "Operating envelopes by time")


def network(front: Front) -> str | None:
    """Return a map of the network, lines as thick as they are loaded and customers as their lowest voltage is; None without places."""
    network, one = front.chosen.day.network, front.nothing
    if len(network.place) < 2:
        return None
    figure, axes = axes_of(4.2)
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for branch in network.branches:
        if branch.start in network.place and branch.end in network.place:
            axes.plot(
                *zip(network.place[branch.start], network.place[branch.end], strict=True),
                color=PALE,
                linewidth=1.6,
                zorder=1,
            )
    swing = np.abs(one.voltages_pu - 1).max(axis=1, initial=0.0)
    names = one.day.flow.legs.names
    there = [k for k, (bus, _, _) in enumerate(names) if bus in network.place]
    at = np.array([network.place[names[k][0]] for k in there]).reshape(-1, 2)
    shown = axes.scatter(
        *at.T, c=100 * swing[there], s=22, cmap="YlOrRd", vmin=0, edgecolor=INK, linewidth=0.3, zorder=2
    )
    bar = figure.colorbar(shown, ax=axes, shrink=0.6, pad=0.01)
    bar.set_label("farthest from rated voltage, %, no control", fontsize=7, color=INK)
    bar.ax.tick_params(labelsize=7, colors=INK)
    return svg(figure, "Map of the feeder and its voltages")


def _both(front: Front) -> list[tuple[Operation, str, str]]:
    own = [(front.nothing, NONE, "no control")]
    return own if front.chosen is front.nothing else [*own, (front.chosen, PLAN, f"control ({front.chosen.name})")]


def _by_time(one: Operation) -> tuple[Any, Any]:
    """Return axes over the day's steps with its times."""
    figure, axes = axes_of(2.7)
    times = clock(one.day)
    every = max(1, len(times) // 8)
    axes.set_xticks(np.arange(0, len(times), every), times[::every])
    axes.set_xlim(0, len(times))
    return figure, axes
