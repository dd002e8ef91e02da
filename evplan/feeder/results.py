"""Plan a feeder file and write everything: tables, the check, the report, and a sealed summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import CheckError, InputError, StoppedError
from evplan.feeder import tables
from evplan.feeder.checked import Check, check
from evplan.feeder.control.evolved import evolved, hypervolume
from evplan.feeder.control.front import Front, front, score
from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day, day_of
from evplan.feeder.export import as_dss
from evplan.feeder.planning.connection import write_instance
from evplan.feeder.planning.envelopes import Envelopes, envelopes
from evplan.feeder.planning.hosting import CAUSES, Hosted, hosting
from evplan.feeder.planning.phases import Assigned, assign
from evplan.feeder.planning.upgrade import Choice, choices
from evplan.feeder.planning.voltvar import voltvar
from evplan.feeder.read import ReadFeeder, named_files
from evplan.paths import replacing
from evplan.report.sealed import clean, seal, sealed
from evplan.solver.outcome import Options

RISKS = (0.05, 0.5, 0.95)
TRUE = 1e-7  # p.u.: what OpenDSS's voltages may differ by


@dataclass(frozen=True)
class Asked:
    """What is made beside control. envelopes_kw : of a connection at most.  compare : evaluations of NSGA-II, 0 for none.

    base, bus : a plan file that an instance is made from, for a station at a bus.
    """

    formats: Sequence[str] = ("html",)
    hosting: bool = False
    envelopes_kw: float | None = None
    phases: bool = False
    voltvar: bool = False
    upgrade: bool = False
    engine: str = "evplan"
    compare: int = 0
    base: Path | None = None
    bus: str = ""


@dataclass(frozen=True)
class Made:
    """Everything that was found for a day."""

    day: Day
    front: Front
    checks: list[Check]
    hosted: Hosted | None = None
    envelopes: Envelopes | None = None
    assigned: Assigned | None = None
    voltvar: Operation | None = None
    choices: Sequence[Choice] = ()
    evolved: Sequence[Operation] | None = None


def plan_and_write(
    read: ReadFeeder, folder: Path, asked: Asked, tell: Callable[[str, str], None], options: Options
) -> dict[str, Any]:  # fmt: skip
    """Plan a day, check and write it; return its summary. Raises: CheckError where a claim does not hold."""
    for _, file in named_files(read.study):
        place = read.path.parent / file
        if folder.resolve() in (place.resolve().parent, place.parent.resolve()):
            raise InputError(
                f"--output: {folder} holds the feeder's data ({file}), which tables could replace; name another folder"
            )
    own = partial(tell, "feeder")
    own("reading data")
    made = found(day_of(read.study, read.path.parent), asked, own, options, read.path.parent)
    own("writing")
    return write(read, made, folder, asked)


def found(day: Day, asked: Asked, tell: Callable[[str], None], options: Options, data: Path) -> Made:
    """Return everything that is asked for."""
    stopped = options.stop.is_set
    traded = front(day, tell, stopped)
    if not traded.points and stopped():
        raise StoppedError("stopped before there was a plan")
    checks = [one for operation in (traded.nothing, traded.chosen) for one in check(operation)]
    if asked.engine == "opendss":
        checks += _by_opendss(traded, data)
    wrong = [one for one in checks if not one.holds]
    if wrong:
        lines = "\n".join(one.claim for one in wrong)
        raise CheckError(f"the plan does not add up and is refused:\n{lines}", {one.claim: one.found for one in wrong})
    return Made(
        day, traded, checks,
        hosted=hosting(day, lambda said: tell(f"hosting capacity: {said}"), stopped) if asked.hosting else None,
        envelopes=envelopes(day, asked.envelopes_kw, lambda said: tell(f"envelopes: {said}"), stopped) if asked.envelopes_kw else None,
        assigned=assign(day, options) if asked.phases else None,
        voltvar=voltvar(traded.nothing) if asked.voltvar else None,
        choices=choices(day, traded.chosen, data) if asked.upgrade else (),
        evolved=evolved(day, asked.compare) if asked.compare else None,
    )  # fmt: skip


def _by_opendss(traded: Front, data: Path) -> list[Check]:
    """Return whether OpenDSS finds the same voltages. Raises: InputError for nets of pandapower."""
    from evplan.feeder.truth import Truth, master

    day, said = traded.chosen.day, traded.chosen.day.study.network
    if said.pandapower is not None:
        raise InputError("--engine opendss: the network must be one of OpenDSS or of tables")
    build = (
        master(data / said.dss)
        if said.dss is not None
        else as_dss(data, said.tables)
        if said.tables is not None
        else []
    )
    everybody = [*day.customers, *day.panels, *(one.at for one in day.sessions)]
    truth, checks = Truth(build, day.network, everybody), []
    for one in (traded.nothing, traded.chosen):
        volts, settled = truth.solve(day.drawn(one.charge_kw, one.curtailed_kw, one.panel_kvar))
        apart = np.abs(volts - day.flow.nodes(one.solved.current)) / day.network.base_v[:, None]
        most = float(apart.max()) if settled.all() else np.inf
        checks.append(Check("OpenDSS finds the same voltages", most if most > TRUE else 0.0))
    return checks


def write(read: ReadFeeder, made: Made, folder: Path, asked: Asked) -> dict[str, Any]:
    """Write a plan's folder and return its summary."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in tables_of(made).items():
        with replacing(folder / f"{name}.csv") as path:
            table.to_csv(path, index=False)
        files.append(f"{name}.csv")
    with replacing(folder / "steps.parquet") as path:
        tables.steps_table([made.front.nothing, made.front.chosen]).to_parquet(path, index=False)
    tabled = read.study.network.tables
    if tabled is not None:
        with replacing(folder / "network.dss") as path:
            path.write_text("\n".join(as_dss(read.path.parent, tabled)) + "\n", encoding="utf-8")
        files.append("network.dss")
    said = summary(read, made)
    if asked.base is not None:
        said["connection"] = {
            "bus": asked.bus,
            **write_instance(made.day, asked.bus, asked.base, read.path.parent, folder / "site.yaml"),
        }
        files.append("site.yaml")
    said = clean(said)
    from evplan.feeder.report import write_report

    write_report(said, made, folder, asked.formats)
    seal(folder, said, [*files, "steps.parquet"])
    return sealed(folder, "feeder")


def tables_of(made: Made) -> dict[str, Any]:
    """Return the tables of a plan."""
    import pandas as pd

    traded, day = made.front, made.day
    found = {
        "front": tables.operations_table([*traded.baselines, *traded.points]), "plan": tables.powers_table(traded.chosen),
        "sessions": tables.sessions_table(traded.chosen), "voltages": tables.voltages_table(traded.chosen),
        "steps": tables.steps_table([traded.nothing, traded.chosen]),
    }  # fmt: skip
    if made.hosted is not None:
        own = made.hosted
        found["hosting"] = pd.DataFrame({"share": own.share, "passed": own.passed})
        found["orders"] = pd.DataFrame(
            {"kw": own.kw, "cause": [CAUSES[k] if k >= 0 else "" for k in own.cause.tolist()]}
        )
    if made.envelopes is not None:
        names, times = [one.name for one in day.customers], tables.clock(day)
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


def summary(read: ReadFeeder, made: Made) -> dict[str, Any]:
    """Return what a plan comes to."""
    day, traded = made.day, made.front
    said: dict[str, Any] = {
        "kind": "feeder", "title": read.study.title or read.path.stem, "file": str(read.path), "currency": read.study.currency,
        "buses": len(day.network.buses), "customers": len(day.customers), "panels": len(day.panels), "vehicles": len(day.sessions),
        "asked_kwh": sum(one.kwh for one in day.sessions), "panels_kwh": float(day.panel_kw.sum() * day.hours),
        "notes": list(day.network.notes), "baselines": [tables.figures(one) for one in traded.baselines],
        "chosen": tables.figures(traded.chosen), "control": traded.chosen is not traded.nothing, "points": len(traded.points),
        "score": score(traded.chosen, traded.nothing), "score_nothing": score(traded.nothing, traded.nothing),
        "hypervolume": hypervolume(list(traded.points), traded.nothing),
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
            "draw_kw_least": float(made.envelopes.draw_kw.min()), "give_kw_least": float(made.envelopes.give_kw.min()),
            "worst_pu": float(np.nanmax(made.envelopes.worst_pu)),
        }  # fmt: skip
    if made.assigned is not None:
        own = made.assigned
        said["phases"] = {
            "moved": own.moved,
            "before_a": own.before.unbalance_a,
            "after_a": own.after.unbalance_a,
            "gap": own.gap,
        }
    if made.voltvar is not None:
        said["volt_var"] = tables.figures(made.voltvar)
    if made.choices:
        said["upgrade"] = [{"choice": one.name, "yearly": one.yearly} for one in made.choices]
    if made.evolved is not None:
        said["nsga2"] = {"points": len(made.evolved), "hypervolume": hypervolume(list(made.evolved), traded.nothing)}
    return said
