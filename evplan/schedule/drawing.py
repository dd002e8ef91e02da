"""Figures of a schedule: station power against capacity, a map of every vehicle's power, and cost by hour."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.report.drawing import GRID, INK, LOST, PALE, STORE, SUN, axes_of, svg, tips
from evplan.schedule.flows import Decision, flows
from evplan.schedule.problem import Problem

MOST_ROWS = 400  # of the map: more vehicles are means of neighbours
MOST_BARS = 72


def station(problem: Problem, decision: Decision) -> str:
    """Return power of vehicles, the building, panels and the grid against the limit, with the price under it."""
    figure, axes = axes_of(3.4)
    times, h, own = _edges(problem), problem.step_h, flows(problem, decision)
    vehicles = problem.by_step(decision.drawn - decision.given) / h
    axes.stairs(problem.base_kwh / h + vehicles, times, fill=True, color=STORE, alpha=0.75, label="vehicles")
    if problem.base_kwh.any():
        axes.stairs(problem.base_kwh / h, times, fill=True, color=PALE, label="building")
    if problem.solar_kwh.any():
        axes.stairs(problem.solar_kwh / h, times, color=SUN, linewidth=1.3, label="panels")
    axes.stairs(own.drawn / h, times, color=INK, linewidth=1.2, label="import")
    axes.stairs(problem.limit_kwh / h, times, color=LOST, linestyle="--", linewidth=1.2, label="limit")
    axes.set_ylabel("kW", color=INK, fontsize=8)
    price = axes.twinx()
    price.stairs(
        problem.price, times, color=GRID, linewidth=0.9, linestyle=":", baseline=None, label="price per kWh (right)"
    )
    price.spines[["top"]].set_visible(False)
    price.tick_params(labelsize=7, colors=GRID)
    lines, names = axes.get_legend_handles_labels()
    more, priced = price.get_legend_handles_labels()
    where = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 6}
    axes.legend(lines + more, names + priced, fontsize=7, frameon=False, **where)
    _clock(axes, problem)
    return svg(figure, "Station power against its limit, kW by time")


def vehicles(problem: Problem, decision: Decision) -> str:
    """Return a map: a row for every vehicle by its arrival, a column for every step, as dark as its power; blank where it is away."""
    figure, axes = axes_of(min(6.0, 1.6 + 0.06 * len(problem.sessions)))
    image = power_map(problem, decision)
    drawn = axes.imshow(
        image, aspect="auto", interpolation="nearest", cmap="viridis", extent=(*_edges(problem)[[0, -1]], len(image), 0)
    )
    bar = figure.colorbar(drawn, ax=axes, pad=0.01)
    bar.set_label("kW", fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=7, colors=INK)
    axes.set_ylabel("vehicles, by arrival", fontsize=8, color=INK)
    axes.set_yticks([])
    _clock(axes, problem)
    return svg(figure, "Power of every vehicle by time, kW")


def power_map(problem: Problem, decision: Decision) -> np.ndarray:
    """Return kW by vehicle and step, shape (rows, steps), vehicles by arrival; NaN where one is away. Rows of many vehicles are means."""
    order = np.argsort(np.argsort(problem.sessions.arrival_s, kind="stable"))
    rows = min(len(order), MOST_ROWS)
    row = (order * rows // max(len(order), 1))[problem.columns.session]
    place, size = row * problem.steps + problem.columns.step, rows * problem.steps
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, (decision.drawn - decision.given) / problem.step_h, size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(rows, problem.steps)


def by_hour(problem: Problem, decision: Decision, currency: str) -> str:
    """Return what energy costs, hour by hour; longer plans by parts of as many hours as fit."""
    figure, axes = axes_of(2.4)
    own = flows(problem, decision)
    paid = problem.price * own.drawn - problem.export_price * own.exported
    per = max(round(1 / problem.step_h), int(np.ceil(problem.steps / MOST_BARS)))
    firsts = np.arange(0, problem.steps, per)
    sums, starts = np.add.reduceat(paid, firsts), _edges(problem)[firsts]
    bars = axes.bar(starts, sums, width=0.9 * per * problem.step_h / 24, align="edge", color=GRID)
    hours = per * problem.step_h
    texts = [
        f"{problem.clock.start[k]:%Y-%m-%d %H:%M}, {hours:g} h: {cost:,.2f} {currency}"
        for k, cost in zip(firsts, sums, strict=True)
    ]
    axes.set_ylabel(f"{currency} in {hours:g} h", fontsize=8, color=INK)
    _clock(axes, problem)
    return svg(figure, f"Cost of energy by time, {currency}", tips(bars, texts, "cost"))


def _edges(problem: Problem) -> np.ndarray:
    """Return the edges of steps in days, as axes count them, shape (steps + 1,)."""
    from matplotlib.dates import date2num

    begin = date2num(problem.clock.start[0].tz_convert("UTC").replace(tzinfo=None))
    return begin + problem.step_h / 24 * np.arange(problem.steps + 1)


def _clock(axes: Any, problem: Problem) -> None:
    """Write local times below a figure."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    zone = problem.clock.start.tz
    locator = AutoDateLocator(tz=zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))
    axes.tick_params(axis="x", labelsize=7, colors=INK)
    axes.set_xlim(*_edges(problem)[[0, -1]])
