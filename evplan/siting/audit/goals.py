"""What the goals come to."""

from __future__ import annotations

import numpy as np

from evplan.siting.audit.check import Check, apart
from evplan.siting.audit.coverage import by_group, reached
from evplan.siting.audit.money import operation, reinforced, sites_cost
from evplan.siting.audit.written import Written
from evplan.siting.study import SitingStudy

DAYS = 365.25


def come_to(study: SitingStudy, where: Written) -> Check:
    """Goals come to what is claimed; of today, coverage, fairness and cost."""
    said, true = where.tables["goals"].set_index("goal"), _planned(study, where)
    wrong = [goal for goal, value in true.items() if apart(said["planned"].get(goal, np.nan), value, _unit(goal))]
    wrong += [
        f"{goal} of now"
        for goal, value in _now(study, where).items()
        if apart(said["now"].get(goal, np.nan), value, _unit(goal))
    ]
    return Check("goals come to what is claimed", len(wrong), ", ".join(wrong))


def _unit(goal: str) -> float:
    return 1e-3 if goal in ("coverage", "equity") else 1.0


def _planned(study: SitingStudy, where: Written) -> dict[str, float]:
    own, flows, rate = study.economics, where.tables["flows"], study.economics.discount_rate
    found = dict.fromkeys(("coverage", "served", "cost", "npv"), 0.0)
    years, year = sum(phase.years for phase in study.phases), 0.0
    for t, phase in enumerate(study.phases):
        now, then = (1 + rate) ** -year, (1 + rate) ** -(year + phase.years)
        paid = (now - then) / rate if rate > 0 else phase.years  # of 1 a year over the phase, what it is worth today
        served = DAYS * float(flows.loc[flows["phase"] == phase.name, "kwh_day"].sum())
        found["coverage"] += (
            phase.years / years * sum(weight * part for weight, part in by_group(where, phase.name).values())
        )
        found["served"] += served * phase.years
        works = sum(sites_cost(study, where, t).values()) + reinforced(study, where, t)
        found["cost"] += works * now + operation(study, where, t) * paid
        found["npv"] += served * paid * (own.price_per_kwh - own.energy_cost_per_kwh)
        year += phase.years
    groups = by_group(where, study.phases[-1].name).values()
    found["npv"] -= found["cost"]
    return found | {
        "equity": min(part for weight, part in groups if weight > 0), "emissions": found["served"] * own.saved_kg_per_kwh,
    }  # fmt: skip


def _now(study: SitingStudy, where: Written) -> dict[str, float]:
    """Return coverage, its least of all groups, and what operation costs until the end, by the stations that stand."""
    part = np.mean([reached(where.km[:, where.stood[:, k] > 0], kind) for k, kind in enumerate(study.types)], axis=0)
    first = where.tables["areas"].drop_duplicates("area")
    own = first.assign(part=first["weight"].to_numpy(float) * part).groupby("group")[["weight", "part"]].sum()
    rate, years = study.economics.discount_rate, sum(phase.years for phase in study.phases)
    paid = (1 - (1 + rate) ** -years) / rate if rate > 0 else years
    yearly = float((where.stood @ np.array([kind.om_per_port_year for kind in study.types])).sum())
    return {
        "cost": yearly * paid,
        "coverage": float(own["part"].sum()),
        "equity": float((own["part"] / own["weight"])[own["weight"] > 0].min()),
    }
