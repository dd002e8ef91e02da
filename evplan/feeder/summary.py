"""What a feeder's plan comes to: its tables and its summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.feeder import tables
from evplan.feeder.control.evolved import hypervolume
from evplan.feeder.control.front import Front, score
from evplan.feeder.made import Made
from evplan.feeder.planning.hosting import CAUSES
from evplan.feeder.read import ReadFeeder

RISKS = (0.05, 0.5, 0.95)


def tables_of(made: Made) -> dict[str, Any]:
    """Return the tables of a plan."""
    import pandas as pd

    traded, day = made.front, made.day
    found = {
        "front": tables.operations_table([*traded.baselines, *traded.points]), "plan": tables.powers_table(traded.chosen),
        "sessions": tables.sessions_table(traded.chosen), "voltages": tables.voltages_table(traded.chosen),
        "steps": tables.steps_table(traded.compared),
    }  # fmt: skip
    if made.hosted is not None:
        own = made.hosted
        found["hosting"] = pd.DataFrame({"share": own.share, "passed": own.passed})
        found["orders"] = pd.DataFrame(
            {"kw": own.kw, "cause": [CAUSES[k] if k >= 0 else "" for k in own.cause.tolist()]}
        )
    if made.envelopes is not None:
        names, times = made.envelopes.names, tables.clock(day)[: made.envelopes.draw_kw.shape[1]]
        wide = {f"{name}_draw_kw": made.envelopes.draw_kw[c] for c, name in enumerate(names)}
        wide |= {f"{name}_give_kw": made.envelopes.give_kw[c] for c, name in enumerate(names)}
        found["envelopes"] = pd.DataFrame({"time": times, **wide})
    if made.assigned is not None:
        before, after = made.assigned.before.day.sessions, made.assigned.after.day.sessions
        found["phases"] = pd.DataFrame([
            {"name": a.at.name, "bus": a.at.bus, "phases": "".join(map(str, a.at.phases)), "best": "".join(map(str, b.at.phases))}
            for a, b in zip(before, after, strict=True)
        ])  # fmt: skip
    if made.choices:
        found["upgrade"] = pd.DataFrame([
            {"choice": one.name, "kva": one.kva, "investment_yearly": one.investment_yearly, "curtailed_yearly": one.curtailed_yearly,
             "losses_yearly": one.losses_yearly, "yearly": one.yearly, **tables.figures(one.operation)}
            for one in made.choices
        ]).drop(columns="name")  # fmt: skip
    if made.evolved is not None:
        found["nsga2"] = tables.operations_table(made.evolved)
    return found


def _told(traded: Front, value: float) -> float | None:
    """Return a figure of unbalance beside that without control, None where either has steps that no voltage carries."""
    return None if traded.nothing.unsolved or traded.chosen.unsolved else value


def summary(read: ReadFeeder, made: Made) -> dict[str, Any]:
    """Return what a plan comes to."""
    day, traded = made.day, made.front
    said: dict[str, Any] = {
        "kind": "feeder", "title": read.study.title or read.path.stem, "file": str(read.path), "currency": read.study.currency,
        "buses": len(day.network.buses), "customers": len(day.customers), "panels": len(day.panels), "vehicles": len(day.sessions),
        "asked_kwh": sum(one.kwh for one in day.sessions), "panels_kwh": float(day.panel_kw.sum() * day.hours),
        "notes": list(day.network.notes), "baselines": [tables.figures(one) for one in traded.baselines],
        "chosen": tables.figures(traded.chosen), "control": traded.chosen is not traded.nothing,
        "points": len(traded.points), "interrupted": made.interrupted,
        "score": _told(traded, score(traded.chosen, traded.nothing)), "score_nothing": _told(traded, score(traded.nothing, traded.nothing)),
        "hypervolume": _told(traded, hypervolume(list(traded.points), traded.nothing)),
        "checks": [{"claim": one.claim, "holds": one.holds} for one in made.checks],
    }  # fmt: skip
    if made.hosted is not None:
        kinds = np.bincount(made.hosted.cause[made.hosted.cause >= 0], minlength=len(CAUSES))
        said["hosting"] = {
            "kind": read.study.hosting.kind, "kw_each": read.study.hosting.kw, "orders": len(made.hosted.kw), "flows": made.hosted.flows,
            **{f"kw_{100 * risk:g}": made.hosted.at_risk(risk) for risk in RISKS}, "causes": dict(zip(CAUSES, kinds.tolist(), strict=True)),
        }  # fmt: skip
    if made.envelopes is not None:
        said["envelopes"] = {
            "steps": made.envelopes.draw_kw.shape[1],
            "draw_kw_least": float(made.envelopes.draw_kw.min()), "give_kw_least": float(made.envelopes.give_kw.min()),
            "worst_pu": float(made.envelopes.worst_pu.max()), "worst_loading": float(made.envelopes.worst_loading.max()),
        }  # fmt: skip
    if made.assigned is not None:
        own = made.assigned
        said["phases"] = {
            "moved": own.moved,
            "before_a": own.before.unbalance_a,
            "after_a": own.after.unbalance_a,
            "how": own.how,
        }
    if made.voltvar is not None:
        said["volt_var"] = {**tables.figures(made.voltvar[0]), "from_curve_kvar": made.voltvar[1]}
    if made.choices:
        said["upgrade"] = [
            {"choice": one.name, "yearly": one.yearly, **tables.figures(one.operation)} for one in made.choices
        ]
    if made.evolved is not None:
        said["nsga2"] = {"points": len(made.evolved), "hypervolume": hypervolume(list(made.evolved), traded.nothing)}
    return said
