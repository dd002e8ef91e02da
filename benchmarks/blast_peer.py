"""BLAST-Lite in its own environment: its laws over 20 years of one day, and the time of 20 years of hours.

Called by battery.py with a folder that holds use.npz (hourly temperature_c, soc of a year); prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from blast.models.nca_gr_Panasonic3Ah_2018 import Nca_Gr_Panasonic3Ah_Battery
from blast.models.nmc111_gr_Sanyo2Ah_2014 import Nmc111_Gr_Sanyo2Ah_Battery
from blast.models.nmc622_gr_DENSO50Ah_2021 import Nmc622_Gr_DENSO50Ah_Battery

MODELS = {"nca": Nca_Gr_Panasonic3Ah_Battery, "nmc": Nmc111_Gr_Sanyo2Ah_Battery, "nmc622": Nmc622_Gr_DENSO50Ah_Battery}
YEARS = (10, 20)


def one_law(model, duty: dict) -> list[float]:
    """Return the state of health after 10 and 20 years of one day: the model's own rates and states, day by day.

    The day's stressors are given, because BLAST-Lite would shrink the day's cycles with the battery's health.
    """
    battery = model()
    hours = np.arange(25.0)
    swing = np.abs((hours % 24) - 12) / 12 - 0.5
    soc = duty["soc"] + duty["depth"] * swing
    stressors = {
        "t_secs": hours * 3600, "delta_t_days": 1.0, "delta_efc": duty["cycles_per_day"], "Ua": np.full(25, 0.1),
        "TdegK": np.full(25, duty["temperature_c"] + 273.15), "soc": soc, "dod": duty["depth"], "Crate": duty["c_rate"],
        "Cchg": duty["charge_c_rate"],
    }  # fmt: skip
    battery.update_rates(stressors)
    found = []
    for day in range(1, YEARS[-1] * 365 + 1):
        battery.update_states(stressors)
        battery.update_outputs(stressors)
        if day in [365 * year for year in YEARS]:
            found.append(float(battery.outputs["q"][-1]))
    return found


def main() -> None:
    """Print health by law and case, and seconds by model."""
    folder = Path(sys.argv[1])
    cases, use = json.loads((folder / "cases.json").read_text()), np.load(folder / "use.npz")
    soh = {name: {case: one_law(model, duty) for case, duty in cases.items()} for name, model in MODELS.items()}
    year = {
        "Time_s": np.arange(8761) * 3600.0,
        "SOC": np.append(use["soc"][-1], use["soc"]),
        "Temperature_C": np.append(use["temperature_c"][-1], use["temperature_c"]),
    }
    seconds = {}
    for name, model in MODELS.items():
        runs = []
        for _ in range(3):
            begun = time.perf_counter()
            model().simulate_battery_life(year, threshold_time=20, is_conserve_energy_throughput=False)
            runs.append(time.perf_counter() - begun)
        seconds[name] = sorted(runs)[1]
    print(json.dumps({"soh": soh, "seconds": seconds}))


if __name__ == "__main__":
    main()
