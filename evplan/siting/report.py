"""The report of a siting plan: what to do when, for how much, whom it helps, on maps, and whether its claims hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evplan.report import words
from evplan.report.page import Page, Section, Table, write_page
from evplan.siting import maps
from evplan.siting.audit.check import Check
from evplan.siting.measure import Plan
from evplan.siting.tables import ACTIONS, groups_table, phases_table, stations_table

MOST_ROWS = 400
WHAT = (
    "An area is covered for a type by the share of the nearest band in which a station of that type stands; weights of areas sum to 1.",
    "Energy is served by stations within reach, by what their ports can give; nobody charges twice.",
)


def write_report(
    said: dict[str, Any], plan: Plan, checks: Sequence[Check], folder: Path, formats: Sequence[str], made: Mapping[str, Any]
) -> list[Path]:  # fmt: skip
    """Write report.html or report.pdf; return the files. said : the plan's summary.  made : its tables."""
    return write_page(lambda: _page(said, plan, checks, made), folder, formats)


def verdict(said: dict[str, Any]) -> str:
    """Return in one sentence what the plan reaches."""
    first, last = said["before"], said["goals"]
    done = ", ".join(f"{said['actions'][action]} {action}" for action in ACTIONS[:-1] if said["actions"][action])
    return (
        f"Coverage rises from {first['coverage']:.1%} to {last['coverage']:.1%} (mean of types and years; {said['last_coverage']:.1%} in "
        f"the last phase) for {words.number(said['works'], said['currency'])} of works: {done or 'nothing is built'}; "
        f"{said['served_share']:.1%} of the energy that is wanted is served."
    )


def _page(said: dict[str, Any], plan: Plan, checks: Sequence[Check], made: Mapping[str, Any]) -> Page:
    phases = plan.problem.study.phases
    proof = f"Within {said['gap']:.2%} of the best that is possible ({said['status']}), after {said['seconds']:.0f} s."
    sections = [
        *([Section("About this study", notes=plan.problem.study.notes)] if plan.problem.study.notes else []),
        Section("Now and after", figures=(maps.before(plan), maps.phase(plan, len(phases) - 1)), notes=WHAT),
        Section("Phases", (proof,), table=_phases(plan)),
        Section("Types", table=_types(plan)),
        *(
            Section(f"What is done in {one.name}", figures=(maps.phase(plan, t),), table=_done(plan, t))
            for t, one in enumerate(phases)
        ),
        Section("Groups", table=_groups(plan)),
        *_others(plan, made),
        Section("What is left", figures=(maps.gaps(plan),)),
        Section("Where vehicles are", (_weights(plan),), figures=(maps.vehicles(plan),)),
        Section(
            "Audit",
            ("Every claim was recomputed from the written tables and coordinates, without the program.",),
            table=_audit(checks),
        ),
    ]
    counts = f"{said['areas']:,} areas, {said['sites']:,} sites, {len(phases)} phases"
    return Page(
        title=said["title"], subtitle=counts, verdict=(verdict(said),), pays=True, sections=tuple(sections),
        footer=f"evplan: {said['title']}",
    )  # fmt: skip


def _others(plan: Plan, made: Mapping[str, Any]) -> list[Section]:
    """Return sections on trade-offs and sensitivity, where they were asked for."""
    sections, currency = [], plan.problem.study.currency
    if "pareto" in made:
        sections.append(
            Section(
                "Trade-offs",
                figures=(maps.front(made["pareto"], currency),),
                table=_goals(made["pareto"], "point", currency),
            )
        )
    if "cases" in made:
        own = made["regrets"]
        counts = own.groupby("verdict").size()
        said = ", ".join(f"{verdict} {counts.get(verdict, 0):,}" for verdict in ("no-regret", "kept", "flips", "gone"))
        flips = own[own["verdict"].isin(["no-regret", "flips"])].head(MOST_ROWS)
        stations = Table(["site", "type", "in how many plans", "planned", "verdict"], [
            [row.site, row.type, f"{row.share_of_plans:.0%}", "yes" if row.planned else "no", row.verdict] for row in flips.itertuples()
        ], size=7.0)  # fmt: skip
        solved = made["cases"][made["cases"]["left_out"] == ""]
        left_out = tuple(f"Left out: {row.case}. {row.left_out}" for row in made["cases"].itertuples() if row.left_out)
        again = f"Planned again in {len(solved) - 1} other cases."
        sections.append(Section("Sensitivity", (again,), table=_goals(solved, "case", currency), notes=left_out))
        sections.append(
            Section(
                "Stations in every plan, and those that flip", (f"Stations by the last phase: {said}.",), table=stations
            )
        )
    return sections


def _goals(own: Any, first: str, currency: str) -> Table:
    return Table([first, "coverage", "least group", "served, MWh", "cost", "NPV", "stations", "gap"], [
        [str(row[first]), f"{row['coverage']:.1%}", f"{row['equity']:.1%}", f"{row['served'] / 1000:,.0f}",
         words.number(row["cost"], currency), words.number(row["npv"], currency), f"{row['stations']:,}", f"{row['gap']:.2%}"]
        for row in own.to_dict("records")
    ], size=7.0)  # fmt: skip


def _phases(plan: Plan) -> Table:
    currency = plan.problem.study.currency
    return Table(["", "budget", "works", "operation a year", *ACTIONS[:-1]], [
        [row["phase"], *(words.number(row[field], currency) for field in ("budget", "works", "operation_per_year")),
         *(f"{row[action]:,}" for action in ACTIONS[:-1])]
        for row in phases_table(plan).to_dict("records")
    ], size=7.0)  # fmt: skip


def _types(plan: Plan) -> Table:
    return Table(["phase", "type", "stations", "ports", "covered", "wanted, kWh a day", "served, kWh a day", "served"], [
        [row["phase"], k, f"{row[f'{k}_stations']:,}", f"{row[f'{k}_ports']:,}", f"{row[f'{k}_covered']:.1%}",
         f"{row[f'{k}_wanted_kwh_day']:,.0f}", f"{row[f'{k}_served_kwh_day']:,.0f}",
         f"{row[f'{k}_served_kwh_day'] / max(row[f'{k}_wanted_kwh_day'], 1e-9):.1%}"]
        for row in phases_table(plan).to_dict("records") for k in (kind.name for kind in plan.problem.study.types)
    ], size=7.0)  # fmt: skip


def _done(plan: Plan, t: int) -> Table:
    own = stations_table(plan)
    rows = own[(own["phase"] == plan.problem.study.phases[t].name) & (own["action"] != "keep")]
    currency = plan.problem.study.currency
    shown = rows.sort_values(["action", "cost"], ascending=[True, False]).head(MOST_ROWS)
    return Table(["site", "type", "what", "ports", "cost", "serves, kWh a day"], [
        [row.site, row.type, row.action, f"{row.ports_before} to {row.ports}", words.number(row.cost, currency),
         f"{row.served_kwh_day:,.0f}"]
        for row in shown.itertuples()
    ], size=7.0)  # fmt: skip


def _groups(plan: Plan) -> Table:
    return Table(["phase", "group", "type", "weight", "covered", "wanted, kWh a day", "served, kWh a day"], [
        [row.phase, row.group, row.type, f"{row.weight:.1%}", f"{row.covered:.1%}", f"{row.wanted_kwh_day:,.0f}",
         f"{row.served_kwh_day:,.0f}"]
        for row in groups_table(plan).itertuples()
    ])  # fmt: skip


def _weights(plan: Plan) -> str:
    asked = plan.problem.study.demand.weights
    total = sum(asked.values())
    shares = ", ".join(f"{field} {weight / total:.0%}" for field, weight in asked.items())
    evs, grown = plan.problem.areas.evs.sum(), plan.problem.growth[-1]
    blank = plan.problem.areas.blank
    said = f" ({blank:,} areas without a number count as 0)" if blank else ""
    return f"Areas weigh by {shares}; {evs:,.0f} vehicles now{said}, times {grown:.2f} in the last phase."


def _audit(checks: Sequence[Check]) -> Table:
    return Table(
        ["claim", "holds"], [[one.claim, "yes" if one.holds else f"no: {one.said}"] for one in checks], text=True
    )
