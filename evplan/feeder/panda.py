"""Networks that pandapower wrote as JSON: buses, lines, transformers, loads; pandapower itself is not needed to read them.

Where a line or a transformer says nothing of its zero sequence, four times the positive (lines), or the positive (transformers of a delta
and a star), is taken, and a note says so.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.feeder.assemble import Assembly, three_phase
from evplan.feeder.network import PHASES, Branch, Customer, Network

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


def read_pandapower(path: Path) -> Network:
    """Return the network of a net. Raises: InputError for a file that holds none, or elements that are not modelled."""
    net = _tables(path)
    for kind in OTHERS:
        if len(net.get(kind, ())) and _in_service(net[kind]):
            raise InputError(f"{path}: holds elements of kind {kind}, which are not modelled; take them out")
    made, notes, frequency = Assembly(path.stem), list[str](), float(net["f_hz"])
    bus_of, kv = _joined(net), dict[str, float]()
    for index, row in net["bus"].iterrows():
        kv[bus_of[index]] = float(row["vn_kv"])
    for row in _in_service(net["ext_grid"]):
        _source(made, row, bus_of, kv)
    for index, row in net["trafo"].iterrows():
        if row["in_service"] and index not in _opened(net, "t"):
            _transformer(made, row.to_dict(), bus_of, notes)
    opened, off = _opened(net, "l"), {index for index, row in net["bus"].iterrows() if not row.get("in_service", True)}
    for index, row in net["line"].iterrows():
        if row["in_service"] and index not in opened and not {int(row["from_bus"]), int(row["to_bus"])} & off:
            _line(made, row, bus_of, kv, frequency, notes)
    customers = [
        one
        for kind in ("load", "asymmetric_load", "sgen", "asymmetric_sgen")
        for one in _customers(net, kind, bus_of, off)
    ]
    lost = [one.name for one in customers if (one.bus, 1) not in made.nodes]
    if lost:
        raise InputError(f"{path}: customers at buses that nothing connects: {', '.join(lost[:5])}")
    return made.network(customers, _places(net["bus"], bus_of), sorted(set(notes)))


def _tables(path: Path) -> dict[str, Any]:
    import pandas as pd

    try:
        net = json.loads(path.read_text(encoding="utf-8"))
        found = dict(net["_object"])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the feeder file)") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: is no net of pandapower (write one with pandapower.to_json)") from None
    for name, own in found.items():
        if isinstance(own, dict) and own.get("_class") == "DataFrame":
            text = own["_object"] if isinstance(own["_object"], str) else json.dumps(own["_object"])
            found[name] = pd.read_json(
                io.StringIO(text), orient=own.get("orient", "split"), convert_axes=False, dtype=False
            )
    if not all(hasattr(found.get(name), "columns") for name in ("bus", "line", "trafo", "ext_grid")) or not len(
        found["ext_grid"]
    ):
        raise InputError(f"{path}: a net needs buses, lines, transformers and an external grid")
    return found


def _in_service(table: Any) -> list[dict[str, Any]]:
    return [row for row in table.to_dict("records") if row.get("in_service", True)]


def _joined(net: dict[str, Any]) -> dict[int, str]:
    """Return what each bus is called: those that a closed switch joins are one."""
    parent = {int(index): int(index) for index in net["bus"].index}

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for row in net.get("switch", _none()).to_dict("records"):
        if row["et"] == "b" and row["closed"]:
            parent[root(int(row["element"]))] = root(int(row["bus"]))
    names = net["bus"]["name"].to_dict()
    if not _distinct(names):
        return {index: str(root(index)) for index in parent}
    return {index: str(names[root(index)] or root(index)) for index in parent}


def _distinct(names: dict[int, Any]) -> bool:
    return len({str(name) for name in names.values()}) == len(names)


def _none() -> Any:
    import pandas as pd

    return pd.DataFrame()


def _opened(net: dict[str, Any], kind: str) -> set[int]:
    """Return lines (l) or transformers (t) that a switch opens at an end."""
    rows = net.get("switch", _none()).to_dict("records")
    return {int(row["element"]) for row in rows if row["et"] == kind and not row["closed"]}


def _source(made: Assembly, row: dict[str, Any], bus_of: dict[int, str], kv: dict[str, float]) -> None:
    bus = bus_of[int(row["bus"])]
    size = _said(row, "s_sc_max_mva", 10_000.0)
    ratio = _said(row, "rx_max", 0.1)
    x = kv[bus] ** 2 / size / np.hypot(1.0, ratio)
    zero = complex(_said(row, "r0x0_max", ratio), 1.0) * x * _said(row, "x0x_max", 1.0)
    made.source(bus, kv[bus], float(row["vm_pu"]), complex(ratio * x, x), zero, float(_said(row, "va_degree", 0.0)))


def _transformer(made: Assembly, row: dict[str, Any], bus_of: dict[int, str], notes: list[str]) -> None:
    base = float(row["vn_lv_kv"]) ** 2 / float(row["sn_mva"]) / 100 / float(_said(row, "parallel", 1))

    def ohm(whole: float, real: float) -> complex:
        return complex(real, np.sqrt(max(whole**2 - real**2, 0.0))) * base

    positive = ohm(float(row["vk_percent"]), float(row["vkr_percent"]))
    zero = ohm(_said(row, "vk0_percent", row["vk_percent"]), _said(row, "vkr0_percent", row["vkr_percent"]))
    ratio = (
        1 + (_said(row, "tap_pos", 0.0) - _said(row, "tap_neutral", 0.0)) * _said(row, "tap_step_percent", 0.0) / 100
    )
    turned = "tap_changer_type" not in row or bool(
        row["tap_changer_type"]
    )  # of a tap that has no type, pandapower takes no notice
    if row.get("tap_side") == "lv" and turned and ratio != 1.0:
        raise InputError(f"{made.name}: transformer {row.get('name')}: taps at the low side are not modelled")
    losses, idle = _said(row, "pfe_kw", 0.0), _said(row, "i0_percent", 0.0) / 100 * 1000 * float(row["sn_mva"])
    iron = complex(losses, -np.sqrt(max(idle**2 - losses**2, 0.0)))
    made.transformer(
        Branch(str(row.get("name") or "transformer"), bus_of[int(row["hv_bus"])], bus_of[int(row["lv_bus"])], "transformer",
               rating_kva=1000 * float(row["sn_mva"]) * float(_said(row, "parallel", 1))),
        (float(row["vn_hv_kv"]), float(row["vn_lv_kv"])), (positive, zero), _group(row, notes),
        iron * float(_said(row, "parallel", 1)) / 1000 / float(row["vn_lv_kv"]) ** 2,
        ratio if row.get("tap_side") == "hv" and turned else 1.0,
    )  # fmt: skip


def _group(row: dict[str, Any], notes: list[str]) -> str:
    """Return the vector group that is modelled: clocks other than 1 and 11 turn angles at the low side, and nothing else."""
    high = str(row.get("vector_group") or "Dyn").upper()
    if not high.startswith("D"):
        if not high.startswith("YN"):
            notes.append("a star whose neutral is not on ground has the zero sequence of its low side's positive one")
        return "YNyn0" if high.startswith("YN") else "Yyn0"
    clock = round(float(_said(row, "shift_degree", 0.0)) / 30) % 12
    if clock not in (1, 11):
        notes.append(
            f"a transformer of clock {clock} is taken as 11: angles at its low side are turned, and nothing else"
        )
    return "Dyn1" if clock == 1 else "Dyn11"


def _line(
    made: Assembly, row: pd.Series, bus_of: dict[int, str], kv: dict[str, float], frequency: float, notes: list[str]
) -> None:
    length, parallel = float(row["length_km"]), float(_said(row, "parallel", 1))
    positive = complex(row["r_ohm_per_km"], row["x_ohm_per_km"])
    r0, x0 = _said(row, "r0_ohm_per_km", np.nan), _said(row, "x0_ohm_per_km", np.nan)
    if not np.isfinite([r0, x0]).all():
        r0, x0 = ZERO_PER_POSITIVE * positive.real, ZERO_PER_POSITIVE * positive.imag
        notes.append(f"lines without a zero sequence have {ZERO_PER_POSITIVE:g} times their positive one")
    c1 = float(row["c_nf_per_km"])
    c0 = _said(row, "c0_nf_per_km", c1)
    shunt = three_phase(*(2j * np.pi * frequency * c * 1e-9 * length * parallel for c in (c1, c0)))
    start, end = bus_of[int(row["from_bus"])], bus_of[int(row["to_bus"])]
    rated = 1000 * float(row["max_i_ka"]) * float(_said(row, "df", 1.0)) * parallel
    branch = Branch(str(row["name"] or f"{start}-{end}"), start, end, "line", rated if np.isfinite(rated) else None)
    made.line(branch, kv[start], three_phase(positive, complex(r0, x0)) * length / parallel, shunt)


def _customers(net: dict[str, Any], kind: str, bus_of: dict[int, str], off: set[int]) -> list[Customer]:
    sign, found = -1 if kind.endswith("sgen") else 1, []
    for k, row in enumerate(_in_service(net.get(kind, _none()))):
        if int(row["bus"]) in off:
            continue
        bus, name = bus_of[int(row["bus"])], str(row.get("name") or f"{kind}{k + 1}")
        times = 1000 * sign * float(_said(row, "scaling", 1.0))
        delta = row.get("type") == "delta"
        if delta and kind.startswith("asymmetric"):
            raise InputError(f"load {name!r}: unbalanced loads between phases are not modelled")
        if not kind.startswith("asymmetric"):
            found.append(Customer(name, bus, PHASES, times * row["p_mw"], times * _said(row, "q_mvar", 0.0), delta))
            continue
        own = [
            (phase, times * row[f"p_{letter}_mw"], times * row[f"q_{letter}_mvar"])
            for phase, letter in zip(PHASES, "abc", strict=True)
        ]
        drawn = [one for one in own if one[1] or one[2]] or own[:1]
        names = [name] if len(drawn) == 1 else [f"{name}-{phase}" for phase, _, _ in drawn]
        found += [Customer(n, bus, (phase,), kw, kvar) for n, (phase, kw, kvar) in zip(names, drawn, strict=True)]
    return found


def _places(table: Any, bus_of: dict[int, str]) -> dict[str, tuple[float, float]]:
    place = {}
    for index, geo in table["geo"].items() if "geo" in table else ():
        if isinstance(geo, str) and geo.startswith("{"):
            x, y = json.loads(geo)["coordinates"][:2]
            place[bus_of[int(index)]] = (float(x), float(y))
    return place


def _said(row: Any, field: str, usual: float) -> float:
    """Return a number of a row, or what is usual where it says none."""
    value = row.get(field)
    return usual if value is None or value == "" or value != value else float(value)
