"""The report of a region: what becomes of its stations on a map, phase by phase, urban beside rural, and where each figure is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evplan.region import maps
from evplan.region.read import ReadRegion
from evplan.region.tables import READY, REFUSED, SUPPORTED, WAITS
from evplan.region.verdict import urban_rural, verdict
from evplan.report import words
from evplan.report.page import Page, Section, Table, write_page

STATES = (READY, SUPPORTED, WAITS, REFUSED)
SHORT = {READY: "pays", SUPPORTED: "granted", WAITS: "waits", REFUSED: "no plan"}
WHAT = (
    "A station pays where its net present value is not below 0 at the rate of return that is sought; what it lacks is the grant, in the "
    "year before it opens, that makes it pay after tax.",
    "All amounts are in prices of the first year: inflation between it and the year in which a station opens is left out, what rises by "
    "more or less than inflation is priced so. NPV is worth in the year before a station opens; worth in the first year is that, carried "
    "back at the real rate. Worth and NPV are without the grant.",
    "Where chargers stand that drivers use, costs, NPV, IRR and grants are of what the plan adds to them; what adds little energy may cost "
    "much a kWh, or save money, so that a levelised cost is told of new stations only.",
    "Who comes follows the siting plan from phase to phase, and stays as in the last phase after it.",
)


def write_report(
    said: dict[str, Any], region: ReadRegion, made: Mapping[str, Any], folder: Path, formats: Sequence[str]
) -> list[Path]:
    """Write report.html or report.pdf; return the files. said : the region's summary.  made : its tables."""
    return write_page(lambda: _page(said, region, made, folder), folder, formats)


def _page(said: dict[str, Any], region: ReadRegion, made: Mapping[str, Any], folder: Path) -> Page:
    money, own = said["currency"], made["stations"]
    siting = said["siting"]
    covered = ", ".join(f"{name} {share:.0%}" for name, share in siting["groups"].items())
    sections = [
        Section("What becomes of stations", figures=(maps.states(folder, own),), notes=WHAT),
        Section(
            "Phases", (f"The siting plan is within {siting['gap']:.2%} of the best; in the last phase it covers {covered}.",),
            table=_sums_table(made["phases"], "phase", money),
        ),
        Section("Urban and rural", tuple(urban_rural(said)), table=_sums_table(made["settings"], "setting", money)),
        *(Section(f"Stations of {phase}", table=_stations(rows, money)) for phase in made["phases"]["phase"]
          if len(rows := own[own["phase"] == phase])),
        *_networks(own),
        *([_pot(said, own, money)] if said["pot"] is not None else []),
        Section("Where figures are from", ("Every figure of a station is in the summary.json of its run, beside that run's own report.",),
                table=_runs(said)),
        Section("Audit", ("Every claim was recomputed from what the steps have written.",),
                table=Table(["claim", "holds"], [[one["claim"], "yes" if one["holds"] else "no"] for one in said["audit"]], text=True)),
        *([Section("Notes of plans", notes=tuple(said["notes"]))] if said["notes"] else []),
    ]  # fmt: skip
    counts = (
        f"{said['areas']:,} areas, {said['sites']:,} sites, {said['stations']:,} stations, {len(said['phases'])} phases"
    )
    return Page(
        title=said["title"], subtitle=f"{counts}. Amounts in {money}.", verdict=verdict(said),
        pays=said["states"][WAITS] + said["states"][REFUSED] == 0, sections=tuple(sections), footer=f"evplan: {said['title']}",
    )  # fmt: skip


def _runs(said: dict[str, Any]) -> Table:
    rows = [[one["kind"], one["folder"], one["summary_sha256"][:16]] for one in said["runs"]]
    return Table(["kind", "run", "SHA-256 of its summary"], rows, size=7.0, text=True)


def _sums_table(own: Any, by: str, money: str) -> Table:
    amounts = {
        "capex": "construction",
        "npv_first_year": "worth, first year",
        "grants": "grants",
        "grants_lacking": "lacking",
    }
    head = [
        by,
        "stations",
        *STATES,
        "MWh a year",
        "new",
        *(f"{title}, {money}" for title in amounts.values()),
        f"a kWh at new ones, {money}",
    ]
    return Table(head, [
        [str(row[by]), f"{row['stations']:,}", *(f"{row[state]:,}" for state in STATES), _figure(row["served_kwh"], 0, 1000),
         _figure(row["adds_kwh"], 0, 1000), *(_figure(row[name], 0) for name in amounts), _figure(row["lcoc_per_kwh"], 3)]
        for row in own.to_dict("records")
    ], size=6.5)  # fmt: skip


def _stations(rows: Any, money: str) -> Table:
    head = ["station", "", "opens", "chargers", "panels, kW", "battery, kWh", "grid, kW", "MWh", "new", f"costs, {money}",
            f"NPV, {money}", "IRR", f"lacks, {money}", ""]  # fmt: skip
    return Table(head, [
        [row["station"], row["setting"], str(row["opens"]), row["chargers"] or "–",
         *(_figure(row[name], 0) for name in ("pv_kw", "battery_kwh", "connection_kw")), _figure(row["served_kwh"], 0, 1000),
         _figure(row["adds_kwh"], 0, 1000), *(_figure(row[name], 0) for name in ("capex", "npv")),
         words.percent(row["irr"]) if _there(row["irr"]) else "–",
         _figure(row["grant"], 0), row["why"] or SHORT[row["state"]]]
        for row in rows.to_dict("records")
    ], size=6.0)  # fmt: skip


def _networks(own: Any) -> list[Section]:
    """Return a section on stations that hang on a network, where any does."""
    placed = own[own["feeder"] != ""]
    if not len(placed):
        return []
    figures = {
        "limit_kw": "it carries, kW",
        "upgraded_kw": "with a larger transformer, kW",
        "connection_kw": "its plan has, kW",
    }
    rows = [
        [row["station"], row["feeder"], row["bus"], *(_figure(row[name], 1) for name in figures)]
        for row in placed.to_dict("records")
    ]
    table = Table(["station", "network", "bus", *figures.values()], rows)
    sentence = (
        "By unbalanced power flow over the network's day, beside what is there and the stations before, uncontrolled."
    )
    return [Section("What networks carry", (sentence,), table=table)]


def _pot(said: dict[str, Any], own: Any, money: str) -> Section:
    """Return the section on support: what there was, and who got it."""
    pot, given = said["pot"], own[own["state"] == SUPPORTED]
    there = ", ".join(f"{row['phase']} {words.number(row['pot'], money)}" for row in said["phases"])
    carried = "what is left is carried on" if pot["carried"] else "what is left lapses"
    sentence = f"In the pot: {there}; {carried}. It buys as much {'energy' if pot['favours'] == 'energy' else 'stations'} as it can."
    table = Table(["station", "", "phase", "grant", "of construction", "a kWh over its life"], [
        [row["station"], row["setting"], str(row["phase"]), words.number(row["grant"], money), words.percent(row["grant"] / row["capex"]),
         f"{row['grant_per_kwh']:.3f} {money}"]
        for row in given.to_dict("records")
    ])  # fmt: skip
    return Section("Support", (sentence,), table=table if len(given) else None)


def _there(value: Any) -> bool:
    return value is not None and value == value


def _figure(value: Any, digits: int, unit: float = 1.0) -> str:
    return f"{value / unit:,.{digits}f}" if _there(value) else "–"
