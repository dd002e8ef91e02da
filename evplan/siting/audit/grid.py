"""What zones of the grid carry."""

from __future__ import annotations

import numpy as np

from evplan.siting.audit.check import CLOSE, Check, apart
from evplan.siting.audit.written import Written
from evplan.siting.study import SitingStudy


def zones_carry(study: SitingStudy, where: Written) -> Check:
    """No zone of the grid carries too much, and reinforcement stays."""
    claim, said = "no zone of the grid carries too much", study.zones
    if said is None:
        return Check(claim, 0)
    wrong, zone, own = 0, where.tables["sites"]["zone"].to_numpy(), where.tables["zones"]
    kw = said.coincidence * np.array([kind.power_kw for kind in study.types])
    before, most = dict.fromkeys(where.left_kw, 0), said.most_steps if said.step_kw else 0
    for phase in study.phases:
        rows = own[own["phase"] == phase.name]
        wrong += int(sorted(rows["zone"]) != sorted(where.left_kw))
        ports = np.column_stack([where.ports(phase.name, kind.name) for kind in study.types])
        for row in rows.itertuples():
            inside = zone == row.zone
            drawn, stood = float((ports[inside] @ kw).sum()), float((where.stood[inside] @ kw).sum())
            limit = where.left_kw[row.zone] + stood + row.steps * (said.step_kw or 0.0)
            wrong += apart([row.limit_kw, row.drawn_kw, row.stands_kw], [limit, drawn, stood], max(limit, 1.0))
            wrong += int(drawn > limit * (1 + CLOSE) + CLOSE)
            wrong += int(row.steps not in range(before[row.zone], most + 1))
            before[row.zone] = int(row.steps)
    return Check(claim, wrong, f"{wrong} zones")
