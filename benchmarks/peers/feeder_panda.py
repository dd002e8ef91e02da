"""Nets of pandapower and simbench with their balanced power flow. Writes NAME.json (the net) and NAME.csv (voltages) to a folder.

Usage: feeder_panda.py FOLDER DATE: NAME.csv has a row for each quarter of an hour of the date, or a single row where a net has no
profiles, and a column for each bus that is in service, p.u. The external grid is stiff, as in pandapower's balanced flow.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as nets
import pandas as pd
import simbench

STIFF_MVA = 1e9
SIMBENCH = ("1-LV-rural1--0-sw", "1-LV-rural2--0-sw", "1-LV-rural3--0-sw", "1-LV-semiurb4--0-sw", "1-LV-urban6--0-sw")
PLAIN = {
    "cigre-lv": nets.create_cigre_network_lv,
    "kerber-landnetz": nets.create_kerber_landnetz_freileitung_1,
    "kerber-dorfnetz": nets.create_kerber_dorfnetz,
    "kerber-vorstadt": nets.create_kerber_vorstadtnetz_kabel_1,
}


def voltages(net: Any) -> np.ndarray:
    """Return the voltage of each bus, p.u., by pandapower."""
    pp.runpp(net, calculate_voltage_angles=True, tolerance_mva=1e-10, trafo_model="pi", init="dc")
    return net.res_bus.vm_pu.to_numpy()


def main() -> int:
    """Write everything."""
    logging.disable(logging.WARNING)
    folder, date = Path(sys.argv[1]), pd.Timestamp(sys.argv[2])
    made = {name: (build(), None) for name, build in PLAIN.items()}
    for code in SIMBENCH:
        net = simbench.get_simbench_net(code)
        made[code] = (net, simbench.get_absolute_values(net, profiles_instead_of_study_cases=True))
    for name, (net, profiles) in made.items():
        net.bus["name"] = [f"bus{index}" for index in net.bus.index]
        net.ext_grid["s_sc_max_mva"], net.ext_grid["rx_max"] = STIFF_MVA, 0.1
        pp.to_json(net, str(folder / f"{name}.json"))
        rows = []
        if profiles is None:
            rows.append(voltages(net))
        else:
            times = pd.to_datetime(net.profiles["load"]["time"], format="%d.%m.%Y %H:%M")
            for step in np.flatnonzero(times.dt.normalize() == date):
                for (kind, field), table in profiles.items():
                    if len(net[kind]):
                        net[kind].loc[table.columns, field] = table.loc[step]
                rows.append(voltages(net))
        pd.DataFrame(rows, columns=net.bus["name"]).dropna(axis=1).to_csv(folder / f"{name}.csv", index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
