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
from evplan.feeder.study import FeederStudy, Upgrade

DAYS = 365.25


@dataclass(frozen=True)
class Choice:
    """A way to go, and what it costs in a year; losses are not known where a step has no voltage that carries it."""

    name: str
    operation: Operation
    kva: float
    investment_yearly: float
    curtailed_yearly: float
    losses_yearly: float | None

    @property
    def yearly(self) -> float | None:
        """Return the cost of a year, None where losses are not known."""
        return (
            None if self.losses_yearly is None else self.investment_yearly + self.curtailed_yearly + self.losses_yearly
        )


def choices(day: Day, front: Front, folder: Path) -> list[Choice]:
    """Return doing nothing, the cheapest control that keeps limits as well as any, and the larger transformer of the study without control.

    Raises: as `require_upgrade`.
    """
    study, said = day.study, require_upgrade(day.study)
    own = larger(study, said.kva)
    other = nothing(replace(day, study=own, network=network_of(own.network, folder)))
    rated = day.network.head_kva or np.nan
    rate, years = said.discount_rate, said.years
    annuity = said.cost * (rate / (1 - (1 + rate) ** -years) if rate > 0 else 1 / years)

    def choice(name: str, one: Operation, kva: float, investment: float) -> Choice:
        lost = None if one.losses_kwh is None else DAYS * one.losses_kwh * said.price_per_kwh
        return Choice(name, one, kva, investment, DAYS * one.curtailed_kwh * said.price_per_kwh, lost)

    best = min((rank(one, front.nothing)[:2] for one in front.points), default=None)
    controls = [
        choice(f"control ({one.name})", one, rated, 0.0) for one in front.points if rank(one, front.nothing)[:2] == best
    ]
    cheapest = sorted(controls, key=lambda one: np.inf if one.yearly is None else one.yearly)[:1]
    return [
        choice("as it is", front.nothing, rated, 0.0),
        *cheapest,
        choice("larger transformer", other, said.kva, annuity),
    ]


def require_upgrade(study: FeederStudy) -> Upgrade:
    """Return the larger transformer of a study. Raises: InputError where it says none, or its network is not of tables."""
    if study.upgrade is None:
        raise InputError("upgrade: the file says no larger transformer; add upgrade: {kva: ..., cost: ...}")
    larger(study, study.upgrade.kva)
    return study.upgrade


def larger(study: FeederStudy, kva: float) -> FeederStudy:
    """Return the study with another transformer, its short-circuit voltage in per cent the same."""
    tables = study.network.tables
    if tables is None:
        raise InputError("upgrade: transformers are exchanged in networks of tables only (network.tables)")
    bigger = tables.transformer.model_copy(update={"kva": kva})
    network = study.network.model_copy(update={"tables": tables.model_copy(update={"transformer": bigger})})
    return study.model_copy(update={"network": network})
