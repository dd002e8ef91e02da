"""What of a plan a support programme counts, and how much its rules give for it.

share       part of the eligible cost, each charger's counted up to its benchmark
amounts     money per port, by its power

A tax credit counts what grants have not paid for already, kind by kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evplan.instance.host import Item as Kind
from evplan.instance.programme import Band, Measure

Paid = Mapping[Kind, float]  # what grants have paid of each kind of thing


@dataclass(frozen=True)
class Bought:
    """What is built at a site. Money in the file's currency.

    chargers : (how many, power of each in kW, ports of each, hardware and installation cost of one).
    connection, solar, battery : construction cost.
    """

    chargers: tuple[tuple[int, float, int, float, float], ...]
    connection: float
    solar: float
    battery: float

    def eligible(self, measure: Measure) -> dict[Kind, float]:
        """Return the cost of everything that a measure counts, by kind, whole."""
        chargers = sum(
            n * (("hardware" in measure.of) * hardware + ("installation" in measure.of) * installation)
            for n, power_kw, _, hardware, installation in self.chargers
            if power_kw >= measure.min_kw
        )
        others: dict[Kind, float] = {"connection": self.connection, "solar": self.solar, "battery": self.battery}
        own: dict[Kind, float] = {"chargers": float(chargers)}
        return own | {kind: cost for kind, cost in others.items() if kind in measure.of}


def left_of(measure: Measure, bought: Bought, paid: Paid) -> dict[Kind, float]:
    """Return what grants have not paid yet of everything that a measure counts, by kind."""
    return {kind: max(0.0, cost - paid.get(kind, 0.0)) for kind, cost in bought.eligible(measure).items()}


def paid_too(paid: Paid, amount: float, left: Mapping[Kind, float]) -> dict[Kind, float]:
    """Return what grants have paid once another has, which pays the same part of all that was left."""
    total = sum(left.values())
    more = {kind: amount * cost / total for kind, cost in left.items()} if total > 0 else {}
    return {kind: paid.get(kind, 0.0) + more.get(kind, 0.0) for kind in {*paid, *more}}


def entitled(measure: Measure, bought: Bought, rate: float, paid: Paid) -> float:
    """Return what the rules give, the limit of a site aside. paid : by grants already, which a tax credit does not count."""
    whole_cost = bought.eligible(measure)
    counted = {kind: 1 - min(1.0, paid.get(kind, 0.0) / cost) if cost > 0 else 1.0 for kind, cost in whole_cost.items()}
    share = 0.0 if measure.share is None else measure.share
    if measure.benchmark and "connection" in measure.of:
        return share * _upstream(measure, bought, rate)
    each = 0.0
    for n, power_kw, ports, hardware, installation in bought.chargers:
        if power_kw < measure.min_kw:
            continue
        cost = ("hardware" in measure.of) * hardware + ("installation" in measure.of) * installation
        if measure.benchmark:
            cost = min(cost, rate * _band(measure.benchmark, power_kw))
        amount = share * cost + ports * rate * _band(measure.amounts, power_kw / ports)
        most = float("inf") if measure.most_per_charger is None else rate * measure.most_per_charger
        each += n * min(amount, most)
    return counted["chargers"] * each + share * sum(
        counted[kind] * cost for kind, cost in whole_cost.items() if kind != "chargers"
    )


def _upstream(measure: Measure, bought: Bought, rate: float) -> float:
    """Return the eligible cost of what serves several chargers together: no more than all their benchmarks."""
    own = [charger for charger in bought.chargers if charger[1] >= measure.min_kw]
    cost = sum(
        n * (("hardware" in measure.of) * hardware + ("installation" in measure.of) * installation)
        for n, _, _, hardware, installation in own
    )
    benchmark = sum(n * rate * _band(measure.benchmark, power_kw) for n, power_kw, _, _, _ in own)
    return min(cost + bought.connection, benchmark)


def _band(bands: Sequence[Band], power_kw: float) -> float:
    """Return the amount of the highest band that a power reaches; 0 below all."""
    reached = [band for band in bands if power_kw >= band.from_kw]
    return max(reached, key=lambda band: band.from_kw).amount if reached else 0.0
