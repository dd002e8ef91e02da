"""Policies side by side as tables and files: what became of every world, of every stay, and in the mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.csvs import write_csv
from evplan.errors import InputError
from evplan.paths import replacing
from evplan.report.sealed import clean, seal, sealed
from evplan.v2x.ageing import aged
from evplan.v2x.exchange.benchmark import write_benchmark
from evplan.v2x.exchange.sessions import write_acn
from evplan.v2x.exchange.trace import write_trace
from evplan.v2x.metrics import Became, served_share, table
from evplan.v2x.record import uses
from evplan.v2x.run import act, linear_bounds, policy_named
from evplan.v2x.scene import Scene, scene_of

if TYPE_CHECKING:
    import pandas as pd

MOST_WORLDS, MOST_SEED = 10_000, 2**62
MOST_RECORDED = 20_000_000  # steps of ports: beyond them no stay is looked at one by one
OPTIMUM = "optimum"


def compare_and_write(
    file: Path, policies: Sequence[str], days: int, seed: int, record: bool, folder: Path, formats: Sequence[str],
    progress: Callable[[str, str], None],
) -> dict[str, Any]:  # fmt: skip
    """Let policies act in the worlds of a file, write what became of them, and return the summary.

    Raises: InputError for what cannot be read, and for policies that are not known.
    """
    if not 1 <= days <= MOST_WORLDS:
        raise InputError(f"--days must be from 1 to {MOST_WORLDS:,} (got {days})")
    if not 0 <= seed <= MOST_SEED:
        raise InputError(f"--seed must be from 0 to {MOST_SEED:,} (got {seed})")
    names = list(dict.fromkeys(policies))
    if len({Path(name).name for name in names}) < len(names):
        raise InputError("--policy: files of learned policies need names of their own: tables tell them apart by these")
    scene = scene_of(file, range(seed, seed + days))
    makers = {
        name: policy_named(name, scene, lambda part: progress(OPTIMUM, f"{part:.0%} of worlds planned"))
        for name in names
    }
    shape = scene.traces.steps * scene.traces.worlds * scene.equipment.ports
    if record and shape > MOST_RECORDED:
        raise InputError(
            f"--record keeps every step of every port: {MOST_RECORDED:,} at most ({shape:,} here); ask for fewer --days"
        )
    became = []
    for name in names:
        shown = Path(name).name  # of a learned policy, its file's

        def tell(part: float, shown: str = shown) -> None:
            progress(shown, f"{part:.0%}")

        became.append(act(scene, shown, makers[name], tell, shape <= MOST_RECORDED))
    return write(file, scene, became, record, folder, formats)


def write(
    file: Path, scene: Scene, became: list[Became], record: bool, folder: Path, formats: Sequence[str]
) -> dict[str, Any]:  # fmt: skip
    """Write every file of a comparison, and its report; return its summary."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    site = scene.site
    worlds = pd.concat([of_worlds(scene, one) for one in became], ignore_index=True)
    tables = {"worlds.csv": worlds, "policies.csv": means(worlds)}
    if all(one.record is not None for one in became):
        tables["stays.csv"] = pd.concat([of_stays(scene, one) for one in became], ignore_index=True)
    files = list(tables)
    for name, made in tables.items():
        write_csv(folder / name, made)
    if record:
        files += [f"trace/{name}" for name in write_trace(scene, 0, folder / "trace")]
        if len(site.transformers) == 1 and all(one.ports == 1 for one in site.stations):
            write_benchmark(scene, 0, folder / "benchmark.json")
            files.append("benchmark.json")
        for one in became:
            there = scene.traces.stays.there[0]
            write_acn(scene, 0, folder / f"sessions-{one.policy}.json", one.outcome.charged[0, there])
            files.append(f"sessions-{one.policy}.json")
        for one in became:
            with replacing(folder / f"ports-{one.policy}.parquet") as path:
                of_ports(scene, one).to_parquet(path, index=False)
            files.append(f"ports-{one.policy}.parquet")
    said = {
        "kind": "v2x", "title": site.title or file.stem, "file": str(file), "currency": site.currency, "ports": scene.equipment.ports,
        "stations": len(scene.equipment.names), "transformers": [one.name for one in site.transformers], "worlds": scene.traces.worlds,
        "seeds": scene.traces.seeds.tolist(), "steps": scene.traces.steps, "step_minutes": site.step_minutes,
        "begins": [one.isoformat() for one in scene.start], "vehicles": int(scene.traces.stays.there.sum()),
        "refused": int(scene.traces.refused.sum()), "shortfall_price_per_kwh": site.shortfall_price_per_kwh,
        "overload_price_per_kwh": site.overload_price_per_kwh, "driver_price_per_kwh": site.driver_price_per_kwh,
        "policies": {row.pop("policy"): row for row in tables["policies.csv"].to_dict("records")},
        "recorded": None if scene.recorded is None else {**scene.recorded, "own_linear": float(linear_bounds(scene)[0])},
    }  # fmt: skip
    from evplan.v2x.player import write_player
    from evplan.v2x.report import write_report

    write_report(clean(said), scene, became, folder, formats)
    if "stays.csv" in tables and "html" in formats:
        write_player(scene, became, said["title"], folder / "player.html")
    seal(folder, clean(said), files)
    return sealed(folder, "v2x")


def of_worlds(scene: Scene, became: Became) -> pd.DataFrame:
    """Return a row for each world: what a policy came to, with the ageing of batteries where every step was kept."""
    made = table(became, scene.prices, scene.site.grid_kg_per_kwh)
    if became.record is None:
        return made
    used = uses(became.record, became.stays, scene.traces.step_h)
    lost = aged(scene.site, became.stays, used, _air(scene, became, used))
    count, law = len(became.seeds), ~np.isnan(lost.resistance)
    capacity = became.stays.capacity[used.world, used.stay]
    return made.assign(
        faded_by_time_kwh=np.bincount(used.world, lost.calendar * capacity, count),
        faded_by_cycling_kwh=np.bincount(used.world, lost.cycling * capacity, count),
        resistance_gained=np.bincount(used.world[law], lost.resistance[law], count)
        / np.bincount(used.world[law], minlength=count).clip(1)
        if law.any()
        else np.nan,
    )


def of_stays(scene: Scene, became: Became) -> pd.DataFrame:
    """Return a row for each stay of every world."""
    import pandas as pd

    assert became.record is not None
    used = uses(became.record, became.stays, scene.traces.step_h)
    lost = aged(scene.site, became.stays, used, _air(scene, became, used))
    own, w, i = became.stays, used.world, used.stay
    start = pd.DatetimeIndex(scene.start)[w]
    kind = own.kind[w, i].astype(int)
    return pd.DataFrame({
        "policy": became.policy, "seed": became.seeds[w], "stay": i,
        "port": np.array(scene.equipment.port_names)[own.port[w, i].astype(int)],
        "vehicle": np.array([one.name for one in scene.site.vehicles])[kind],
        "arrival": start + pd.to_timedelta(np.round(3600 * own.arrival_h[w, i]), unit="s"),
        "departure": start + pd.to_timedelta(np.round(3600 * own.departure_h[w, i]), unit="s"),
        "battery_kwh": own.capacity[w, i], "came_kwh": own.came[w, i], "wanted_kwh": own.target[w, i],
        "left_kwh": became.outcome.left[w, i], "charged_kwh": became.outcome.charged[w, i], "given_kwh": became.outcome.given[w, i],
        "satisfaction": served_share(own, became.outcome)[w, i], "cycles": used.fec, "faded_by_time": lost.calendar,
        "faded_by_cycling": lost.cycling, "resistance_gained": lost.resistance,
    })  # fmt: skip


def of_ports(scene: Scene, became: Became) -> pd.DataFrame:
    """Return a row for every step and taken port of the first world."""
    import pandas as pd

    assert became.record is not None
    step, port = np.nonzero(became.record.who[:, 0] >= 0)
    time = pd.DatetimeIndex([scene.start[0]]) + pd.to_timedelta(0, unit="s")
    at = step, np.zeros(len(step), int), port
    return pd.DataFrame({
        "time": time[0] + pd.to_timedelta(60 * scene.site.step_minutes * step, unit="s"), "step": step,
        "port": np.array(scene.equipment.port_names)[port], "stay": became.record.who[at], "power_kw": became.record.flow_kw[at],
        "stored_kwh": became.record.stored[at],
    })  # fmt: skip


def means(worlds: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each policy: means over worlds, the least of least satisfactions, and the regret beside the optimum."""
    made = worlds.drop(columns="seed").groupby("policy", sort=False).mean()
    made["satisfaction_least"] = worlds.groupby("policy", sort=False)["satisfaction_least"].min()
    made["peak_kw_highest"] = worlds.groupby("policy", sort=False)["peak_kw"].max()
    made["lowest_pu"] = worlds.groupby("policy", sort=False)["lowest_pu"].min()
    if OPTIMUM in made.index:
        made["regret"] = made["cost"] - made.loc[OPTIMUM, "bound"]
    return made.drop(columns="bound").reset_index()


def _air(scene: Scene, became: Became, used: Any) -> np.ndarray:
    """Return the mean temperature of the air over each stay."""
    total = np.concatenate([np.zeros((1, scene.traces.worlds)), np.cumsum(scene.traces.outside.air_c, axis=0)])
    first, last = (values[used.world, used.stay].astype(int) for values in (became.stays.first, became.stays.last))
    return (total[last + 1, used.world] - total[first, used.world]) / (last + 1 - first)
