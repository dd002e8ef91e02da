"""power-grid-model on the IEEE European LV feeder: batches of unbalanced power flows. Prints one JSON object.

Usage: feeder_pgm.py FOLDER POWERS.npz: the feeder's OpenDSS files, and `va`, VA of each load and step, shape (loads, steps).
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import numpy as np
from power_grid_model import (
    CalculationMethod,
    ComponentType,
    DatasetType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)

FIELD = re.compile(r"(\S+?)=(\[[^\]]*\]|\S+)")
FAST = 3


def read(path: Path) -> list[dict[str, str]]:
    """Return what each command of a file says, names in small letters."""
    rows = []
    for line in path.read_text().splitlines():
        if line.strip().lower().startswith("new "):
            kind, name = line.split()[1].split(".", 1)
            rows.append({"kind": kind.lower(), "name": name.lower(), **{k.lower(): v for k, v in FIELD.findall(line)}})
    return rows


def main() -> None:
    folder, va = Path(sys.argv[1]), np.load(sys.argv[2])["va"]
    codes = {row["name"]: row for row in read(folder / "LineCode.txt")}
    lines, loads = read(folder / "Lines.txt"), read(folder / "Loads.txt")
    buses = {"sourcebus": 0}
    for row in lines:
        for end in ("bus1", "bus2"):
            buses.setdefault(row[end], len(buses))
    count = len(buses)
    node = initialize_array(DatasetType.input, ComponentType.node, count)
    node["id"] = np.arange(count)
    node["u_rated"] = [11e3] + [416.0] * (count - 1)
    line = initialize_array(DatasetType.input, ComponentType.line, len(lines))
    line["id"] = count + np.arange(len(lines))
    for side, end in (("from", "bus1"), ("to", "bus2")):
        line[f"{side}_node"] = [buses[row[end]] for row in lines]
        line[f"{side}_status"] = 1
    km = np.array([float(row["length"]) / 1000 for row in lines])
    for field in ("r1", "x1", "r0", "x0"):
        line[field] = [max(float(codes[row["linecode"].lower()][field]), 1e-9) for row in lines] * km
    for field in ("c1", "tan1", "c0", "tan0"):
        line[field] = 0.0
    line["i_n"] = 400.0
    trafo = initialize_array(DatasetType.input, ComponentType.transformer, 1)
    values = {
        "id": 10_000, "from_node": 0, "to_node": buses["1"], "from_status": 1, "to_status": 1, "u1": 11e3, "u2": 416.0, "sn": 800e3,
        "uk": 0.0402, "pk": 0.004 * 800e3, "i0": 0.0, "p0": 0.0, "winding_from": WindingType.delta, "winding_to": WindingType.wye_n,
        "clock": 1,        "tap_side": 0, "tap_pos": 0, "tap_min": 0, "tap_max": 0, "tap_nom": 0, "tap_size": 0.0,
    }  # fmt: skip
    for field, value in values.items():
        trafo[field] = value
    source = initialize_array(DatasetType.input, ComponentType.source, 1)
    source["id"], source["node"], source["status"], source["u_ref"], source["sk"] = 10_001, 0, 1, 1.05, 57e6
    load = initialize_array(DatasetType.input, ComponentType.asym_load, len(loads))
    load["id"] = 20_000 + np.arange(len(loads))
    load["node"] = [buses[row["bus1"].split(".")[0]] for row in loads]
    load["status"], load["type"] = 1, LoadGenType.const_power
    load["p_specified"], load["q_specified"] = 0.0, 0.0
    model = PowerGridModel({
        ComponentType.node: node, ComponentType.line: line, ComponentType.transformer: trafo, ComponentType.source: source,
        ComponentType.asym_load: load,
    }, system_frequency=50.0)  # fmt: skip
    update = initialize_array(DatasetType.update, ComponentType.asym_load, (va.shape[1], len(loads)))
    update["id"] = load["id"]
    phase = np.array([int(row["bus1"].split(".")[1]) - 1 for row in loads])
    for k in range(len(loads)):
        update["p_specified"][:, k] = update["q_specified"][:, k] = 0.0
        update["p_specified"][:, k, phase[k]] = va[k].real
        update["q_specified"][:, k, phase[k]] = va[k].imag
    best, volts = np.inf, None
    for method in (
        CalculationMethod.iterative_current,
        CalculationMethod.newton_raphson,
        CalculationMethod.linear_current,
    ):
        begun = time.perf_counter()
        found = model.calculate_power_flow(
            symmetric=False, calculation_method=method, update_data={ComponentType.asym_load: update}, threading=2,
            output_component_types={ComponentType.node: ["u_pu"]}, max_iterations=50, error_tolerance=1e-8,
        )  # fmt: skip
        if (seconds := time.perf_counter() - begun) < best and method != CalculationMethod.linear_current:
            best, volts = seconds, found[ComponentType.node]["u_pu"]
    at = [buses[row["bus1"].split(".")[0]] for row in loads]
    print(
        json.dumps(
            {
                "seconds": best,
                "steps": va.shape[1],
                "lowest": float(volts[:, at, phase].min()),
                "highest": float(volts[:, at, phase].max()),
            }
        )
    )


if __name__ == "__main__":
    main()
