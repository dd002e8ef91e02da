"""The report of a schedule: what it comes to beside what operators do, what binds, who gets less and why, in pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evplan.report import words
from evplan.report.page import Page, Section, Table, write_page
from evplan.schedule import drawing
from evplan.schedule.answer import LESS, Lack, lacking
from evplan.schedule.binding import binding
from evplan.schedule.flows import short_kwh
from evplan.schedule.problem import Problem
from evplan.schedule.solve import Found

MOST_SHOWN = 25
HEADS = ["", "served", "sessions short", "peak, kW", "energy", "demand", "cost"]
DEFINITIONS = (
    "Served: of the energy asked for. Sessions short: those that get less than asked for. Energy: less what export earns. "
    "Demand: of the peak above what the month had seen. Cost: both, and wear.",
    "Policies decide step by step, knowing who is plugged in; they keep the connection's limit and know no prices.",
)

FROM_THE_BEGINNING = (
    "This plan was made anew while it ran; policies begin at its beginning, with the sessions as they are known now."
)


def write_report(
    said: dict[str, Any], problem: Problem, found: Found, folder: Path, formats: Sequence[str] = ("html",)
) -> list[Path]:
    """Write report.html or report.pdf; return the files. said : the plan's summary."""
    return write_page(lambda: _page(said, problem, found), folder, formats)


def rows(plans: dict[str, dict[str, Any]], digits: int = 2) -> list[list[str]]:
    """Return a row of figures for each of several plans, under HEADS. digits : of amounts."""
    return [
        [
            name, words.percent(one["satisfaction"], 1), f"{one['sessions_short']:,}", f"{one['peak_kw']:,.1f}",
            words.number(one["energy_cost"] - one["export_income"], "", digits), words.number(one["demand_cost"], "", digits),
            words.number(one["cost"], "", digits),
        ]
        for name, one in plans.items()
    ]  # fmt: skip


def verdict(said: dict[str, Any]) -> str:
    """Return in one sentence what a plan comes to."""
    own, currency = said["figures"], said["currency"]
    text = (
        f"{own['sessions']:,} sessions, {words.percent(own['satisfaction'], 1)} of {own['asked_kwh']:,.1f} kWh served"
    )
    return f"{text} for {words.number(own['cost'], currency, 2)}; peak {own['peak_kw']:,.1f} kW."


def _page(said: dict[str, Any], problem: Problem, found: Found) -> Page:
    own, currency = said["figures"], said["currency"]
    best = min(said["policies"].items(), key=lambda item: item[1]["total"])
    less = best[1]["cost"] - own["cost"]
    against = (
        f"{words.number(abs(less), currency, 2)} {'less' if less >= 0 else 'more'} than {best[0]}, the best policy"
    )
    served = f"which serves {words.percent(best[1]['satisfaction'], 1)}"
    pictures = (
        drawing.station(problem, found.decision), drawing.vehicles(problem, found.decision),
        drawing.by_hour(problem, found.decision, currency),
    )  # fmt: skip
    return Page(
        title=said["title"] or "Schedule",
        subtitle=f"{said['steps']:,} steps of {said['step_minutes']} min from {said['begins']}. Amounts in {currency}.",
        verdict=(verdict(said), f"{against}, {served}."),
        pays=bool((short_kwh(problem, found.decision) <= LESS).all()) and less >= 0,
        sections=(
            Section("Power, vehicles and cost", figures=pictures),
            Section(
                "Beside what operators do",
                table=Table(HEADS, rows({"this plan": own, **said["policies"]})),
                notes=(*DEFINITIONS, *([FROM_THE_BEGINNING] if found.stands else [])),
            ),
            Section("What binds", tuple(binding(problem, found, currency))),
            *_less(lacking(problem, found.decision)),
        ),
        footer=f"evplan. At most {found.gap:.1e} dearer than any plan ({found.solver}); recomputed without the solver.",
    )


def _less(lacks: list[Lack]) -> tuple[Section, ...]:
    """Return who gets less, and why; nothing where nobody does."""
    if not lacks:
        return ()
    table = [[one.name, f"{one.delivered_kwh:,.1f}", f"{one.asked_kwh:,.1f}", one.why] for one in lacks[:MOST_SHOWN]]
    more = len(lacks) - MOST_SHOWN
    notes = (f"And {more:,} more: sessions.csv.",) if more > 0 else ()
    head = ["session", "gets, kWh", "asks, kWh", "why"]
    return (
        Section(
            "Who gets less", table=Table(head, table, text=True, widths=("auto", "auto", "auto", "1fr")), notes=notes
        ),
    )
