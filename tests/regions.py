"""Small regions to try siting in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from evplan.siting.problem import Problem, problem_of
from evplan.siting.study import SitingStudy

KM = 1 / 111.195  # degrees of latitude
TYPE: dict[str, Any] = {
    "name": "l2", "power_kw": 10, "kwh_per_port_day": 40, "cover": [{"km": 1.0}], "demand_share": 1.0, "ports": [1, 2],
    "station_cost": 10, "port_cost": 5, "om_per_port_year": 1,
}  # fmt: skip


def line(
    folder: Path, areas: list[float], sites: list[float], standing: dict[float, int] | None = None, **changes: Any
) -> Problem:
    """Return a region along a meridian: areas, candidates and stations with ports at km; every area has ten vehicles."""

    def write(file: str, at: list[float], /, **fields: Any) -> None:
        rows = {"name": [f"{file[0]}{i + 1}" for i in range(len(at))], "lat": [48 + KM * km for km in at], "lon": 9.0}
        pd.DataFrame({**rows, **fields}).to_csv(folder / f"{file}.csv", index=False)

    write("areas", areas, **{"evs": 10.0, **changes.pop("fields", {})})
    write("candidates", sites, **changes.pop("site_fields", {}))
    said = {
        "kind": "siting", "format": 1, "areas": {"file": "areas.csv"}, "candidates": {"places": {"file": "candidates.csv"}},
        "distances": {"detour": 1.0}, "types": [TYPE], "phases": [{"name": "1", "years": 1, "budget": 40, "ev_factor": 1.0}],
        "sought": [{"goal": "coverage"}],
    }  # fmt: skip
    if standing:
        write("existing", list(standing), l2_ports=list(standing.values()))
        said["existing"] = {"file": "existing.csv"}
    return problem_of(SitingStudy.model_validate({**said, **changes}), folder)
