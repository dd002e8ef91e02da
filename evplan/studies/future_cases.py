"""The futures of an instance: each with its probability and the instance as it is then, and its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.formulation.chargers import even
from evplan.instance.futures import FutureDraws
from evplan.instance.read import Read
from evplan.instance.schema import Instance
from evplan.instance.site import Site
from evplan.parameters.prepare import counted_to, prepare
from evplan.parameters.types import Parameters, SiteParameters
from evplan.report.run import Run

NONE_GIVEN = "says nothing of futures; give it `futures: {draws: {count: 20, demand_sd: 0.2}}`, or cases by name"


@dataclass(frozen=True)
class Future:
    """One future: its name, its probability, the instance as it is then."""

    name: str
    probability: float
    read: Read


def futures_of(found: Read) -> tuple[Future, ...]:
    """Return the futures of an instance; raise `InputError` if it has none."""
    said = found.instance.futures
    if said is None:
        raise InputError(f"{found.path}: {NONE_GIVEN}")
    if said.draws is not None:
        drawn = _drawn(found.instance, said.draws)
        return tuple(
            Future(f"draw-{n}", 1 / len(drawn), replace(found, instance=instance))
            for n, instance in enumerate(drawn, 1)
        )
    return tuple(
        Future(name, probability, replace(found, instance=found.cases[name]))
        for name, probability in said.probabilities().items()
    )


def _drawn(instance: Instance, draws: FutureDraws) -> list[Instance]:
    """Return the instance in every future drawn: demand times a factor, growth and the rise of bills shifted."""
    random, sigma = np.random.default_rng(draws.seed), np.sqrt(np.log1p(draws.demand_sd**2))
    factor = np.exp(sigma * random.standard_normal(draws.count) - sigma**2 / 2)
    growth = draws.growth_sd * random.standard_normal(draws.count)
    rise = draws.electricity_escalation_sd * random.standard_normal(draws.count)
    return [_shifted(instance, *map(float, of_one)) for of_one in zip(factor, growth, rise, strict=True)]


def _shifted(instance: Instance, factor: float, growth: float, rise: float) -> Instance:
    finance = instance.finance
    now = finance.inflation if finance.electricity_escalation is None else finance.electricity_escalation
    return instance.model_copy(
        update={
            "sites": tuple(wanting(site, factor, growth) for site in instance.sites),
            "finance": finance.model_copy(update={"electricity_escalation": now + rise}),
        }
    )


def wanting(site: Site, factor: float, growth: float) -> Site:
    demand = site.demand
    grows = max(-0.5, demand.growth_per_year + growth)
    update: dict[str, object] = {"growth_per_year": grows}
    if demand.by_year is not None:
        faster = (1 + grows) / (1 + demand.growth_per_year)
        update["by_year"] = tuple(level * faster**k for k, level in enumerate(demand.by_year))
    if demand.sessions_per_day is not None:
        update["sessions_per_day"] = factor * demand.sessions_per_day
    if demand.managed is not None and demand.managed.sessions is not None:
        filed = demand.managed.sessions
        more = filed.model_copy(update={"scale": factor * filed.scale})
        update["managed"] = demand.managed.model_copy(update={"sessions": more})
    if demand.load_kw is not None:
        update["load_kw"] = demand.load_kw.model_copy(update={"scale": factor * demand.load_kw.scale})
    if demand.peak_days is not None:
        update["peak_days"] = demand.peak_days.model_copy(update={"scale": factor * demand.peak_days.scale})
    return site.model_copy(update={"demand": demand.model_copy(update=update)})


def prepared(central: Run, futures: Sequence[Future]) -> list[Parameters]:
    """Return every future's parameters: chargers counted as far as any future needs, batteries as settled, tariffs as picked.

    Raises `InputError` where no chargers could be built for all: other types serve, or a type is counted by other columns.
    """
    first = [prepare(future.read) for future in futures]
    found: list[list[SiteParameters]] = [[] for _ in futures]
    for i, settled in enumerate(central.parameters.sites):
        own = [next(site for site in numbers.offers[i] if site.tariff_name == settled.tariff_name) for numbers in first]
        _refuse_other(central, futures, [[c.name for c in site.chargers] for site in (*own, settled)], settled.name)
        most = {c.name: max(site.chargers[k].max_count for site in own) for k, c in enumerate(settled.chargers)}
        longer = [
            counted_to(site, future.read.instance.sites[i], most, numbers.context)
            for site, future, numbers in zip(own, futures, first, strict=True)
        ]
        queues = [[c.max_count > 1 and not even(c) for c in site.chargers] for site in longer]
        known = [
            not even(c) if c.max_count > 1 else queue for c, queue in zip(settled.chargers, queues[0], strict=True)
        ]
        _refuse_other(central, futures, [*queues, known], settled.name)
        for sites, site in zip(found, longer, strict=True):
            sites.append(replace(site, battery=settled.battery))
    return [replace(numbers, sites=tuple(sites)) for numbers, sites in zip(first, found, strict=True)]


def _refuse_other(central: Run, futures: Sequence[Future], said: Sequence[Any], site: str) -> None:
    """Raise `InputError` if what is said of the futures, and last of the file as it stands, is not the same in all."""
    for future, own in zip(futures, said, strict=False):
        if own != said[-1]:
            raise InputError(
                f"{central.read.path}: site {site}: in future {future.name} other chargers serve, or they are counted otherwise, than in "
                "the file as it stands; min_charger_kw, max_wait_min and spare_chargers must be the same in both"
            )
