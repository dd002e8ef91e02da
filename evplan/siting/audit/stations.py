"""What stands where, phase by phase."""

from __future__ import annotations

import numpy as np

from evplan.siting.audit.check import Check, apart
from evplan.siting.audit.written import Written, great_circle_km, indices
from evplan.siting.study import SitingStudy, StationType


def ports_follow(study: SitingStudy, where: Written) -> Check:
    """Ports are whole, enough for a station, and follow from the phase before."""
    movable = study.existing is not None and study.existing.removable
    wrong = sum(_of_type(study, where, k, kind, movable) for k, kind in enumerate(study.types))
    return Check("ports are whole, enough for a station, and follow from the phase before", wrong, f"{wrong} rows")


def _of_type(study: SitingStudy, where: Written, k: int, kind: StationType, movable: bool) -> int:
    stood, own = where.stood[:, k], where.tables["stations"]
    most = where.tables["sites"][f"{kind.name}_most"].to_numpy(float)
    wrong, before, gone = 0, stood, np.zeros(len(stood))
    for phase in study.phases:
        rows = own[(own["phase"] == phase.name) & (own["type"] == kind.name)].set_index("site")
        said = rows["ports_before"].reindex(where.sites).fillna(0).to_numpy(float)
        now = where.ports(phase.name, kind.name)
        wrong += int((said != before).sum() + ((now < before) & ((stood == 0) | (not movable))).sum())
        wrong += int(
            ((now > 0) & (stood == 0) & (now < kind.ports[0])).sum() + (now != np.rint(now)).sum() + (now < 0).sum()
        )
        wrong += int(((now > 0) & (before == 0) & (stood > 0)).sum() if phase is not study.phases[0] else 0)
        gone = gone + np.maximum(before - now, 0)
        wrong += int((now > most).sum() + (gone > stood).sum())
        before = now
    return wrong


def works_are_named(study: SitingStudy, where: Written) -> Check:
    """What is done is called by its name, and counted."""
    own, phases, wrong = where.tables["stations"], where.tables["phases"], 0
    stands = own.groupby(["phase", "site"])["ports_before"].transform("sum").to_numpy() > 0
    before, after = own["ports_before"].to_numpy(), own["ports"].to_numpy()
    for row, (was, now, open_) in enumerate(zip(before, after, stands, strict=True)):
        if was == now:
            name = "keep"
        elif was == 0:
            name = "upgrade" if open_ else "open"
        elif now == 0:
            name = "remove"
        else:
            name = "extend" if now > was else "reduce"
        wrong += int(own["action"].iloc[row] != name)
    for t, phase in enumerate(study.phases):
        done = own.loc[own["phase"] == phase.name, "action"].value_counts()
        wrong += sum(
            int(phases[name].iloc[t] != done.get(name, 0)) for name in ("open", "upgrade", "extend", "reduce", "remove")
        )
        for kind in study.types:
            ports = where.ports(phase.name, kind.name)
            wrong += int(phases[f"{kind.name}_ports"].iloc[t] != ports.sum())
            wrong += int(phases[f"{kind.name}_stations"].iloc[t] != (ports > 0).sum())
    works, done = where.tables["plan"], own[own["action"] != "keep"].reset_index(drop=True)
    wrong += int(not (works.columns.equals(done.columns) and works.astype(str).equals(done.astype(str))))
    at = indices(where.sites, own["site"])
    wrong += apart(own[["lat", "lon"]].to_numpy(float), where.point[at])
    return Check("what is done is called by its name, and counted", wrong, f"{wrong} rows")


def far_enough(study: SitingStudy, where: Written) -> Check:
    """New stations keep their distance."""
    wrong = 0
    for k, kind in enumerate(study.types):
        new = where.stood[:, k] == 0
        for phase in study.phases if kind.spacing_km > 0 else ():
            stands = np.flatnonzero(where.ports(phase.name, kind.name) > 0)
            km = great_circle_km(where.point[stands], where.point[stands])
            close = np.triu(km < kind.spacing_km * (1 - 1e-9), 1) & (new[stands][:, None] | new[stands])
            wrong += int(close.sum())
    return Check("new stations keep their distance", wrong, f"{wrong} pairs too close")


def not_crowded(study: SitingStudy, where: Written) -> Check:
    """No area has too many stations."""
    most, sites, wrong = study.rules.most_per_area, where.tables["sites"], 0
    area = sites["area"].to_numpy()
    stood = sites[where.standing].groupby("area").size()
    for phase in study.phases if most is not None else ():
        open_ = np.any([where.ports(phase.name, kind.name) > 0 for kind in study.types], axis=0)
        for name in np.unique(area[open_]):
            wrong += int(open_[area == name].sum() > max(most or 0, int(stood.get(name, 0))))
    return Check("no area has too many stations", wrong, f"{wrong} areas")
