"""Who charges where."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evplan.siting.audit.check import Check, apart
from evplan.siting.audit.written import Written, indices
from evplan.siting.study import SitingStudy

LEAVE = 1e-6  # of all energy: what whole numbers of a flow leave


def where_it_goes(study: SitingStudy, where: Written) -> Check:
    """Energy goes where it can be reached, to nobody twice, and from no port too much."""
    wrong, flows = 0.0, where.tables["flows"]
    for phase in study.phases:
        for kind in study.types:
            rows = flows[(flows["phase"] == phase.name) & (flows["type"] == kind.name)]
            i, j = (indices(names, rows[column]) for names, column in ((where.areas, "area"), (where.sites, "site")))
            kwh, want = rows["kwh_day"].to_numpy(float), where.of_areas(phase.name, kind.name, "wanted_kwh_day")
            share = np.zeros(len(kwh))
            for band in kind.cover:
                share = np.maximum(share, np.where(where.km[i, j] <= band.km * (1 + 1e-9), band.share, 0.0))
            over = (
                -kwh,
                kwh - share * want[i],
                np.bincount(i, kwh, len(want)) - want,
                np.bincount(j, kwh, len(where.sites)) - kind.kwh_per_port_day * where.ports(phase.name, kind.name),
            )
            most = max(float(np.max(one, initial=0.0)) for one in over)
            wrong = max(wrong, most) if most > LEAVE * max(want.sum(), 1e-9) else wrong
    return Check(
        "who charges where: within reach, nobody twice, no port too much", wrong, f"{wrong:.3g} kWh a day too much"
    )


def sums(study: SitingStudy, where: Written) -> Check:
    """What stations, areas, groups and phases serve is what goes there."""
    flows, wrong = where.tables["flows"], 0
    for name, place in (("stations", "site"), ("areas", "area")):
        keys, table = ["phase", "type", place], where.tables[name]
        true = flows.groupby(keys)["kwh_day"].sum().reindex(pd.MultiIndex.from_frame(table[keys])).fillna(0).to_numpy()
        wrong += apart(table["served_kwh_day"], true, _scale(true))
        wrong += apart(true.sum(), flows["kwh_day"].sum(), 1.0)
    areas, keys = where.tables["areas"], ["phase", "group", "type"]
    for field in ("served_kwh_day", "wanted_kwh_day"):
        groups = where.tables["groups"]
        true = areas.groupby(keys)[field].sum().reindex(pd.MultiIndex.from_frame(groups[keys])).to_numpy()
        wrong += apart(groups[field], true, _scale(true))
        for kind in study.types:
            own = areas[areas["type"] == kind.name].groupby("phase")[field].sum()
            true = own.reindex([phase.name for phase in study.phases]).to_numpy()
            wrong += apart(where.tables["phases"][f"{kind.name}_{field}"], true, _scale(true))
    return Check("what stations, areas, groups and phases serve is what goes there", wrong, f"{wrong} figures")


def _scale(true: np.ndarray) -> float:
    return max(1e-3, LEAVE * float(np.nansum(np.abs(true))))
