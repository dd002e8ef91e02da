"""The claims of a plan, each recomputed from its tables and coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evplan.siting.study import SitingStudy, StationType
from evplan.siting.written import Written, great_circle_km

if TYPE_CHECKING:
    import pandas as pd

EDGE = 1e-9  # of a band's length
CLOSE = 1e-6  # relative, or of a share: what two ways of counting may differ by
SCALE = 1e-6  # of all energy: what whole numbers of a flow leave


@dataclass(frozen=True)
class Check:
    """A claim. found : how often, or by how much, it does not hold; 0 where it does."""

    claim: str
    found: float
    said: str = ""

    @property
    def holds(self) -> bool:
        """Return whether the claim is true."""
        return self.found == 0


def _covered(study: SitingStudy, where: Written) -> Check:
    wrong = nowhere = 0
    for phase in study.phases:
        for kind in study.types:
            stands = where.ports(phase.name, kind.name) > 0
            own = where.tables["areas"]
            rows = own[(own["phase"] == phase.name) & (own["type"] == kind.name)].set_index("area")["covered"]
            said, km = rows.reindex(where.areas).to_numpy(float), where.km[:, stands]
            true = [_reached(km, kind, part) for part in ((1.0,) if study.distances.file else (1 - EDGE, 1 + EDGE))]
            wrong += int((~np.any([np.abs(said - one) <= CLOSE for one in true], axis=0)).sum())
            nowhere += int(((said > 0) & ~(km <= kind.cover[-1].km * (1 + CLOSE)).any(axis=1)).sum())
    return Check("covered areas have a station in range, and all that have one are covered", wrong + nowhere,
                 f"{wrong} areas covered otherwise, {nowhere} covered from nowhere")  # fmt: skip


def _reached(km: np.ndarray, kind: StationType, part: float) -> np.ndarray:
    """Return what each area is covered by stations at distances. part : of each band's length that counts; on its edge rounding decides."""
    best = np.zeros(len(km))
    for band in kind.cover:
        best = np.maximum(best, np.where((km <= part * band.km).any(axis=1), band.share, 0.0))
    return best + np.where((km <= part * kind.cover[0].km).sum(axis=1) >= 2, kind.backup_share, 0.0)


def _weights(study: SitingStudy, where: Written) -> Check:
    own, wrong = where.tables["areas"], 0.0
    for t, phase in enumerate(study.phases):
        for kind in study.types:
            rows = own[(own["phase"] == phase.name) & (own["type"] == kind.name)]
            sum_ = float((rows["weight"] * rows["covered"]).sum() / rows["weight"].sum())
            said = float(where.tables["phases"][f"{kind.name}_covered"].iloc[t])
            wrong = max(wrong, abs(sum_ - said)) if np.isfinite([sum_, said]).all() else np.inf
    return Check(
        "coverage of each phase is that of its areas by weight", wrong if wrong > CLOSE else 0.0, f"off by {wrong:.2g}"
    )


def _money(study: SitingStudy, where: Written) -> Check:
    first = where.tables["sites"].set_index("site")
    stands = {(site, kind.name) for kind in study.types for site in first.index[first[f"{kind.name}_ports"] > 0]}
    opened = set(first.index[first["standing"].astype(str).str.lower() == "true"])
    cost_of = {kind.name: kind for kind in study.types}
    wrong, kept = 0.0, 0.0
    stations = where.tables["stations"]
    for t, phase in enumerate(study.phases):
        spent, now_open = 0.0, set()
        for row in stations[stations["phase"] == phase.name].itertuples():
            kind, more = cost_of[row.type], int(row.ports) - int(row.ports_before)
            spent += kind.port_cost * max(more, 0) + (kind.removal_cost - kind.resale * kind.port_cost) * max(-more, 0)
            if row.ports > 0 and row.ports_before == 0 and (row.site, row.type) not in stands:
                spent += kind.station_cost
            if row.ports > 0:
                now_open.add(row.site)
        spent += study.site_cost * len(now_open - opened)
        opened |= now_open
        if study.zones is not None:
            own = where.tables["zones"]
            steps = [own[own["phase"] == one.name]["steps"].sum() for one in study.phases[: t + 1]]
            spent += study.zones.step_cost * (steps[-1] - (steps[-2] if t else 0))
        wrong = max(wrong, abs(spent - float(where.tables["phases"]["works"].iloc[t])))
        kept = phase.budget + (kept if study.rules.carry else 0.0) - spent
        wrong = max(wrong, -kept)
    scale = max(sum(phase.budget for phase in study.phases), 1.0)
    return Check("works cost what is claimed, and no phase spends more than it has", wrong if wrong > CLOSE * scale else 0.0,
                 f"off by {wrong:,.2f} {study.currency}")  # fmt: skip


def _chain(study: SitingStudy, where: Written) -> Check:
    wrong = 0
    first = where.tables["sites"].set_index("site")
    movable = study.existing is not None and study.existing.removable
    for kind in study.types:
        stood = first[f"{kind.name}_ports"].reindex(where.sites).to_numpy(float)
        most = first[f"{kind.name}_most"].reindex(where.sites).to_numpy(float)
        before, gone = stood, np.zeros(len(stood))
        for phase in study.phases:
            own = where.tables["stations"]
            rows = own[(own["phase"] == phase.name) & (own["type"] == kind.name)].set_index("site")
            said = rows["ports_before"].reindex(where.sites).fillna(0).to_numpy(float)
            now = where.ports(phase.name, kind.name)
            wrong += int((said != before).sum() + ((now < before) & ((stood == 0) | (not movable))).sum())
            wrong += int(((now > 0) & (stood == 0) & (now < kind.ports[0])).sum() + (now != np.rint(now)).sum())
            wrong += int(((now > 0) & (before == 0) & (stood > 0)).sum() if phase is not study.phases[0] else 0)
            gone += np.maximum(before - now, 0)
            wrong += int((now > most).sum() + (gone > stood).sum())
            before = now
    return Check("ports are whole, enough for a station, and follow from the phase before", wrong, f"{wrong} rows")


def _spacing(study: SitingStudy, where: Written) -> Check:
    wrong = 0
    first = where.tables["sites"].set_index("site")
    for kind in study.types:
        if kind.spacing_km <= 0:
            continue
        new = first[f"{kind.name}_ports"].reindex(where.sites).to_numpy(float) == 0
        for phase in study.phases:
            stands = np.flatnonzero(where.ports(phase.name, kind.name) > 0)
            km = great_circle_km(where.point[stands], where.point[stands])
            close = np.triu(km < kind.spacing_km * (1 - 1e-9), 1) & (new[stands][:, None] | new[stands])
            wrong += int(close.sum())
    return Check("new stations keep their distance", wrong, f"{wrong} pairs too close")


def _zones(study: SitingStudy, where: Written) -> Check:
    if study.zones is None:
        return Check("no zone of the grid carries too much", 0)
    wrong, sites = 0, where.tables["sites"]
    own, said = where.tables["zones"], study.zones
    for t, phase in enumerate(study.phases):
        for row in own[own["phase"] == phase.name].itertuples():
            inside = (sites["zone"] == row.zone).to_numpy()
            drawn = sum(
                said.coincidence * k.power_kw * where.ports(phase.name, k.name)[inside].sum() for k in study.types
            )
            stood = sum(
                said.coincidence * k.power_kw * sites[f"{k.name}_ports"].to_numpy(float)[inside].sum()
                for k in study.types
            )
            limit = row.limit_kw
            wrong += int(
                abs(where.left_kw[row.zone] + stood + row.steps * (said.step_kw or 0.0) - limit) > CLOSE * max(limit, 1)
            )
            wrong += int(
                abs(drawn - row.drawn_kw) > CLOSE * max(limit, 1) or abs(stood - row.stands_kw) > CLOSE * max(limit, 1)
            )
            wrong += int(drawn > limit * (1 + CLOSE) + CLOSE or row.steps > said.most_steps)
            earlier = own[(own["phase"] == study.phases[max(t - 1, 0)].name) & (own["zone"] == row.zone)]["steps"].iloc[
                0
            ]
            wrong += int(row.steps < earlier)
    return Check("no zone of the grid carries too much", wrong, f"{wrong} zones")


def _per_area(study: SitingStudy, where: Written) -> Check:
    most = study.rules.most_per_area
    if most is None:
        return Check("no area has too many stations", 0)
    sites, wrong = where.tables["sites"], 0
    stood = sites[sites["standing"].astype(str).str.lower() == "true"].groupby("area").size()
    area = sites["area"].to_numpy()
    for phase in study.phases:
        open_ = np.any([where.ports(phase.name, kind.name) > 0 for kind in study.types], axis=0)
        for name in np.unique(area[open_]):
            wrong += int(open_[area == name].sum() > max(most, int(stood.get(name, 0))))
    return Check("no area has too many stations", wrong, f"{wrong} areas")


def _energy(study: SitingStudy, where: Written) -> Check:
    wrong = 0.0
    own, flows = where.tables["areas"], where.tables["flows"]
    for t, phase in enumerate(study.phases):
        for kind in study.types:
            rows = flows[(flows["phase"] == phase.name) & (flows["type"] == kind.name)]
            i, j = (_places(names, rows[column]) for names, column in ((where.areas, "area"), (where.sites, "site")))
            kwh = rows["kwh_day"].to_numpy(float)
            wanted = (
                own[(own["phase"] == phase.name) & (own["type"] == kind.name)]
                .set_index("area")["wanted_kwh_day"]
                .reindex(where.areas)
            )
            want = wanted.to_numpy(float)
            share = np.zeros(len(kwh))
            for band in kind.cover:
                share = np.maximum(share, np.where(where.km[i, j] <= band.km * (1 + 1e-9), band.share, 0.0))
            leave = SCALE * max(want.sum(), 1e-9)
            over = [
                kwh - share * want[i],
                np.bincount(i, kwh, len(want)) - want,
                np.bincount(j, kwh, len(where.sites)) - kind.kwh_per_port_day * where.ports(phase.name, kind.name),
                [abs(kwh.sum() - float(where.tables["phases"][f"{kind.name}_served_kwh_day"].iloc[t]))],
            ]
            wrong = max(
                wrong,
                *(float(np.max(one, initial=0.0)) for one in over if float(np.max(one, initial=0.0)) > leave),
                0.0,
            )
    return Check(
        "who charges where: within reach, nobody twice, no port too much", wrong, f"{wrong:.3g} kWh a day too much"
    )


def _groups(study: SitingStudy, where: Written) -> Check:
    least = study.rules.least_coverage
    own, wrong = where.tables["areas"], 0.0
    last = own[own["phase"] == study.phases[-1].name]
    for group, asked in least.items():
        rows = last[last["group"] == group]
        if len(rows):
            got = float((rows["weight"] * rows["covered"]).sum() / rows["weight"].sum())
            wrong = max(wrong, asked - got)
    return Check("groups are covered as the rules ask", wrong if wrong > CLOSE else 0.0, f"short by {wrong:.2%}")


def _places(names: list[str], column: pd.Series) -> np.ndarray:
    return column.map({name: i for i, name in enumerate(names)}).to_numpy(int)


CLAIMS: tuple[Callable[[SitingStudy, Written], Check], ...] = (
    _covered, _weights, _money, _chain, _spacing, _zones, _per_area, _energy, _groups,
)  # fmt: skip
