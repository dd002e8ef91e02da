"""Figures of a city: health, balance, peaks, sources, use, a mean day, what is not met, cash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.report.drawing import GRID, INK, LOST, PALE, STORE, SUN, points, svg, tips
from evplan.units import HOURS_PER_DAY

if TYPE_CHECKING:
    import pandas as pd

WIND = "#6fa8c9"
STYLES = ((STORE, "-", "o"), (LOST, "--", "s"))  # of the first and the second city: told apart without colour
WEEK = range(180 * HOURS_PER_DAY, 187 * HOURS_PER_DAY)


def _panels(rows: int, columns: int, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, height), layout="constrained")
    axes = figure.subplots(rows, columns)
    for part in axes.ravel():
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(labelsize=7, colors=INK)
    return figure, axes.ravel()


def city(name: str, yearly: pd.DataFrame, hourly: pd.DataFrame, currency: str) -> str:
    """Return the eight figures of one city. hourly : of the last year."""
    figure, (health, week, peak, source, use, day, unmet, cash) = _panels(4, 2, 9.0)
    years = yearly["year"].to_numpy()
    shown = _line(health, years, 100 * yearly["health"], "health of all batteries, % of new", f"{name} health")
    low, high = health.get_ylim()
    health.set_ylim(min(low, high - 2.0), high)  # a tenth of a point is no trend
    _week(week, hourly.iloc[WEEK])
    shown |= _line(
        peak, years, yearly["peak_charging_kw"] / 1000, "highest charging wanted, and import, MW", "charging"
    )
    peak.plot(years, yearly["peak_import_kw"] / 1000, color=GRID, linestyle="--", linewidth=1.2, label="import")
    peak.plot(
        years, yearly["import_limit_kw"] / 1000, color=INK, linestyle=":", linewidth=1.0, label="limit of the grid"
    )
    peak.legend(fontsize=7, frameon=False)
    shown |= _sources(source, yearly)
    _use(use, yearly)
    _mean_day(day, hourly)
    shown |= _bars(
        unmet,
        years,
        100 * yearly["unmet_kwh"] / np.maximum(yearly["demand_kwh"], 1e-9),
        "charging that never comes, %",
        "unmet",
        "%",
    )
    shown |= _bars(
        cash,
        years,
        yearly["cumulative_saved"] / 1e6,
        f"saved against the grid alone, million {currency}, present value",
        "cash",
        currency,
    )
    return svg(figure, f"{name}: fleet, energy and cash by year", shown)


def pair(names: tuple[str, str], tables: tuple[pd.DataFrame, pd.DataFrame], currency: str) -> str:
    """Return two cities over each other: health, demand per vehicle, renewables, peak, unmet, cash."""
    figure, axes = _panels(3, 2, 7.0)
    lines = {
        "health of all batteries, % of new": lambda t: 100 * t["health"],
        "charging per vehicle and year, kWh": lambda t: t["demand_kwh"] / np.maximum(t["vehicles"], 1e-9),
        "sun and wind made, over charging wanted, %": lambda t: (
            100 * (t["solar_kwh"] + t["wind_kwh"]) / np.maximum(t["demand_kwh"], 1e-9)
        ),
        "highest charging per vehicle, kW": lambda t: t["peak_charging_kw"] / np.maximum(t["vehicles"], 1e-9),
        "charging that never comes, %": lambda t: 100 * t["unmet_kwh"] / np.maximum(t["demand_kwh"], 1e-9),
        f"saved per vehicle of the last year, {currency}, present value": lambda t: (
            t["cumulative_saved"] / max(t["vehicles"].iloc[-1], 1e-9)
        ),
    }
    shown: dict[str, str] = {}
    for part, (title, of) in zip(axes, lines.items(), strict=True):
        for name, table, (colour, line, mark) in zip(names, tables, STYLES, strict=True):
            values = np.asarray(of(table), float)
            part.plot(
                table["year"],
                values,
                color=colour,
                linestyle=line,
                marker=mark,
                markersize=3,
                linewidth=1.3,
                label=name,
            )
            told = (f"{name} {year}: {value:,.2f}" for year, value in zip(table["year"], values, strict=True))
            shown |= points(part, table["year"], values, told, f"pair-{len(shown)}")
        part.set_title(title, fontsize=8, loc="left", color=INK)
    axes[0].legend(fontsize=7, frameon=False)
    return svg(figure, f"{names[0]} and {names[1]} by year", shown)


def _line(axes: Any, years: np.ndarray, values: pd.Series, title: str, label: str) -> dict[str, str]:
    axes.plot(years, values, color=STORE, marker="o", markersize=3, linewidth=1.3, label=label)
    axes.set_title(title, fontsize=8, loc="left", color=INK)
    told = (f"{year}: {value:,.1f}" for year, value in zip(years, values, strict=True))
    return points(axes, years, values, told, title.split()[0])


def _bars(axes: Any, years: np.ndarray, values: pd.Series, title: str, of: str, unit: str) -> dict[str, str]:
    bars = axes.bar(years, values, color=[LOST if value < 0 else GRID for value in values], width=0.7)
    axes.axhline(0, color=INK, linewidth=0.6)
    if not np.any(values):
        axes.set_ylim(0, 1)
    axes.set_title(title, fontsize=8, loc="left", color=INK)
    return tips(bars, (f"{year}: {value:,.2f} {unit}" for year, value in zip(years, values, strict=True)), of)


def _week(axes: Any, hours: pd.DataFrame) -> None:
    day = np.arange(len(hours)) / HOURS_PER_DAY
    axes.stackplot(
        day, hours["solar_kwh"] / 1000, hours["wind_kwh"] / 1000, hours["discharge_kwh"] / 1000, hours["import_kwh"] / 1000,
        colors=[SUN, WIND, STORE, PALE], labels=["sun", "wind", "storage gives", "grid"],
    )  # fmt: skip
    axes.plot(day, hours["served_kwh"] / 1000, color=INK, linewidth=1.0, label="into vehicles")
    axes.set_title("a week in early July, last year, MW by day", fontsize=8, loc="left", color=INK)
    axes.set_ylim(0, 1.4 * axes.get_ylim()[1])  # room for the legend
    axes.legend(fontsize=6, frameon=False, ncols=5, loc="upper left", columnspacing=0.8, handlelength=1.2)


def _sources(axes: Any, yearly: pd.DataFrame) -> dict[str, str]:
    below, shown = np.zeros(len(yearly)), dict[str, str]()
    taken = yearly["curtailed_kwh"] + yearly["export_kwh"]
    parts = (
        ("renewables used", yearly["solar_kwh"] + yearly["wind_kwh"] - taken, SUN, ""),
        ("grid", yearly["import_kwh"], GRID, "///"),
    )
    for name, kwh, colour, hatch in parts:
        bars = axes.bar(
            yearly["year"],
            kwh / 1e6,
            bottom=below,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            label=name,
        )
        shown |= tips(
            bars,
            (f"{name}, {year}: {one / 1e6:,.1f} GWh" for year, one in zip(yearly["year"], kwh, strict=True)),
            name.split()[0],
        )
        below = below + kwh.to_numpy() / 1e6
    axes.set_title("energy by source, GWh", fontsize=8, loc="left", color=INK)
    axes.legend(fontsize=7, frameon=False)
    return shown


def _use(axes: Any, yearly: pd.DataFrame) -> None:
    limit = yearly["import_limit_kw"] * 8760
    axes.plot(
        yearly["year"],
        100 * yearly["import_kwh"] / np.maximum(limit, 1e-9),
        color=GRID,
        marker="o",
        markersize=3,
        label="grid, of its limit",
    )
    there = yearly["storage_kwh"] + yearly["vehicles_lent_kwh"]
    given = yearly["storage_discharge_kwh"] / there.where(there > 0) / 365
    axes.plot(
        yearly["year"],
        100 * given,
        color=STORE,
        linestyle="--",
        marker="s",
        markersize=3,
        label="storage, of a cycle a day",
    )
    axes.set_title("utilisation, %", fontsize=8, loc="left", color=INK)
    axes.legend(fontsize=7, frameon=False)


def _mean_day(axes: Any, hourly: pd.DataFrame) -> None:
    hour = np.arange(HOURS_PER_DAY)
    for column, colour, line, label in (
        ("demand_kwh", INK, "-", "wanted"), ("solar_kwh", SUN, "--", "sun"), ("wind_kwh", WIND, "-.", "wind"),
        ("import_kwh", GRID, ":", "grid"),
    ):  # fmt: skip
        mean = hourly[column].to_numpy().reshape(-1, HOURS_PER_DAY).mean(axis=0)
        axes.plot(hour, mean / 1000, color=colour, linestyle=line, linewidth=1.2, label=label)
    axes.set_title("mean day of the last year, MW by hour", fontsize=8, loc="left", color=INK)
    axes.legend(fontsize=7, frameon=False)
