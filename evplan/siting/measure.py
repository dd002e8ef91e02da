"""What a plan comes to, counted from what stands where: no program, no solver."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evplan.siting.problem import DAYS, Problem


@dataclass(frozen=True)
class Plan:
    """What stands when. ports : shape (phases, sites, types), whole.  steps : of reinforcement so far, shape (phases, zones), whole."""

    problem: Problem
    ports: np.ndarray
    steps: np.ndarray

    @cached_property
    def before(self) -> np.ndarray:
        """Return the ports of the phase before, shape as `ports`."""
        return np.concatenate([self.problem.sites.ports[None], self.ports[:-1]])

    @cached_property
    def covered(self) -> np.ndarray:
        """Return the part of each area that is covered, shape (phases, types, areas)."""
        problem = self.problem
        found = np.zeros((len(self.ports), len(problem.study.types), len(problem.weight)))
        for k, kind in enumerate(problem.study.types):
            reach = problem.reach[k]
            first = problem.near.within(kind.cover[0].km)
            for t, ports in enumerate(self.ports):
                stands = ports[:, k] > 0
                np.maximum.at(found[t, k], reach.area, reach.share * stands[reach.site])
                near = np.bincount(first.area, stands[first.site], len(problem.weight))
                found[t, k] += kind.backup_share * (near > 1.5)
        return found

    @cached_property
    def flows(self) -> list[list[np.ndarray]]:
        """Return the energy of a day from areas to stations, by phase, type and pair of `problem.reach`, kWh."""
        gives = [one.kwh_per_port_day for one in self.problem.study.types]
        return [
            [reach.flows(gives[k] * ports[:, k], growth) for k, reach in enumerate(self.problem.reach)]
            for ports, growth in zip(self.ports, self.problem.growth, strict=True)
        ]

    @cached_property
    def served(self) -> np.ndarray:
        """Return the energy of a day that stations serve, shape (phases, types, sites), kWh."""
        sites = self.ports.shape[1]
        every = [
            [np.bincount(r.site, flow, sites) for r, flow in zip(self.problem.reach, own, strict=True)]
            for own in self.flows
        ]
        return np.array(every)

    @cached_property
    def by_group(self) -> np.ndarray:
        """Return the covered part of each group's weight, mean of types, shape (phases, groups)."""
        problem, groups = self.problem, len(self.problem.groups)
        total = np.bincount(problem.group, problem.weight, groups)
        own = [[np.bincount(problem.group, problem.weight * part, groups) for part in types] for types in self.covered]
        return np.mean(own, axis=1) / np.maximum(total, 1e-300)

    @cached_property
    def works(self) -> np.ndarray:
        """Return what works cost, less what ports earn that go, reinforcement included, shape (phases,)."""
        problem, before = self.problem, self.before
        stood = problem.sites.ports > 0
        cost = {
            field: np.array([getattr(one, field) for one in problem.study.types])
            for field in ("station_cost", "port_cost", "removal_cost", "resale")
        }
        came, went = np.maximum(self.ports - before, 0), np.maximum(before - self.ports, 0)
        opened = (self.ports > 0) & (before == 0) & ~stood
        site = (self.ports > 0).any(2) & ~(before > 0).any(2) & ~problem.sites.standing
        total = (opened * cost["station_cost"] + came * cost["port_cost"]).sum(
            (1, 2)
        ) + problem.study.site_cost * site.sum(1)
        total += (went * (cost["removal_cost"] - cost["resale"] * cost["port_cost"])).sum((1, 2))
        zones = problem.study.zones
        if zones is not None:
            total = total + zones.step_cost * np.diff(self.steps, axis=0, prepend=0).sum(1)
        return total

    @property
    def affordable(self) -> bool:
        """Return whether no phase spends more than its budget and what is left from before."""
        kept = 0.0
        for phase, works in zip(self.problem.study.phases, self.works.tolist(), strict=True):
            kept = phase.budget + (kept if self.problem.study.rules.carry else 0.0) - works
            if kept < -1e-9 * max(phase.budget, 1.0):
                return False
        return True

    @cached_property
    def yearly(self) -> np.ndarray:
        """Return what operation costs in a year, shape (phases,)."""
        return (self.ports * np.array([one.om_per_port_year for one in self.problem.study.types])).sum((1, 2))

    @cached_property
    def goals(self) -> dict[str, float]:
        """Return what every goal comes to."""
        problem, own = self.problem, self.problem.study.economics
        years = np.array([phase.years for phase in problem.study.phases])
        total = np.bincount(problem.group, problem.weight, len(problem.groups))
        yearly = DAYS * self.served.sum((1, 2))
        cost = float(self.works @ problem.discount + self.yearly @ problem.annuity)
        return {
            "coverage": float((self.by_group @ total) @ years / years.sum()),
            "equity": float(self.by_group[-1][total > 0].min()),
            "served": float(yearly @ years),
            "cost": cost,
            "npv": float(yearly @ problem.annuity) * (own.price_per_kwh - own.energy_cost_per_kwh) - cost,
            "emissions": float(yearly @ years) * own.saved_kg_per_kwh,
        }


def as_it_stands(problem: Problem) -> Plan:
    """Return the plan that builds nothing."""
    ports = np.repeat(problem.sites.ports[None], len(problem.study.phases), axis=0)
    return Plan(problem, ports, np.zeros((len(ports), len(problem.sites.zone_names)), int))


def most(problem: Problem) -> dict[str, float]:
    """Return by what goals are weighed: 1 for shares, all that is wanted for energy, all budgets for money."""
    years = np.array([phase.years for phase in problem.study.phases])
    wanted = DAYS * float(problem.growth @ years) * sum(float(reach.wanted.sum()) for reach in problem.reach)
    money = max(sum(phase.budget for phase in problem.study.phases), 1.0)
    saved = max(abs(problem.study.economics.saved_kg_per_kwh), 1e-9)
    return {
        "coverage": 1.0, "equity": 1.0, "served": max(wanted, 1e-9), "cost": money, "npv": money, "emissions": max(wanted, 1e-9) * saved,
    }  # fmt: skip
