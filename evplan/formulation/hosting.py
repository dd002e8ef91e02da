"""Who of the vehicles that stay finds a port: whoever comes while all are taken leaves.

    ports                ports that work, on average                                            >= 0
    beyond[y,j]          1 if there are ports beyond those of the groups before j               binary
    hosted[y,j]          share of the vehicles of port group j that find a port, and are served 0 ... 1

    ports = sum over c of ports[c] * availability[c] * count[c]                                 ports_working
    before[y,j] beyond[y,j] + group_ports[y,j] hosted[y,j] <= ports                             ports_taken
    hosted[y,j] <= beyond[y,j]                       for groups with others before them         ports_first
    hosted[y,j+1] <= hosted[y,j]                                                                first_come
    sum over j of group_share[y,j] hosted[y,j] >= min_served                                    min_served

Vehicles are grouped by the number of the port they would take (`parameters/ports.py`): with so many ports those of the first
groups find one, whenever they come, and those of the last do not.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.linear.columns import Columns
from evplan.linear.pairs import Linear
from evplan.parameters.fleet import ManagedParameters
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, managed: ManagedParameters) -> None:
    """Tie who is hosted to the ports that work; the chargers are there already."""
    chargers, ports, share = site.chargers, managed.group_ports, managed.group_share
    hosts = [(y, j) for y, j in np.argwhere(ports > 0).tolist()]
    block.hosted = Columns(ports > 0, upper=1.0)
    block.ports = pyo.Var(domain=pyo.NonNegativeReals)
    own: dict[int, list[int]] = {y: [j for yy, j in hosts if yy == y] for y in block.Y}
    working = [(-chargers[c].ports * chargers[c].availability, block.another[c, k]) for c, k in block.CK]
    block.ports_working = pyo.Constraint(expr=Linear([(1.0, block.ports), *working]) == 0, doc="ports that work")
    before = np.cumsum(ports, axis=1) - ports
    later = [(y, j) for y, j in hosts if before[y, j]]
    block.beyond = pyo.Var(later, domain=pyo.Binary)

    def taken(b: Any, y: int, j: int) -> Any:
        others = [(float(before[y, j]), b.beyond[y, j])] if before[y, j] else []
        return Linear([*others, (float(ports[y, j]), b.hosted[y, j]), (-1.0, b.ports)]) <= 0

    block.ports_taken = pyo.Constraint(hosts, rule=taken, doc="who finds no port leaves")
    block.ports_first = pyo.Constraint(
        later, rule=lambda b, y, j: Linear([(1.0, b.hosted[y, j]), (-1.0, b.beyond[y, j])]) <= 0,
        doc="the ports of earlier groups are taken first",
    )  # fmt: skip
    block.first_come = pyo.Constraint(
        [(y, i, j) for y in block.Y for i, j in itertools.pairwise(own[y])],
        rule=lambda b, y, i, j: Linear([(1.0, b.hosted[y, j]), (-1.0, b.hosted[y, i])]) <= 0,
        doc="who comes first is served first",
    )
    if site.min_served > 0:
        block.min_served = pyo.Constraint(
            [y for y in block.Y if own[y]],
            rule=lambda b, y: Linear((float(share[y, j]), b.hosted[y, j]) for j in own[y]) >= site.min_served,
            doc="demand.min_served: the share of the year's energy that must be served",
        )
