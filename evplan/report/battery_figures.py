"""Figures of a plan's battery, of a trained ageing model and of a forecast, as SVG."""

from __future__ import annotations

from typing import Any

from evplan.report.drawing import GRID, INK, LOST, PALE, STORE, SUN, axes_of, points, svg, tips

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def predicted(pairs: dict[str, tuple[Any, Any]], importance: dict[str, float], title: str) -> str:
    """Return actual against predicted loss, in and out of range, beside what each feature is worth."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 2.9), layout="constrained")
    axes = figure.subplots(1, 3)
    for part, (name, (actual, forecast)) in zip(axes, pairs.items(), strict=False):
        part.plot(100 * actual, 100 * forecast, ".", markersize=2, color=GRID, alpha=0.5, rasterized=True)
        part.plot([0, 100], [0, 100], color=INK, linewidth=0.7)
        part.set(xlim=(0, 60), ylim=(0, 60))
        part.set_title(f"loss of capacity, %, {name}", fontsize=8, loc="left", color=INK)
        part.set_xlabel("a battery in service", fontsize=8)
        part.set_ylabel("predicted", fontsize=8)
    axes[2].barh(list(importance)[::-1], list(importance.values())[::-1], color=STORE)
    axes[2].set_title("R² lost when shuffled", fontsize=8, loc="left", color=INK)
    for part in axes:
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(labelsize=7, colors=INK)
    return svg(figure, title)


def sensitivity(curves: dict[str, dict[str, Any]], title: str) -> str:
    """Return the state of health along each feature, its interval, and the range of the tests shaded."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 4.2), layout="constrained")
    axes = figure.subplots(2, 4, sharey=True).ravel()
    for part, (name, curve) in zip(axes, curves.items(), strict=False):
        part.axvspan(*curve["range"], color=PALE, alpha=0.5, linewidth=0)
        low, high = curve["interval"]
        part.fill_between(curve["along"], 100 * low, 100 * high, color=STORE, alpha=0.25, linewidth=0)
        part.plot(curve["along"], 100 * curve["soh"]["lab"], color=STORE, linewidth=1.2)
        part.plot(curve["along"], 100 * curve["soh"]["field"], color=LOST, linewidth=0.9, linestyle="--")
        part.set_title(name, fontsize=8, loc="left", color=INK)
        part.set_ylim(0, 100)
    for part in axes:
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(labelsize=7, colors=INK)
    axes[0].set_ylabel("state of health, %", fontsize=8)
    axes[4].set_ylabel("state of health, %", fontsize=8)
    axes[7].axis("off")
    handles = [
        *axes[0].plot([], [], color=STORE, label="laboratory law, 90 % band"),
        *axes[0].plot([], [], color=LOST, linestyle="--", label="field outlook"),
    ]
    axes[7].legend(handles=handles, fontsize=8, frameon=False, loc="center")
    return svg(figure, title)


def soh_curve(years: Any, soh: Any, low: Any, high: Any, end_of_life_soh: float, title: str) -> str:
    """Return the state of health by year with its 90 % band and the end of life."""
    figure, axes = axes_of(2.6)
    axes.fill_between(years, 100 * low, 100 * high, color=STORE, alpha=0.25, linewidth=0, label="90 % of batteries")
    axes.plot(years, 100 * soh, color=STORE, linewidth=1.4, label="state of health")
    axes.axhline(100 * end_of_life_soh, color=LOST, linewidth=0.8, linestyle=":", label="end of life")
    axes.set_xlabel("years", fontsize=8)
    axes.set_ylabel("state of health, %", fontsize=8)
    axes.set_title(title, fontsize=9, loc="left", color=INK)
    axes.legend(fontsize=8, frameon=False)
    return svg(figure, title)


def battery_life(life: dict[str, Any], title: str) -> str:
    """Return a plan's battery: health by age with its band, what wears it, and its temperature by month."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 2.5), layout="constrained")
    health, causes, warmth = figure.subplots(1, 3, width_ratios=(3, 0.9, 2.4))
    age = range(len(life["soh_by_year"]))
    low, high = ([100 * s for s in life[name]] for name in ("soh_low", "soh_high"))
    health.fill_between(age, low, high, color=STORE, alpha=0.25, linewidth=0, label="90 % of batteries")
    health.plot(age, [100 * s for s in life["soh_by_year"]], color=STORE, linewidth=1.4, label="state of health")
    told = (
        f"year {k}: {s:.1%} ({a:.0f} to {b:.0f} %)"
        for k, s, a, b in zip(age, life["soh_by_year"], low, high, strict=True)
    )
    shown = points(health, age, [100 * s for s in life["soh_by_year"]], told, "health")
    health.axhline(100 * life["end_of_life_soh"], color=LOST, linewidth=0.8, linestyle=":", label="replaced here")
    health.set_title(title, fontsize=8, loc="left", color=INK)
    health.set_xlabel("age of the cells, years", fontsize=8)
    health.set_ylabel("%", fontsize=8)
    health.legend(fontsize=7, frameon=False, loc="lower left")
    share = 100 * life["calendar_share"]
    by_time = causes.bar(["fade"], [share], color=GRID, width=0.6)
    by_cycles = causes.bar(["fade"], [100 - share], bottom=[share], color=SUN, width=0.6)
    shown |= tips(by_time, [f"time: {share:.0f} % of the fade"], "time")
    shown |= tips(by_cycles, [f"cycles: {100 - share:.0f} % of the fade"], "cycles")
    causes.text(0, share / 2, "time", ha="center", va="center", fontsize=8, color="white")
    causes.text(0, (100 + share) / 2, "cycles", ha="center", va="center", fontsize=8, color=INK)
    causes.set_title("causes, %", fontsize=8, loc="left", color=INK)
    causes.set_xticks([])
    months = range(1, len(life["cell_c_by_month"]) + 1)
    warmth.plot(months, life["cell_c_by_month"], color=LOST, linewidth=1.2, label="cells")
    warmth.plot(months, life["air_c_by_month"], color=GRID, linewidth=1.0, linestyle="--", label="air")
    pairs = zip(MONTHS, life["cell_c_by_month"], life["air_c_by_month"], strict=True)
    told = (f"{month}: cells {cell:.1f} °C, air {air:.1f} °C" for month, cell, air in pairs)
    shown |= points(warmth, months, life["cell_c_by_month"], told, "warmth")
    warmth.set_title("mean temperature by month, °C", fontsize=8, loc="left", color=INK)
    warmth.set_xticks([1, 4, 7, 10], ["Jan", "Apr", "Jul", "Oct"])
    warmth.legend(fontsize=7, frameon=False)
    for part in (health, causes, warmth):
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(labelsize=7, colors=INK)
    return svg(figure, title, shown)
