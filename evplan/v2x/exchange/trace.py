"""A world as it was drawn, in a folder: world.json (what the file said), stays.parquet, steps.parquet and nodes.parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InputError
from evplan.instance.faults import raise_plain
from evplan.paths import replacing, write_json
from evplan.v2x.layout import equipment_of
from evplan.v2x.read import validated
from evplan.v2x.scene import Scene
from evplan.v2x.site import WorldSite
from evplan.v2x.state import Nodes, Outside
from evplan.v2x.stays import NEVER, Stays, stacked
from evplan.v2x.traces import Traces

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
FILES = ("world.json", "stays.parquet", "steps.parquet", "nodes.parquet")


def write_trace(scene: Scene, world: int, folder: Path) -> list[str]:
    """Write one world of a scene; return the files' names."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    own, step = scene.traces, np.arange(scene.traces.steps)
    there = own.stay_table[0, world] < NEVER
    nodes = {name: values[:, world].T.ravel() for name, values in own.nodes._asdict().items()}
    transformers = len(scene.site.transformers)
    tables = {
        "stays.parquet": pd.DataFrame(dict(zip(Stays._fields, own.stay_table[:, world, there], strict=True))),
        "steps.parquet": pd.DataFrame(
            {"step": step}
            | {name: values[:, world] for name, values in own.outside._asdict().items()}
            | {f"demand_{k}": own.applies[:, world, k] for k in range(len(own.per_kw))}
        ),
        "nodes.parquet": pd.DataFrame({
            "transformer": np.repeat([one.name for one in scene.site.transformers], len(step)), "step": np.tile(step, transformers),
            **nodes, "usual_kw": own.usual_kw[:, world].T.ravel(), "notice": own.notice[:, world].T.ravel(),
        }),
    }  # fmt: skip
    for name, table in tables.items():
        with replacing(folder / name) as path:
            table.to_parquet(path, index=False)
    said = {
        "format": FORMAT, "kind": "v2x trace", "seed": int(own.seeds[world]), "begin": int(own.begin[world]), "step_h": own.step_h,
        "start": scene.start[world].isoformat(), "tracked": own.tracked, "per_kw": own.per_kw.tolist(), "refused": int(own.refused[world]),
        "site": json.loads(scene.site.model_dump_json()),
    }  # fmt: skip
    write_json(folder / "world.json", said)
    return list(FILES)


def read_trace(folder: Path) -> Scene:
    """Return the scene of a folder that `write_trace` wrote. Raises: InputError for what is missing or not in the form."""
    import pandas as pd

    try:
        said = json.loads((folder / "world.json").read_text(encoding="utf-8"))
        stays, steps, nodes = (pd.read_parquet(folder / name) for name in FILES[1:])
        if said["kind"] != "v2x trace" or said["format"] != FORMAT:
            raise InputError(
                f"{folder}: holds a {said['kind']} of format {said['format']}, not a v2x trace of format {FORMAT}"
            )
        site, faults = validated(said["site"])
        raise_plain(faults, said["site"])
        assert site is not None
        _whole(stays, steps, nodes, site)
        return Scene(site, equipment_of(site), _traces(said, stays, steps, nodes), (pd.Timestamp(said["start"]),))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder}: holds no whole trace ({type(error).__name__}: {error}); `evplan simulate FILE --record` makes one"
        ) from None


def _whole(stays: pd.DataFrame, steps: pd.DataFrame, nodes: pd.DataFrame, site: WorldSite) -> None:
    """Raise `ValueError` for tables that do not belong together: compiled loops trust them."""
    ports = sum(one.count * one.ports for one in site.stations)
    if len(nodes) != len(steps) * len(site.transformers) or not len(steps):
        raise ValueError(
            f"{len(nodes)} rows of nodes do not fit {len(steps)} steps of {len(site.transformers)} transformers"
        )
    numbers = stays.to_numpy(float)
    if not np.isfinite(numbers).all() or (np.diff(stays["first"]) < 0).any():
        raise ValueError("stays must hold numbers, by first step")
    walls = {"port": ports, "kind": len(site.vehicles), "first": len(steps), "last": len(steps)}
    for name, most in walls.items():
        if ((stays[name] < 0) | (stays[name] >= most) | (stays[name] % 1 != 0)).any():
            raise ValueError(f"column {name} of stays must hold whole numbers from 0 to {most - 1}")
    if (stays[["capacity", "efficiency", "give_efficiency", "curve_kw", "first_h", "last_h"]] <= 0).any(axis=None):
        raise ValueError("capacities, efficiencies, powers into batteries and hours of stays must be above 0")


def _traces(said: dict, stays: pd.DataFrame, steps: pd.DataFrame, nodes: pd.DataFrame) -> Traces:
    charges, count = len(said["per_kw"]), len(steps)
    shaped = {
        name: nodes[name].to_numpy().reshape(-1, count).T[:, None, :] for name in (*Nodes._fields, "usual_kw", "notice")
    }
    return Traces(
        step_h=said["step_h"], seeds=np.array([said["seed"]]), begin=np.array([said["begin"]]),
        stay_table=stacked([Stays(*(stays[name].to_numpy() for name in Stays._fields))]),
        outside_table=np.stack([steps[name].to_numpy()[:, None] for name in Outside._fields]),
        node_table=np.ascontiguousarray(np.stack([shaped[name] for name in Nodes._fields])), tracked=said["tracked"],
        applies=np.stack([steps[f"demand_{k}"].to_numpy() for k in range(charges)], axis=1)[:, None, :] if charges
        else np.zeros((count, 1, 0), bool),
        per_kw=np.array(said["per_kw"], float), refused=np.array([said["refused"]]), usual_kw=shaped["usual_kw"], notice=shaped["notice"],
    )  # fmt: skip
