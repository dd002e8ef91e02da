"""A page to scrub through one world: batteries, ports and transformers step by step, under each policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from evplan.paths import replacing
from evplan.v2x.metrics import Became
from evplan.v2x.scene import Scene

TEMPLATES = Path(__file__).parent / "templates"
MOST_PORTS = 400  # that are shown
MOST_NUMBERS = 5_000_000


def write_player(scene: Scene, became: list[Became], title: str, path: Path) -> Path:
    """Write the page of the first world; every step must have been kept."""
    import jinja2

    text = (TEMPLATES / "player.html.j2").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)
    data = json.dumps(_data(scene, became)).replace("<", "\\u003c")
    with replacing(path) as temporary:
        temporary.write_text(template.render(title=title, data=jinja2.utils.markupsafe.Markup(data)), encoding="utf-8")
    return path


def _data(scene: Scene, became: list[Became]) -> dict[str, Any]:
    """Return what the page shows."""
    import pandas as pd

    own, ports = scene.traces, min(MOST_PORTS, scene.equipment.ports)
    steps = min(own.steps, MOST_NUMBERS // max(1, 2 * ports * len(became)))
    times = scene.start[0] + pd.to_timedelta(60 * scene.site.step_minutes * np.arange(steps), unit="s")
    there = own.stays.there[0]

    def of(values: np.ndarray, digits: int = 2) -> list:
        return np.round(values[:steps, 0], digits).tolist()

    recorded = {one.policy: one.record for one in became if one.record is not None}
    return {
        "steps": steps, "times": [f"{time:%Y-%m-%d %H:%M}" for time in times], "currency": scene.site.currency,
        "price": of(own.outside.buy, 4), "limit": of(own.nodes.limit_kw), "transformers": [one.name for one in scene.site.transformers],
        "ports": scene.equipment.port_names[:ports], "capacity": np.round(own.stays.capacity[0, there], 2).tolist(),
        "target": np.round(own.stays.target[0, there], 2).tolist(),
        "who": next(iter(recorded.values())).who[:steps, 0, :ports].tolist(),
        "policies": {
            name: {"net": of(one.net_kw), "flow": of(one.flow_kw[:, :, :ports]), "stored": of(one.stored[:, :, :ports])}
            for name, one in recorded.items()
        },
    }  # fmt: skip
