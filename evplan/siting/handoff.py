"""Stations of a plan as instances for `evplan solve`: each site by itself, with the energy that the plan gives it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.instance.document import moved
from evplan.instance.read import read
from evplan.instance.source import plain
from evplan.paths import replacing
from evplan.siting.measure import Plan

URBAN_PER_KM2 = 300.0  # inhabitants: Eurostat's degree of urbanisation, urban clusters
SESSION_KWH = {
    "slow": (14.0, 8.0),
    "fast": (30.0, 14.0),
}  # mean and deviation, an assumption: sessions by kind of station
FAST_KW = 43.0
PROFILES = {"urban": "urban-fast", "rural": "rural-corridor"}  # of data/profiles


def require_base(base: Path, currency: str) -> None:
    """Raise what is wrong with a base of instances: InstanceError if it is not sound, InputError if it counts in another currency."""
    own = read(base).instance.finance.currency
    if own != currency:
        raise InputError(f"{base}: counts in {own}, the siting plan in {currency}; give a base in {currency}")


def write_instances(plan: Plan, folder: Path, base: Path) -> list[str]:
    """Write an instance for every site at which the plan builds, from a base file; return their names.

    base : a plan file whose weather, catalogue, tariffs and money are taken over, and all of its first site but name, setting, demand and
    price. Raises: as `require_base`.
    """
    from ruamel.yaml import YAML

    problem = plan.problem
    require_base(base, problem.study.currency)
    yaml, names = YAML(), list[str]()
    for j in np.flatnonzero((plan.ports > plan.before).any(axis=(0, 2)) & (plan.served.sum(axis=(0, 1)) > 0)).tolist():
        tree = moved(plain(yaml.load(base.read_text(encoding="utf-8"))), base.parent, folder)
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", problem.sites.names[j]).strip("-.")[:50] or "site"
        name = name if f"{name}.yaml" not in names else f"{name}-{j + 1}"
        tree["title"] = f"{problem.sites.names[j]}, from {problem.study.title or 'a siting plan'}"
        tree["sites"] = [{**tree["sites"][0], **_site(plan, j), "name": name}]
        tree.pop("scenarios", None)
        with replacing(folder / f"{name}.yaml") as path, path.open("w", encoding="utf-8") as handle:
            yaml.dump(tree, handle)
        names.append(f"{name}.yaml")
    return names


def _site(plan: Plan, j: int) -> dict[str, Any]:
    """Return setting, demand and price of a site: sessions of the type that serves most, from its first phase, and their growth."""
    problem, served = plan.problem, plan.served[:, :, j]
    k = int(served.sum(axis=0).argmax())
    fast = problem.study.types[k].power_kw >= FAST_KW
    mean, deviation = SESSION_KWH["fast" if fast else "slow"]
    there = np.flatnonzero(served[:, k] > 0)
    first, last = int(there[0]), int(there[-1])
    years = np.cumsum([phase.years for phase in problem.study.phases])
    growth = (served[last, k] / served[first, k]) ** (1 / (years[last] - years[first])) - 1 if last > first else 0.0
    setting = setting_of(plan, int(problem.of_area[j]))
    sessions, grows = max(float(served[first, k]) / mean, 0.1), float(np.clip(growth, -0.4, 1))
    demand = {
        "sessions_per_day": round(sessions, 3), "growth_per_year": round(grows, 4),
        "energy_kwh": {"mean": mean, "sd": deviation}, "arrival_profile": PROFILES[setting], **({"min_charger_kw": 50} if fast else {}),
        "max_wait_min": 10,
    }  # fmt: skip
    return {"setting": setting, "demand": demand, "price_per_kwh": problem.study.economics.price_per_kwh}


def setting_of(plan: Plan, area: int) -> str:
    """Return whether an area is urban or rural: as its group says, or by inhabitants per square kilometre; urban where nothing is known."""
    group, own = str(plan.problem.areas.group[area]), plan.problem.areas.frame
    if group in ("urban", "rural"):
        return group
    if "population" in own and float(own["area_km2"].iloc[area]) > 0:
        dense = float(own["population"].iloc[area]) / float(own["area_km2"].iloc[area])
        return "urban" if dense >= URBAN_PER_KM2 else "rural"
    return "urban"
