"""The report of a feeder's day: what happens without control, the trade-off and what was chosen, and what else was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evplan.feeder import drawing
from evplan.feeder.control.front import HOLDS
from evplan.feeder.made import Made
from evplan.feeder.tables import figures
from evplan.report import words
from evplan.report.page import Page, Section, Table, write_page

WHAT = (
    "Unbalance: the root of the mean over steps of the squares of zero and negative sequence currents through the head. Index: largest "
    "deviation of a phase's current from their mean, over the mean; it sees no direction, so panels can lower it while the neutral's "
    "current stays.",
    "Voltages are customers'; loading is of the most loaded phase. Ageing: days of the transformer's life that a day takes (1 at 98 °C).",
)
HEADS = [
    "",
    "unbalance, A",
    "index",
    "neutral, A",
    "voltage, p.u.",
    "outside",
    "loading",
    "losses, kWh",
    "given up",
    "lacking, kWh",
    "ageing",
]


def write_report(said: dict[str, Any], made: Made, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write report.html or report.pdf; return the files. said : the plan's summary."""
    return write_page(lambda: _page(said, made), folder, formats)


def rows(several: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return a row of figures for each of several operations, under HEADS."""
    return [
        [one["name"], _figure(one["unbalance_a"], 1), _figure(one["index_mean"], 2), _figure(one["neutral_a_max"], 0),
         _band(one), _outside(one), _loaded(one),
         _figure(one["losses_kwh"], 1), words.percent(one["curtailed_share"]), f"{one['lacking_kwh']:.1f}", _figure(one["ageing_days"], 3)]
        for one in several
    ]  # fmt: skip


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _band(one: dict[str, Any]) -> str:
    return "–" if one["lowest_pu"] is None else f"{one['lowest_pu']:.3f}–{one['highest_pu']:.3f}"


def money(value: float | None, currency: str) -> str:
    """Return an amount, or that it is not known."""
    return "not known" if value is None else words.number(value, currency)


def _loaded(one: dict[str, Any]) -> str:
    known = [one[name] for name in ("line_loading_max", "transformer_loading_max") if one[name] is not None]
    return words.percent(max(known, default=None), 0)


def _outside(one: dict[str, Any]) -> str:
    return f"{one['unsolved_steps']} steps unsolved" if one["unsolved_steps"] else f"{one['violation_pu']:.4f}"


def broken(one: dict[str, Any]) -> str:
    """Return in words which limits an operation passes, empty where it keeps them."""
    if one["unsolved_steps"]:
        return f"in {one['unsolved_steps']} steps no voltage carries what is drawn (their figures are left out)"
    said = [f"voltages are {one['violation_pu']:.4f} p.u. outside their band"] if one["violation_pu"] > HOLDS else []
    return " and ".join([*said, *([f"ratings are passed by {one['overload']:.0%}"] if one["overload"] > HOLDS else [])])


def verdict(said: dict[str, Any]) -> str:
    """Return in one sentence what control brings, or that it brings nothing."""
    none, own = said["baselines"][0], said["chosen"]
    before, after = broken(none), broken(own)
    if not said["control"]:
        still = f"; but {before}, which takes more than control" if before else ""
        told = f"{_stopped(said)}Do nothing: no point of the trade-off is better than no control"
        return (
            f"{told}, whose unbalance is {none['unbalance_a']:.1f} A{still}."
            if none["unbalance_a"] is not None
            else f"{told}{still}."
        )
    if none["unsolved_steps"] or own["unsolved_steps"]:
        brings = f"lets voltages carry what is drawn in {none['unsolved_steps'] - own['unsolved_steps']} more steps"
    else:
        less = 1 - own["unbalance_a"] / none["unbalance_a"] if none["unbalance_a"] else 0.0
        sides = f"from {none['unbalance_a']:.1f} to {own['unbalance_a']:.1f} A"
        brings = f"brings unbalance {sides} ({words.percent(abs(less), 0)} {'less' if less >= 0 else 'more'})"
    return (
        f"{_stopped(said)}Control {brings} and gives up {words.percent(own['curtailed_share'])} of the panels' energy; "
        f"vehicles lack {own['lacking_kwh']:.1f} of {said['asked_kwh']:,.0f} kWh. With it {after or 'all limits are kept'}; without, "
        f"{before or 'they are kept too'}."
    )


def _corners(own: dict[str, Any]) -> str:
    """Return what the worst corners of envelopes come to."""
    if own["worst_pu"] is None:
        return "In some steps no voltage carries even what connections draw at rest: there nobody may draw or give."
    passed = (
        " Limits are passed in some steps even while all connections are at rest." if own["worst_pu"] > HOLDS else ""
    )
    return f"The worst corners, by exact power flow, leave the band by {own['worst_pu']:.5f} p.u.{passed}"


def _stopped(said: dict[str, Any]) -> str:
    """Return that a run was interrupted, where it was: what stands below is what was found until then."""
    return "Interrupted: what follows is what was found until then. " if said["interrupted"] else ""


def _page(said: dict[str, Any], made: Made) -> Page:
    front = made.front
    maps = drawing.network(front)
    sections = [
        Section("Side by side", table=Table(HEADS, rows([*said["baselines"], said["chosen"]]), size=7.0), notes=(*WHAT, *said["notes"])),
        Section("Unbalance against panels' energy", figures=(drawing.trade_off(front),)),
        Section("The day", figures=(drawing.unbalance(front), drawing.voltages(front), drawing.powers(front))),
        *([Section("The network", figures=(maps,))] if maps else []),
        *_planning(said, made),
        Section(
            "Check", ("Recomputed from powers and admittances alone.",),
            table=Table(["claim", "holds"], [[one["claim"], "yes" if one["holds"] else "no"] for one in said["checks"]], text=True),
        ),
    ]  # fmt: skip
    counts = f"{said['buses']:,} buses, {said['customers']:,} customers, {said['panels']:,} panels, {said['vehicles']:,} vehicles"
    return Page(
        title=said["title"], subtitle=counts, verdict=(verdict(said),), pays=said["control"], sections=tuple(sections),
        footer=f"evplan: {said['title']}",
    )  # fmt: skip


def _planning(said: dict[str, Any], made: Made) -> list[Section]:
    """Return sections on what was asked for beside control."""
    sections = []
    if made.hosted is not None:
        own = said["hosting"]
        causes = ", ".join(f"{name} {count:,}" for name, count in own["causes"].items() if count) or "none"
        sentence = (
            f"{own['kind'].capitalize()} of {own['kw_each']:g} kW, one customer after the other in {own['orders']:,} random orders "
            f"({own['flows']:,} power flows): with {own['kw_5']:,.0f} kW limits hold in 95 % of them, with {own['kw_50']:,.0f} kW in half. "
            f"What is passed first: {causes}."
        )
        sections.append(Section("Hosting capacity", (sentence,), figures=(drawing.hosted(made.hosted, own["kind"]),)))
    if made.envelopes is not None:
        own = said["envelopes"]
        when = (
            "at any time"
            if own["steps"] == len(made.front.nothing.solved.settled)
            else f"in the first {own['steps']} steps"
        )
        sentence = (
            f"Every connection may {when} draw {own['draw_kw_least']:.1f} kW and give {own['give_kw_least']:.1f} kW, whatever the "
            f"others do within theirs. {_corners(own)}"
        )
        sections.append(
            Section("Operating envelopes", (sentence,), figures=(drawing.envelope(made.envelopes, made.front.nothing),))
        )
    if made.assigned is not None:
        own = said["phases"]
        sentence = (
            f"{own['moved']:,} charge points at another phase bring unbalance without control from {own['before_a']:.1f} to "
            f"{own['after_a']:.1f} A ({own['how']}); see phases.csv."
        )
        sections.append(Section("Phases of charge points", (sentence,)))
    if made.voltvar is not None:
        far = f"Inverters by the default curve of IEEE 1547-2018, category B, met within {said['volt_var']['from_curve_kvar']:.3f} kvar."
        table = Table(HEADS, rows([said["baselines"][0], said["volt_var"]]), size=7.0)
        sections.append(Section("Volt-var", (far,), table=table))
    if made.choices:
        currency = said["currency"]
        table = Table(["", "kVA", "investment a year", "given up a year", "losses a year", "together", "outside, p.u.", "loading"], [
            [one.name, f"{one.kva:,.0f}", words.number(one.investment_yearly, currency), words.number(one.curtailed_yearly, currency),
             money(one.losses_yearly, currency), money(one.yearly, currency), _outside(own), _loaded(own)]
            for one in made.choices for own in (figures(one.operation),)
        ], size=7.5)  # fmt: skip
        sections.append(Section("A larger transformer", table=table))
    if "connection" in said:
        own = said["connection"]
        more = f", and {own['upgraded']:,.1f} kW with the larger transformer" if "upgraded" in own else ""
        sentence = f"A station at bus {own['bus']} may draw {own['now']:,.1f} kW at any time{more}, beside uncontrolled vehicles."
        sections.append(Section("A charging station", (sentence,)))
    if made.evolved is not None:
        own = said["nsga2"]
        found = f"NSGA-II found {own['points']} points with a hypervolume of {own['hypervolume']:.3f}"
        sentence = f"{found}; the programs' is {_figure(said['hypervolume'], 3)}."
        sections.append(Section("Beside NSGA-II", (sentence,)))
    return sections
