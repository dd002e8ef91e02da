"""What a net present value is exposed to: every view of its drivers, one or two at a time and all together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.finance.risk.at_risk import AtRisk
from evplan.finance.risk.indices import sobol_indices
from evplan.finance.risk.sampling import quantile
from evplan.finance.risk.sensitivity import Bar, Grid, break_evens, grid, spider, tornado
from evplan.instance.risk import DriverName, Risk

MOST_FOR_INDICES = 4096  # points of each of the two sets; more move no index by a hundredth


@dataclass(frozen=True)
class Exposure:
    """What moves a net present value. first, total : Sobol indices.  grid : over the two drivers that move it most."""

    planned: float
    bars: tuple[Bar, ...]
    spider: dict[DriverName, np.ndarray]
    break_evens: dict[DriverName, float | None]
    grid: Grid | None
    first: dict[DriverName, float]
    total: dict[DriverName, float]


def exposure(sites: AtRisk, said: Risk) -> Exposure:
    """Return what the net present value that sites are judged by is exposed to."""
    bars, names = tornado(sites, said), list(said.drivers)
    pair = grid(sites, said, bars[0].driver, bars[1].driver) if len(bars) > 1 else None

    def worth(points: np.ndarray) -> np.ndarray:
        return sites.worth({name: quantile(said.drivers[name], name, points[:, j]) for j, name in enumerate(names)})

    indices = sobol_indices(worth, len(names), min(said.samples, MOST_FOR_INDICES), said.seed + 1)
    first, total = (dict(zip(names, map(float, own), strict=True)) for own in indices)
    planned = float(sites.worth({})[0])
    return Exposure(planned, bars, spider(sites, said), break_evens(sites, said), pair, first, total)
