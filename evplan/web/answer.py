"""The answer to a schedule's request: figures, sessions with their powers, the station's series; compact, by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from evplan.report.sealed import clean
from evplan.schedule.answer import figures, lacking
from evplan.schedule.binding import binding
from evplan.schedule.flows import cost, delivered_kwh, flows
from evplan.schedule.ocpp import ports_of
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.problem import Problem
from evplan.schedule.site import ScheduleSite
from evplan.schedule.solve import Found

DIGITS = 6  # of kW and kWh: a thousandth of a watt, so that sums stay what they are
FORM = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def answer(id: str, site: ScheduleSite, problem: Problem, found: Found, compare: bool) -> bytes:
    """Return the whole answer as JSON. compare : with what operators' policies come to on the same sessions, and with what binds."""
    said = {
        "id": id, "state": "done", "title": site.title, "currency": site.currency, "timezone": site.timezone,
        "begins": problem.clock.start[0].isoformat(), "step_minutes": site.step_minutes, "steps": problem.steps,
        "solver": found.solver, "gap": found.gap, "bound": found.bound, "total": found.cost.total, "seconds": round(found.seconds, 4),
        "figures": clean(figures(problem, found.decision)), "sessions": _sessions(problem, found), "station": _station(problem, found),
        "policies": _policies(problem) if compare else None,
        "binds": binding(problem, found, site.currency) if compare else None,
    }  # fmt: skip
    return orjson.dumps(said, option=FORM)


def _sessions(problem: Problem, found: Found) -> list[dict[str, Any]]:
    """Return every session: what it gets, and its power in every step that it is there, from its first."""
    own, decision, columns = problem.sessions, found.decision, problem.columns
    power = np.round((decision.drawn - decision.given) / columns.hours, DIGITS) + 0.0
    got = np.round(delivered_kwh(problem, decision), DIGITS)
    why = {one.name: one.why for one in lacking(problem, decision)}
    share = np.where(own.energy_kwh > 0, np.minimum(1.0, got / np.maximum(own.energy_kwh, 1e-12)), 1.0)
    bounds = np.searchsorted(columns.session, np.arange(len(own) + 1)).tolist()
    ports, names = ports_of(problem).tolist(), own.name.tolist()
    asked, delivered, satisfied = own.energy_kwh.tolist(), got.tolist(), np.round(share, DIGITS).tolist()
    steps, phase = columns.step.tolist(), [None] * len(own) if decision.phase is None else decision.phase.tolist()
    found_all = []
    for v, name in enumerate(names):
        first, last = bounds[v], bounds[v + 1]
        found_all.append({
            "id": name, "port": ports[v], "asked_kwh": asked[v], "delivered_kwh": delivered[v], "satisfaction": satisfied[v],
            "why_less": why.get(name, ""), "phase": phase[v],
            "first_step": steps[first] if last > first else None, "power_kw": power[first:last],
        })  # fmt: skip
    return found_all


def _station(problem: Problem, found: Found) -> dict[str, Any]:
    """Return the station's series, means of each step."""
    decision, own, h = found.decision, flows(problem, found.decision), problem.step_h
    series = {
        "vehicles_kw": problem.by_step(decision.drawn - decision.given) / h, "load_kw": problem.base_kwh / h,
        "solar_kw": problem.solar_kwh / h, "battery_kw": (decision.charge - decision.discharge) / h, "import_kw": own.drawn / h,
        "limit_kw": problem.limit_kwh / h, "export_kw": own.exported / h, "spilled_kw": own.spilled / h, "price_per_kwh": problem.price,
    }  # fmt: skip
    return {name: np.round(values, DIGITS) + 0.0 for name, values in series.items()}


def _policies(problem: Problem) -> dict[str, dict[str, Any]]:
    """Return the figures of what operators do today; `total` as the plan's, with the price of energy that drivers do not get."""
    followed = {name: follow(problem, policy) for name, policy in POLICIES.items()}
    return {name: clean(figures(problem, one) | {"total": cost(problem, one).total}) for name, one in followed.items()}
