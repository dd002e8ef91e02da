"""What works cost, and whether there is money for them."""

from __future__ import annotations

from collections import defaultdict

from evplan.siting.audit.check import CLOSE, Check, apart
from evplan.siting.audit.written import Written
from evplan.siting.study import SitingStudy


def works_cost(study: SitingStudy, where: Written) -> Check:
    """Works cost what is claimed, at every site and in every phase."""
    wrong, phases = 0, where.tables["phases"]
    said, done = where.tables["stations"].groupby(["phase", "site"])["cost"].sum(), where.tables["plan"]
    for t, phase in enumerate(study.phases):
        true = sites_cost(study, where, t)
        wrong += sum(apart(amount, true.get(site, 0.0)) for site, amount in said.get(phase.name, {}).items())
        wrong += sum(int(amount != 0 and (phase.name, site) not in said.index) for site, amount in true.items())
        listed = done.loc[done["phase"] == phase.name, "cost"].sum()
        wrong += apart(listed, sum(true.values())) + apart(
            phases["works"].iloc[t], sum(true.values()) + reinforced(study, where, t)
        )
        wrong += apart(phases["operation_per_year"].iloc[t], operation(study, where, t))
        wrong += apart(phases["budget"].iloc[t], phase.budget) + apart(phases["years"].iloc[t], phase.years)
    return Check("works cost what is claimed, at every site and in every phase", wrong, f"{wrong} amounts")


def within_budgets(study: SitingStudy, where: Written) -> Check:
    """No phase spends more than it has."""
    over, kept = 0.0, 0.0
    for t, phase in enumerate(study.phases):
        spent = sum(sites_cost(study, where, t).values()) + reinforced(study, where, t)
        kept = phase.budget + (kept if study.rules.carry else 0.0) - spent
        over = max(over, -kept)
    scale = max(sum(phase.budget for phase in study.phases), 1.0)
    return Check(
        "no phase spends more than it has",
        over if over > CLOSE * scale else 0.0,
        f"{over:,.2f} {study.currency} too much",
    )


def sites_cost(study: SitingStudy, where: Written, t: int) -> dict[str, float]:
    """Return what is paid at each site in a phase, less what ports earn that go."""
    name, cost = study.phases[t].name, defaultdict[str, float](float)
    open_before, open_now = where.standing.copy(), where.standing & False
    for k, kind in enumerate(study.types):
        for earlier in study.phases[:t]:
            open_before |= where.ports(earlier.name, kind.name) > 0
        before = where.ports(study.phases[t - 1].name, kind.name) if t else where.stood[:, k]
        now = where.ports(name, kind.name)
        open_now |= now > 0
        for j in (now != before).nonzero()[0]:
            more = now[j] - before[j]
            first = kind.station_cost if before[j] == 0 and where.stood[j, k] == 0 else 0.0
            bought = first + kind.port_cost * more
            cost[where.sites[j]] += bought if more > 0 else -more * (kind.removal_cost - kind.resale * kind.port_cost)
    for j in (open_now & ~open_before).nonzero()[0]:
        cost[where.sites[j]] += study.site_cost
    return dict(cost)


def reinforced(study: SitingStudy, where: Written, t: int) -> float:
    """Return what reinforcement costs in a phase."""
    if study.zones is None:
        return 0.0
    own = where.tables["zones"].groupby("phase")["steps"].sum()
    before = own[study.phases[t - 1].name] if t else 0
    return study.zones.step_cost * float(own[study.phases[t].name] - before)


def operation(study: SitingStudy, where: Written, t: int) -> float:
    """Return what operation costs in a year of a phase."""
    return sum(
        kind.om_per_port_year * float(where.ports(study.phases[t].name, kind.name).sum()) for kind in study.types
    )
