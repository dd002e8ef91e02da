"""A plan as tables and files: power by vehicle and step, sessions, the station, OCPP messages, a summary with digests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.csvs import write_csv
from evplan.paths import replacing
from evplan.report.sealed import clean, seal, sealed
from evplan.schedule.answer import figures, lacking
from evplan.schedule.flows import Decision, cost, delivered_kwh, flows
from evplan.schedule.ocpp import VERSIONS, below_least, ports_of, profiles
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.problem import Problem
from evplan.schedule.read import ReadSite
from evplan.schedule.report import write_report
from evplan.schedule.solve import Found

if TYPE_CHECKING:
    import pandas as pd


def power_table(problem: Problem, found: Found) -> pd.DataFrame:
    """Return a row for every session and step in which it is plugged in: power while it is there, kW."""
    import pandas as pd

    columns, decision = problem.columns, found.decision
    return pd.DataFrame({
        "session": problem.sessions.name[columns.session], "time": problem.clock.start[columns.step],
        "plugged_in_h": columns.hours, "power_kw": (decision.drawn - decision.given) / columns.hours,
        "drawn_kwh": decision.drawn, "given_kwh": decision.given,
    })  # fmt: skip


def session_table(problem: Problem, found: Found) -> pd.DataFrame:
    """Return a row for every session: what it asked for, what it gets, and why if that is less."""
    import pandas as pd

    own, got = problem.sessions, delivered_kwh(problem, found.decision)
    why = {one.name: one.why for one in lacking(problem, found.decision)}
    zone, phase = (
        problem.clock.start.tz,
        found.decision.phase if found.decision.phase is not None else problem.points.phase,
    )
    table = pd.DataFrame({
        "session": own.name, "port": ports_of(problem),
        "arrival": pd.to_datetime(own.arrival_s, unit="s", utc=True).tz_convert(zone),
        "departure": pd.to_datetime(own.departure_s, unit="s", utc=True).tz_convert(zone),
        "asked_kwh": own.energy_kwh, "delivered_kwh": got,
        "satisfaction": np.where(own.energy_kwh > 0, np.minimum(1.0, got / np.maximum(own.energy_kwh, 1e-12)), 1.0),
        "priority": own.priority, "why_less": [why.get(str(name), "") for name in own.name],
    })  # fmt: skip
    return table if phase is None else table.assign(phase=phase)


def station_table(problem: Problem, decision: Decision, slot_price: np.ndarray | None = None) -> pd.DataFrame:
    """Return a row for every step: powers in kW, means of the step, price and money.

    slot_price : what a kWh more would cost in each step, peaks and limits counted, where it is known.
    """
    import pandas as pd

    own, h = flows(problem, decision), problem.step_h
    table = pd.DataFrame({
        "time": problem.clock.start, "vehicles_kw": problem.by_step(decision.drawn - decision.given) / h,
        "load_kw": problem.base_kwh / h, "solar_kw": problem.solar_kwh / h,
        "battery_kw": (decision.charge - decision.discharge) / h, "import_kw": own.drawn / h, "limit_kw": problem.limit_kwh / h,
        "export_kw": own.exported / h, "spilled_kw": own.spilled / h, "price_per_kwh": problem.price,
        "energy_cost": problem.price * own.drawn - problem.export_price * own.exported,
    })  # fmt: skip
    return table if slot_price is None else table.assign(slot_price_per_kwh=slot_price)


def policies(problem: Problem) -> dict[str, dict[str, Any]]:
    """Return the figures of every policy on the same sessions."""
    return {
        name: figures(problem, own) | {"total": cost(problem, own).total}
        for name, own in ((name, follow(problem, policy)) for name, policy in POLICIES.items())
    }


def write(
    read: ReadSite, problem: Problem, found: Found, folder: Path, formats: Sequence[str] = ("html",)
) -> dict[str, Any]:
    """Write every file of a plan, and its report; return its summary."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "power": power_table(problem, found),
        "sessions": session_table(problem, found),
        "station": station_table(problem, found.decision, found.slot_price),
    }
    files = []
    for name, table in tables.items():
        files.append(f"{name}.csv")
        write_csv(folder / files[-1], table)
    files.append("power.parquet")
    with replacing(folder / files[-1]) as path:
        tables["power"].to_parquet(path, index=False)
    orders = {version: profiles(problem, found.decision, read.site.chargers, version) for version in VERSIONS}
    for version, messages in orders.items():
        files.append(f"ocpp-{version}.json")
        with replacing(folder / files[-1]) as path:
            path.write_text(json.dumps(messages, indent=1), encoding="utf-8")
    said = {
        "kind": "schedule", "title": read.site.title, "currency": read.site.currency, "begins": problem.clock.start[0].isoformat(),
        "steps": problem.steps, "step_minutes": read.site.step_minutes, "solver": found.solver, "gap": found.gap,
        "bound": found.bound, "seconds": found.seconds, "figures": figures(problem, found.decision), "total": found.cost.total,
        "policies": policies(problem), "ocpp_periods_below_6_a": below_least(orders["2.0.1"], read.site.chargers),
    }  # fmt: skip
    write_report(said, problem, found, folder, formats)
    seal(folder, clean(said), files)
    return sealed(folder, "schedule")
