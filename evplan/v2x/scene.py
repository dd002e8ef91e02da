"""A scene: worlds that policies can act in, from a world file, a recorded trace, or a benchmark instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.v2x.layout import Equipment
from evplan.v2x.program.problem import Prices
from evplan.v2x.site import WorldSite
from evplan.v2x.stays import WHOLE, Stays, of_world
from evplan.v2x.traces import Traces

if TYPE_CHECKING:
    from evplan.v2x.setting import Setting


@dataclass(frozen=True)
class Scene:
    """Worlds of a site. start : when each begins, local time, shape (worlds,).

    recorded : what others found in its only world, where that is known.  rated : its stays as a linear bound takes them, in that case.
    setting : what its worlds are drawn from, where more could be.
    """

    site: WorldSite
    equipment: Equipment
    traces: Traces
    start: tuple[Any, ...]
    recorded: dict[str, float] | None = None
    rated: Stays | None = None
    setting: Setting | None = None

    @property
    def prices(self) -> Prices:
        """Return the prices that costs are made of."""
        site = self.site
        return Prices(site.driver_price_per_kwh, site.shortfall_price_per_kwh, site.overload_price_per_kwh)


def rated_stays(scene: Scene, world: int) -> Stays:
    """Return the stays of a world as if batteries took and gave rated power until full, and nothing were lost: for a linear bound."""
    if scene.rated is not None:
        return Stays(
            *(row.astype(int) if name in WHOLE else row for name, row in zip(Stays._fields, scene.rated, strict=True))
        )
    own = of_world(scene.traces.stay_table, world)
    ones = np.ones(len(own.first))
    return own._replace(curve_kw=1e9 * ones, taper_kwh=own.capacity, efficiency=ones, give_efficiency=ones)


def scene_of(file: Path, seeds: Sequence[int] | np.ndarray) -> Scene:
    """Return the scene of a file: worlds of these seeds, or the only one of a trace. Raises: InputError for what cannot be read."""
    if file.suffix.lower() == ".json":
        from evplan.v2x.exchange.benchmark import read_benchmark

        return read_benchmark(file)
    if file.is_dir():
        from evplan.v2x.exchange.trace import read_trace

        return read_trace(file)
    from evplan.v2x.read import read_world
    from evplan.v2x.setting import setting_of

    read = read_world(file)
    setting = setting_of(read.site, file.parent)
    traces = setting.draw(np.asarray(seeds))
    return Scene(
        read.site, setting.equipment, traces, tuple(setting.calendar.clock.start[traces.begin]), setting=setting
    )
