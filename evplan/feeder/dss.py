"""Networks of OpenDSS: a master file becomes numbers through OpenDSS itself (extra `feeder`), loads and panels apart from the rest.

Everything that is linear stays in the admittances as OpenDSS builds them: lines, transformers with their taps, capacitors, the source.
Loads, PV systems and generators become customers of constant power.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array, lil_array

from evplan.errors import InputError
from evplan.feeder.dss_customers import bus_name, customers_of
from evplan.feeder.dss_script import require_describing
from evplan.feeder.network import PHASES, Branch, Customer, Network, Node
from evplan.feeder.orientation import hops
from evplan.instance.columns import rows_shown


def read_dss(path: Path, date: datetime.date | None = None) -> Network:
    """Return the network of a master file, with the day of a date where shapes last longer.

    Raises: InputError where OpenDSS is missing or refuses the file.
    """
    require_describing(path)
    engine, broken = engine_of()
    try:
        engine.Text.Command("clear")
        engine.Text.Command(f'redirect "{path.resolve()}"')
        engine.Text.Command("set controlmode=static")
        engine.Solution.Solve()
        _require_modelled(engine, path)
        notes: list[str] = []
        customers = customers_of(engine, path, date, notes)
        engine.Text.Command("set controlmode=off")
        for kind in ("load", "pvsystem", "generator", "storage"):
            engine.Text.Command(f"batchedit {kind}..* enabled=no")
        engine.Solution.Solve()
        return _network(engine, path, customers, sorted(set(notes)))
    except broken as error:
        raise InputError(f"{path}: OpenDSS: {str(error).splitlines()[0]}") from None


def engine_of() -> tuple[Any, type[Exception]]:
    """Return an engine of its own, and what it raises."""
    try:
        from dss import DSSException
        from opendssdirect import dss
    except ImportError:
        raise InputError("networks of OpenDSS need OpenDSSDirect.py: pip install 'evplan[feeder]'") from None
    return dss.NewContext(), DSSException


def _network(engine: Any, path: Path, customers: list[Customer], notes: list[str]) -> Network:
    names = [_node(name) for name in engine.Circuit.YNodeOrder()]
    at = {node: i for i, node in enumerate(names)}
    values, indices, starts = engine.YMatrix.getYsparse(factor=False)
    admittance = csc_array((values, indices, starts), shape=(len(names), len(names)))
    idle = np.array(engine.YMatrix.getV()).view(complex)[1 : len(names) + 1]
    base, place = np.zeros(len(names)), dict[str, tuple[float, float]]()
    for bus in engine.Circuit.AllBusNames():
        engine.Circuit.SetActiveBus(bus)
        for phase in engine.Bus.Nodes():
            base[at[bus, phase]] = 1000 * engine.Bus.kVBase()
        if engine.Bus.Coorddefined():
            place[bus] = (engine.Bus.X(), engine.Bus.Y())
    injected = admittance @ idle
    fed = np.flatnonzero(np.abs(injected) > 1e-9 * np.abs(injected).max(initial=0.0))
    branches, entries, rows = _branches(engine, at, hops(names, admittance.tocsr(), [names[i][0] for i in fed]))
    own = np.array(entries, complex).reshape(-1, 3)
    through = coo_array(
        (own[:, 2], (own[:, 0].real.astype(int), own[:, 1].real.astype(int))), shape=(len(rows), len(names))
    )
    which = np.array(rows, int).reshape(-1, 2)
    return Network(
        name=engine.Circuit.Name() or path.stem, nodes=tuple(names), base_v=base, admittance=admittance,
        injected=injected, source=_source(engine, at), branches=tuple(branches), through=through.tocsr(),
        row_branch=which[:, 0], row_phase=which[:, 1], customers=tuple(customers), place=place, notes=tuple(notes),
    )  # fmt: skip


def _source(engine: Any, at: dict[Node, int]) -> csc_array:
    """Return the admittances of the sources themselves."""
    found, more = lil_array((len(at), len(at)), dtype=complex), engine.Vsources.First()
    while more:
        element = engine.CktElement
        order, buses = element.NodeOrder(), [bus_name(name) for name in element.BusNames()]
        whole = np.array(element.YPrim()).view(complex).reshape(len(order), len(order))
        ends = [bus for bus in buses for _ in range(element.NumConductors())]
        inside = [k for k, phase in enumerate(order) if phase]
        nodes = [at[ends[k], order[k]] for k in inside]
        found[np.ix_(nodes, nodes)] += whole[np.ix_(inside, inside)]
        more = engine.Vsources.Next()
    return found.tocsc()


def _branches(
    engine: Any, at: dict[Node, int], far: dict[str, int]
) -> tuple[list[Branch], list[tuple[complex, complex, complex]], list[tuple[int, int]]]:
    """Return lines and transformers, entries (row, node, S) of what flows through them, and the branch and phase of each row."""
    branches: list[Branch] = []
    entries: list[tuple[complex, complex, complex]] = []
    rows: list[tuple[int, int]] = []
    for kind, one in (("line", engine.Lines), ("transformer", engine.Transformers)):
        more = one.First()
        while more:
            element = engine.CktElement
            buses = [bus_name(name) for name in element.BusNames()[:2]]
            order, count = element.NodeOrder(), element.NumConductors()
            whole = np.array(element.YPrim()).view(complex).reshape(len(order), len(order))
            ends = [bus for bus in buses for _ in range(count)]
            nodes = [at[bus, phase] if phase else -1 for bus, phase in zip(ends, order, strict=False)]
            turned = far[buses[0]] > far[buses[1]]  # written towards the source
            start, end = buses[::-1] if turned else buses
            into, leaves = (count, 0) if turned else (0, count)
            first, sign = (
                (leaves, -1.0) if kind == "transformer" else (into, 1.0)
            )  # of a transformer, what leaves at its end
            for k in range(first, first + count):
                if order[k]:
                    entries += [(len(rows), node, sign * whole[k, j]) for j, node in enumerate(nodes) if node >= 0]
                    rows.append((len(branches), order[k]))
            rated, kva = (
                (element.NormalAmps(), None) if kind == "line" else _rated(one, 1 if turned else 2, element.NumPhases())
            )
            branches.append(Branch(one.Name(), start, end, kind, rated, kva))
            more = one.Next()
    return branches, entries, rows


def _rated(transformers: Any, winding: int, phases: int) -> tuple[float, float]:
    """Return the current of a phase at a winding and the power that a transformer is rated for, A and kVA."""
    transformers.Wdg(winding)
    kva = transformers.kVA()
    return kva / transformers.kV() / (np.sqrt(3) if phases > 1 else 1.0), kva


def _require_modelled(engine: Any, path: Path) -> None:
    """Raise `InputError` for what cannot be taken over: nodes beyond three phases, buses without a rated voltage, three windings."""
    fourth = [name for name in engine.Circuit.YNodeOrder() if int(name.rsplit(".", 1)[1]) > len(PHASES)]
    if fourth:
        raise InputError(
            f"{path}: nodes beyond three phases are not modelled: {rows_shown(fourth)}; reduce neutrals into phases"
        )
    bare = [
        bus
        for bus in engine.Circuit.AllBusNames()
        if not (engine.Circuit.SetActiveBus(bus) >= 0 and engine.Bus.kVBase() > 0)
    ]
    if bare:
        raise InputError(
            f"{path}: buses without a rated voltage: {rows_shown(bare)}; set voltagebases and say calcvoltagebases"
        )
    more = engine.Transformers.First()
    while more:
        if engine.Transformers.NumWindings() > 2:
            raise InputError(
                f"{path}: transformer {engine.Transformers.Name()}: more than two windings are not modelled"
            )
        more = engine.Transformers.Next()


def _node(name: str) -> Node:
    bus, phase = name.rsplit(".", 1)
    return bus.lower(), int(phase)
