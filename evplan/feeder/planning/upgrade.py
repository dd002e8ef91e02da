"""A larger transformer against control: what a day comes to with each, and what each costs in a year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.feeder.control.baselines import nothing
from evplan.feeder.control.front import Front, rank
from evplan.feeder.control.operation import Operation
from evplan.feeder.day import Day
from evplan.feeder.reading import network_of
from evplan.feeder.study import FeederStudy

DAYS = 365.25


@dataclass(frozen=True)
class Choice:
    """A way to go. yearly : its cost in a year, and of that energy that panels give up and losses."""

    name: str
    operation: Operation
    kva: float
    investment_yearly: float
    curtailed_yearly: float
    losses_yearly: float

    @property
    def yearly(self) -> float:
        """Return the cost of a year."""
        return self.investment_yearly + self.curtailed_yearly + self.losses_yearly


def choices(day: Day, front: Front, folder: Path) -> list[Choice]:
    """Return doing nothing, the cheapest control that keeps limits as well as any, and the larger transformer of the study without control.

    Raises: InputError where the study does not say one, or its network is not of tables.
    """
    study, said = day.study, day.study.upgrade
    if said is None:
        raise InputError("upgrade: the file says no larger transformer; add upgrade: {kva: ..., cost: ...}")
    own = larger(study, said.kva)
    other = nothing(replace(day, study=own, network=network_of(own.network, folder)))
    rated = day.network.head_kva or np.nan
    rate, years = said.discount_rate, said.years
    annuity = said.cost * (rate / (1 - (1 + rate) ** -years) if rate > 0 else 1 / years)

    def choice(name: str, one: Operation, kva: float, investment: float) -> Choice:
        lost = DAYS * float(np.nansum(one.metrics.losses_kw) * day.hours) * said.price_per_kwh
        return Choice(name, one, kva, investment, DAYS * one.curtailed_kwh * said.price_per_kwh, lost)

    best = min((rank(one, front.nothing)[:2] for one in front.points), default=None)
    controls = [
        choice(f"control ({one.name})", one, rated, 0.0) for one in front.points if rank(one, front.nothing)[:2] == best
    ]
    return [choice("as it is", front.nothing, rated, 0.0), *sorted(controls, key=lambda one: one.yearly)[:1],
            choice("larger transformer", other, said.kva, annuity)]  # fmt: skip


def larger(study: FeederStudy, kva: float) -> FeederStudy:
    """Return the study with another transformer, its short-circuit voltage in per cent the same."""
    tables = study.network.tables
    if tables is None:
        raise InputError("upgrade: transformers are exchanged in networks of tables only (network.tables)")
    bigger = tables.transformer.model_copy(update={"kva": kva})
    network = study.network.model_copy(update={"tables": tables.model_copy(update={"transformer": bigger})})
    return study.model_copy(update={"network": network})
