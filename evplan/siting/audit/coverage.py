"""Who is in reach of stations, and what that comes to."""

from __future__ import annotations

import numpy as np

from evplan.siting.audit.check import CLOSE, Check, apart
from evplan.siting.audit.written import Written
from evplan.siting.study import SitingStudy, StationType

EDGE = 1e-9  # of a band's length


def in_range(study: SitingStudy, where: Written) -> Check:
    """Covered areas have a station in range, and all that have one are covered."""
    wrong = nowhere = 0
    for phase in study.phases:
        for kind in study.types:
            stands = where.ports(phase.name, kind.name) > 0
            said, km = where.of_areas(phase.name, kind.name, "covered"), where.km[:, stands]
            true = [reached(km, kind, part) for part in ((1.0,) if study.distances.file else (1 - EDGE, 1 + EDGE))]
            wrong += int((~np.any([np.abs(said - one) <= CLOSE for one in true], axis=0)).sum())
            nowhere += int(((said > 0) & ~(km <= kind.cover[-1].km * (1 + CLOSE)).any(axis=1)).sum())
    return Check("covered areas have a station in range, and all that have one are covered", wrong + nowhere,
                 f"{wrong} areas covered otherwise, {nowhere} covered from nowhere")  # fmt: skip


def reached(km: np.ndarray, kind: StationType, part: float = 1.0) -> np.ndarray:
    """Return what each area is covered by stations at distances. part : of each band's length that counts; on its edge rounding decides."""
    best = np.zeros(len(km))
    for band in kind.cover:
        best = np.maximum(best, np.where((km <= part * band.km).any(axis=1), band.share, 0.0))
    return best + np.where((km <= part * kind.cover[0].km).sum(axis=1) >= 2, kind.backup_share, 0.0)


def of_phases(study: SitingStudy, where: Written) -> Check:
    """Coverage of phases and groups is that of their areas by weight."""
    own, groups, wrong = where.tables["areas"], where.tables["groups"], 0
    for t, phase in enumerate(study.phases):
        for kind in study.types:
            weight, covered = (where.of_areas(phase.name, kind.name, field) for field in ("weight", "covered"))
            wrong += apart(where.tables["phases"][f"{kind.name}_covered"].iloc[t], (weight @ covered) / weight.sum())
    sums = own.assign(part=own["weight"] * own["covered"]).groupby(["phase", "group", "type"])[["weight", "part"]].sum()
    for row in groups.itertuples():
        if (row.phase, row.group, row.type) not in sums.index:
            wrong += 1
            continue
        weight, part = sums.loc[(row.phase, row.group, row.type)]
        wrong += apart(row.weight, weight) + (apart(row.covered, part / weight) if weight > 0 else 0)
    wrong += abs(len(sums) - len(groups))
    return Check("coverage of phases and groups is that of their areas by weight", wrong, f"{wrong} figures")


def by_group(where: Written, phase: str) -> dict[str, tuple[float, float]]:
    """Return by group its weight, and the part of it that is covered in a phase, mean of types."""
    own = where.tables["areas"][where.tables["areas"]["phase"] == phase]
    sums = own.assign(part=own["weight"] * own["covered"]).groupby("group")[["weight", "part"]].sum()
    types = own["type"].nunique()
    return {
        str(name): (row.weight / types, row.part / row.weight if row.weight > 0 else 0.0)
        for name, row in sums.iterrows()
    }


def of_groups(study: SitingStudy, where: Written) -> Check:
    """Groups are covered as the rules ask."""
    got, wrong = by_group(where, study.phases[-1].name), 0.0
    for group, asked in study.rules.least_coverage.items():
        if group in got:
            wrong = max(wrong, asked - got[group][1])
    return Check("groups are covered as the rules ask", wrong if wrong > CLOSE else 0.0, f"short by {wrong:.2%}")
