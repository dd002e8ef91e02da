"""Networks that pandapower wrote as JSON: buses, lines, transformers, loads; pandapower itself is not needed to read them.

Where a line or a transformer says nothing of its zero sequence, four times the positive (lines), or the positive (transformers of a delta
and a star), is taken, and a note says so.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.feeder.assemble import Assembly, three_phase
from evplan.feeder.network import Branch, Network
from evplan.feeder.panda_customers import customers_of
from evplan.feeder.panda_tables import in_service, rows, said, tables_of, worded

if TYPE_CHECKING:
    import pandas as pd

ZERO_PER_POSITIVE = 4.0  # of cables with four conductors; Kersting 2018
OTHERS = (
    "gen",
    "shunt",
    "trafo3w",
    "impedance",
    "dcline",
    "ward",
    "xward",
    "storage",
    "motor",
    "svc",
    "tcsc",
    "ssc",
    "vsc",
)


def read_pandapower(path: Path, date: datetime.date | None = None) -> Network:
    """Return the network of a net, with the day of a date of its profiles (simbench).

    Raises: InputError for a file that holds no net, for elements that are not modelled, and for a date that profiles do not have.
    """
    net = tables_of(path)
    for kind in OTHERS:
        if in_service(net, kind):
            raise InputError(f"{path}: holds elements of kind {kind}, which are not modelled; take them out")
    made, notes, frequency = Assembly(path.stem), list[str](), float(net["f_hz"])
    bus_of, kv = _joined(net), dict[str, float]()
    for index, row in net["bus"].iterrows():
        kv[bus_of[index]] = float(row["vn_kv"])
    made.rated_kv = kv
    for row in in_service(net, "ext_grid"):
        _source(made, row, bus_of, kv)
    for index, row in net["trafo"].iterrows():
        if row["in_service"] and index not in _opened(net, "t"):
            _transformer(made, row.to_dict(), bus_of, notes)
    opened, off = _opened(net, "l"), {index for index, row in net["bus"].iterrows() if not row.get("in_service", True)}
    for index, row in net["line"].iterrows():
        if row["in_service"] and index not in opened and not {int(row["from_bus"]), int(row["to_bus"])} & off:
            _line(made, row, bus_of, kv, frequency, notes)
    customers = customers_of(net, path, date, (bus_of, off), notes)
    lost = [one.name for one in customers if (one.bus, 1) not in made.nodes]
    if lost:
        raise InputError(f"{path}: customers at buses that nothing connects: {', '.join(lost[:5])}")
    return made.network(customers, _places(net["bus"], bus_of), sorted(set(notes)))


def _joined(net: dict[str, Any]) -> dict[int, str]:
    """Return what each bus is called: those that a closed switch joins are one."""
    parent = {int(index): int(index) for index in net["bus"].index}

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for row in rows(net, "switch"):
        if row["et"] == "b" and row["closed"]:
            parent[root(int(row["element"]))] = root(int(row["bus"]))
    names = net["bus"]["name"].to_dict()
    if not _distinct(names):
        return {index: str(root(index)) for index in parent}
    return {index: str(names[root(index)] or root(index)) for index in parent}


def _distinct(names: dict[int, Any]) -> bool:
    return len({str(name) for name in names.values()}) == len(names)


def _opened(net: dict[str, Any], kind: str) -> set[int]:
    """Return lines (l) or transformers (t) that a switch opens at an end."""
    return {int(row["element"]) for row in rows(net, "switch") if row["et"] == kind and not row["closed"]}


def _source(made: Assembly, row: dict[str, Any], bus_of: dict[int, str], kv: dict[str, float]) -> None:
    bus = bus_of[int(row["bus"])]
    size = said(row, "s_sc_max_mva", 10_000.0)
    ratio = said(row, "rx_max", 0.1)
    x = kv[bus] ** 2 / size / np.hypot(1.0, ratio)
    zero = complex(said(row, "r0x0_max", ratio), 1.0) * x * said(row, "x0x_max", 1.0)
    made.source(bus, kv[bus], float(row["vm_pu"]), complex(ratio * x, x), zero, float(said(row, "va_degree", 0.0)))


def _transformer(made: Assembly, row: dict[str, Any], bus_of: dict[int, str], notes: list[str]) -> None:
    base = float(row["vn_lv_kv"]) ** 2 / float(row["sn_mva"]) / 100 / float(said(row, "parallel", 1))

    def ohm(whole: float, real: float) -> complex:
        return complex(real, np.sqrt(max(whole**2 - real**2, 0.0))) * base

    positive = ohm(float(row["vk_percent"]), float(row["vkr_percent"]))
    zero = ohm(said(row, "vk0_percent", row["vk_percent"]), said(row, "vkr0_percent", row["vkr_percent"]))
    ratio = 1 + (said(row, "tap_pos", 0.0) - said(row, "tap_neutral", 0.0)) * said(row, "tap_step_percent", 0.0) / 100
    turned = "tap_changer_type" not in row or bool(
        worded(row, "tap_changer_type")
    )  # without a type, pandapower turns no tap
    if row.get("tap_side") == "lv" and turned and ratio != 1.0:
        raise InputError(f"{made.name}: transformer {row.get('name')}: taps at the low side are not modelled")
    losses, idle = said(row, "pfe_kw", 0.0), said(row, "i0_percent", 0.0) / 100 * 1000 * float(row["sn_mva"])
    iron = complex(losses, -np.sqrt(max(idle**2 - losses**2, 0.0)))
    made.transformer(
        Branch(str(row.get("name") or "transformer"), bus_of[int(row["hv_bus"])], bus_of[int(row["lv_bus"])], "transformer",
               rating_kva=1000 * float(row["sn_mva"]) * float(said(row, "parallel", 1))),
        (float(row["vn_hv_kv"]), float(row["vn_lv_kv"])), (positive, zero), _group(row, notes),
        iron * float(said(row, "parallel", 1)) / 1000 / float(row["vn_lv_kv"]) ** 2,
        ratio if row.get("tap_side") == "hv" and turned else 1.0,
    )  # fmt: skip


def _group(row: dict[str, Any], notes: list[str]) -> str:
    """Return the vector group that is modelled: clocks other than 1 and 11 turn angles at the low side, and nothing else."""
    high = (worded(row, "vector_group") or "Dyn").upper()
    if not high.startswith("D"):
        if not high.startswith("YN"):
            notes.append("a star whose neutral is not on ground has the zero sequence of its low side's positive one")
        return "YNyn0" if high.startswith("YN") else "Yyn0"
    clock = round(float(said(row, "shift_degree", 0.0)) / 30) % 12
    if clock not in (1, 11):
        notes.append(
            f"a transformer of clock {clock} is taken as 11: angles at its low side are turned, and nothing else"
        )
    return "Dyn1" if clock == 1 else "Dyn11"


def _line(
    made: Assembly, row: pd.Series, bus_of: dict[int, str], kv: dict[str, float], frequency: float, notes: list[str]
) -> None:
    length, parallel = float(row["length_km"]), float(said(row, "parallel", 1))
    positive = complex(row["r_ohm_per_km"], row["x_ohm_per_km"])
    r0, x0 = said(row, "r0_ohm_per_km", np.nan), said(row, "x0_ohm_per_km", np.nan)
    if not np.isfinite([r0, x0]).all():
        r0, x0 = ZERO_PER_POSITIVE * positive.real, ZERO_PER_POSITIVE * positive.imag
        notes.append(f"lines without a zero sequence have {ZERO_PER_POSITIVE:g} times their positive one")
    c1 = float(row["c_nf_per_km"])
    c0 = said(row, "c0_nf_per_km", c1)
    shunt = three_phase(*(2j * np.pi * frequency * c * 1e-9 * length * parallel for c in (c1, c0)))
    start, end = bus_of[int(row["from_bus"])], bus_of[int(row["to_bus"])]
    rated = 1000 * float(row["max_i_ka"]) * float(said(row, "df", 1.0)) * parallel
    branch = Branch(str(row["name"] or f"{start}-{end}"), start, end, "line", rated if np.isfinite(rated) else None)
    made.line(branch, kv[start], three_phase(positive, complex(r0, x0)) * length / parallel, shunt)


def _places(table: Any, bus_of: dict[int, str]) -> dict[str, tuple[float, float]]:
    place = {}
    for index, geo in table["geo"].items() if "geo" in table else ():
        if isinstance(geo, str) and geo.startswith("{"):
            x, y = json.loads(geo)["coordinates"][:2]
            place[bus_of[int(index)]] = (float(x), float(y))
    return place
