"""The report of policies side by side: what each comes to beside the best that could have been done, in a table and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evplan.report import words
from evplan.report.page import Page, Section, Table, write_page
from evplan.v2x import drawing
from evplan.v2x.metrics import Became
from evplan.v2x.scene import Scene

HEADS = ["", "cost", "regret", "profit", "charged, kWh", "given, kWh", "served", "least", "over, kWh", "peak, kW"]
DEFINITIONS = (
    "Means over worlds. Cost: energy, demand charges, wear of batteries, what lacks or is too much at its price, less what drivers pay; "
    "energy and demand charges are those above what the load alone costs. Regret: cost above the bound that nobody can be below. "
    "Profit: what drivers pay less energy, demand charges and wear.",
    "Served: part of the wish that vehicles left with, in the mean and at least. Over: energy above transformers' limits. "
    "Peak: highest power through any transformer, either way, in the mean of worlds.",
)
VOLTAGES = (
    "Lowest: of any bus in any step of all worlds; 0: no voltage carries what flowed. Outside the band: by how much and how long, summed "
    "over buses, mean of a world. Neither the optimum nor plans see voltages.",
)
MOST_TRANSFORMERS = 4  # that are drawn


def write_report(
    said: dict[str, Any], scene: Scene, became: list[Became], folder: Path, formats: Sequence[str] = ("html",)
) -> list[Path]:  # fmt: skip
    """Write report.html or report.pdf; return the files. said : the comparison's summary."""
    return write_page(lambda: _page(said, scene, became), folder, formats)


def rows(said: dict[str, Any], digits: int = 2) -> list[list[str]]:
    """Return a row of figures for each policy, under HEADS. digits : of amounts."""
    return [
        [
            name, words.number(one["cost"], "", digits), words.number(one["regret"], "", digits) if "regret" in one else "",
            words.number(one["profit"], "", digits), f"{one['charged_kwh']:,.1f}", f"{one['given_kwh']:,.1f}",
            words.percent(one["satisfaction"], 1), words.percent(one["satisfaction_least"], 1), f"{one['over_kwh']:,.2f}",
            f"{one['peak_kw']:,.1f}",
        ]
        for name, one in said["policies"].items()
    ]  # fmt: skip


def verdict(said: dict[str, Any]) -> str:
    """Return in one sentence which policy did best among those that do not know what comes."""
    blind = {name: one for name, one in said["policies"].items() if name not in ("optimum", "mpc-perfect")}
    if not blind:
        return "Only policies that know what comes acted here."
    name, one = min(blind.items(), key=lambda item: item[1]["cost"])
    text = f"{name} costs least of those that do not know what comes: {words.number(one['cost'], said['currency'], 2)} a world"
    if "regret" in one:
        text += f", {words.number(one['regret'], said['currency'], 2)} above what nobody can be below"
    return f"{text}; {words.percent(one['satisfaction'], 1)} of wishes served."


def _page(said: dict[str, Any], scene: Scene, became: list[Became]) -> Page:
    currency = said["currency"]
    many = (
        f"{said['worlds']:,} world{'s' * (said['worlds'] > 1)} of {said['steps']:,} steps of {said['step_minutes']} min"
    )
    head = Table(HEADS, rows(said), size=7.0)
    sections = [
        Section("Policies side by side", (f"Amounts in {currency}.",), (drawing.costs(said),), head, DEFINITIONS)
    ]
    if all(one.record is not None for one in became):
        figures = tuple(
            drawing.day(scene, became, x) for x in range(min(MOST_TRANSFORMERS, len(scene.site.transformers)))
        )
        heading = f"The first world, from {scene.start[0]:%Y-%m-%d %H:%M}"
        sections.append(Section(heading, ("Power through each transformer under every policy.",), figures))
    sections.append(Section("How drivers are served", figures=(drawing.satisfaction(became),)))
    sections.append(Section("Batteries and emissions", table=_batteries(said)))
    if scene.site.feeder is not None:
        sections.append(Section("Voltages", table=_voltages(said), notes=VOLTAGES))
    if said["recorded"]:
        sections.append(Section("Beside what was recorded", table=_recorded(said)))
    vehicles = f"{said['ports']:,} ports, {said['vehicles']:,} vehicles"
    return Page(
        title=said["title"], subtitle=f"{vehicles} in {many}; {said['refused']:,} found no port", verdict=(verdict(said),), pays=True,
        sections=tuple(sections), footer=f"evplan: {said['title']}",
    )  # fmt: skip


def _batteries(said: dict[str, Any]) -> Table:
    head = [
        "",
        "out of batteries, wear",
        "lost on the way, kWh",
        "faded by time, kWh",
        "faded by cycling, kWh",
        "CO2, kg",
    ]
    return Table(head, [
        [
            name, words.number(one["wear_cost"], said["currency"], 2), f"{one['lost_kwh']:,.1f}",
            *(f"{one[field]:.4f}" if field in one else "" for field in ("faded_by_time_kwh", "faded_by_cycling_kwh")),
            f"{one['co2_kg']:,.1f}",
        ]
        for name, one in said["policies"].items()
    ])  # fmt: skip


def _voltages(said: dict[str, Any]) -> Table:
    return Table(["", "lowest, p.u.", "outside the band, p.u. h"], [
        [name, "" if one["lowest_pu"] is None else f"{one['lowest_pu']:.4f}", f"{one['sag_pu_h']:.4f}"]
        for name, one in said["policies"].items()
    ])  # fmt: skip


def _recorded(said: dict[str, Any]) -> Table:
    found, own = said["recorded"], said["policies"]
    ours = {**{name: one["energy_cost"] for name, one in own.items()}, "linear": found["own_linear"]}
    return Table(["", "here", "recorded", "difference"], [
        [name, f"{ours[name]:.4f}", f"{value:.4f}", words.percent(ours[name] / value - 1, 2) if value else ""]
        for name, value in found.items()
        if name in ours
    ])  # fmt: skip
