"""Everything that is found for a day: the trade-off, its check, and what else is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.errors import CheckError, InputError, StoppedError
from evplan.feeder.checked import Check, check
from evplan.feeder.control.evolved import evolved
from evplan.feeder.control.front import Front, front
from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day
from evplan.feeder.export import as_dss, bus_names
from evplan.feeder.planning.connection import require_base
from evplan.feeder.planning.envelopes import Envelopes, envelopes
from evplan.feeder.planning.hosting import Hosted, hosting
from evplan.feeder.planning.phases import Assigned, assign
from evplan.feeder.planning.upgrade import Choice, choices, require_upgrade
from evplan.feeder.planning.voltvar import voltvar
from evplan.solver.outcome import Options

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
    voltvar: tuple[Operation, float] | None = None
    choices: Sequence[Choice] = ()
    evolved: Sequence[Operation] | None = None
    interrupted: bool = False


def found(day: Day, asked: Asked, tell: Callable[[str], None], options: Options, data: Path) -> Made:
    """Return everything that is asked for. Raises: InputError, before anything is done, for what cannot be asked of this day."""
    _require(day, asked)
    stopped = options.stop.is_set
    traded = front(day, tell, stopped)
    if not traded.points and stopped():
        raise StoppedError("stopped before there was a plan")
    checks = [one for operation in traded.compared for one in check(operation)]
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
        assigned=assign(day, options, lambda said: tell(f"phases: {said}")) if asked.phases and not stopped() else None,
        voltvar=voltvar(traded.nothing) if asked.voltvar else None,
        choices=choices(day, traded, data) if asked.upgrade else (),
        evolved=evolved(day, asked.compare, lambda said: tell(f"NSGA-II: {said}"), stopped) if asked.compare and not stopped() else None,
        interrupted=stopped(),
    )  # fmt: skip


def _require(day: Day, asked: Asked) -> None:
    """Raise what keeps a day from what is asked of it."""
    if asked.upgrade:
        require_upgrade(day.study)
    if asked.engine == "opendss" and day.study.network.pandapower is not None:
        raise InputError("--engine opendss: the network must be one of OpenDSS or of tables")
    if asked.compare and not (day.sessions or day.panels):
        raise InputError("--compare: there are neither vehicles nor panels whose power could be chosen")
    if asked.base is not None:
        require_base(day, asked.bus, asked.base)


def _by_opendss(traded: Front, data: Path) -> list[Check]:
    """Return whether OpenDSS finds the same voltages."""
    from evplan.feeder.truth import Truth, master

    day, said = traded.chosen.day, traded.chosen.day.study.network
    build = as_dss(data, said.tables) if said.tables is not None else master(data / str(said.dss))
    called = bus_names(data, said.tables) if said.tables is not None else {}
    everybody = [*day.customers, *day.panels, *(one.at for one in day.sessions)]
    truth, checks = Truth(build, day.network, everybody, called), []
    for one in traded.compared:
        volts, settled = truth.solve(day.drawn(one.charge_kw, one.curtailed_kw, one.panel_kvar))
        own = one.solved.settled  # steps that no voltage carries are told; OpenDSS ends them anywhere
        apart = np.abs(volts - day.flow.nodes(one.solved.current))[:, own] / day.network.base_v[:, None]
        most = float(apart.max(initial=0.0)) if settled[own].all() else np.inf
        checks.append(Check("OpenDSS finds the same voltages", most if most > TRUE else 0.0))
    return checks
