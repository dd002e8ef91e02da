"""What a support programme gives to a planned site: its measures one after the other, each within its limits.

share       part of the eligible cost, each charger's counted up to its benchmark
amounts     money per charger, by its power
gap         what is still missing to meet the criteria asked for, within the limits
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from evplan.finance.support.gap import criteria_of, margin, needed
from evplan.finance.support.instruments import INSTRUMENTS, Deal, credited
from evplan.finance.worth import npv
from evplan.instance.programme import Band, Category, Measure, Programme


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


@dataclass(frozen=True)
class Given:
    """What one measure gives. amount : in the instrument's unit.  why : in words, where it gives nothing."""

    measure: str
    instrument: str
    amount: float
    public_cost: float
    why: str = ""


@dataclass(frozen=True)
class Supported:
    """A site under a programme. closed : whether all criteria are then met.  margin : of the one that is met least, in money."""

    title: str
    category: str
    given: tuple[Given, ...]
    deal: Deal
    closed: bool
    margin: float
    still_missing: float | None

    @property
    def public_cost(self) -> float:
        """Return what it costs the public, present value."""
        return sum(one.public_cost for one in self.given)


def supported(
    deal: Deal, bought: Bought, setting: str, programme: Programme, category: str | None, rate: float, begins: date,
    public_rate: float,
) -> Supported:  # fmt: skip
    """Return what a programme gives a site, and whether it then meets what is asked of it.

    rate : units of the file's currency per unit of the programme's.  begins : first day of operation.
    """
    name = category or next(iter(programme.categories))
    own, criteria = programme.categories[name], criteria_of(deal.finance)
    why = "; ".join(_refusals(programme, own, bought, setting, begins))
    given = []
    got = float(deal.flow.grant.sum() + deal.flow.tax_credit.sum())
    for measure in own.measures:
        if why:
            given.append(Given(measure.name, measure.instrument, 0.0, 0.0, why))
            continue
        amount = _amount(measure, deal, bought, rate)
        if measure.instrument != "premium":
            amount = min(amount, max(0.0, deal.built - got))  # no more than all that is built, whoever gives it
            got += amount
        instrument = INSTRUMENTS[measure.instrument]
        part = amount / deal.built if measure.instrument == "tax-credit" and deal.built else amount
        if measure.instrument == "premium":
            paid = _for_years(instrument.given(deal, part), deal, programme.years)
            cost = npv(paid.flow.premium - deal.flow.premium, public_rate, deal.finance.discounting)
            given.append(Given(measure.name, measure.instrument, amount, cost))
            deal = paid
            continue
        given.append(Given(measure.name, measure.instrument, amount, instrument.public_cost(deal, part, public_rate)))
        if part:
            credits = measure.instrument == "tax-credit"
            deal = credited(deal, part, measure.basis_reduction) if credits else instrument.given(deal, part)
    least = min(margin(deal, criterion) for criterion in criteria)
    missing = [needed(deal, INSTRUMENTS["grant"], criterion) for criterion in criteria]
    known = [amount for amount in missing if amount is not None]
    still = max(known) if len(known) == len(missing) else None
    near = 1e-6 * max(deal.built, 1.0)
    return Supported(programme.title, name, tuple(given), deal, least >= -near, least, still)


def _refusals(programme: Programme, own: Category, bought: Bought, setting: str, begins: date) -> Iterator[str]:
    """Yield why a site gets nothing."""
    if programme.ends is not None and begins > programme.ends:
        yield f"what it supports must operate by {programme.ends:%Y-%m-%d}; this begins on {begins:%Y-%m-%d}"
    if programme.begins is not None and begins < programme.begins:
        yield f"it begins on {programme.begins:%Y-%m-%d}"
    if setting not in own.settings:
        yield f"{setting} sites are not eligible"
    ports = sum(n * ports for n, power, ports, _, _ in bought.chargers if power / ports >= own.min_port_kw)
    if ports < own.min_ports:
        yield f"it asks for {own.min_ports} ports of {own.min_port_kw:g} kW; the plan has {ports}"


def _amount(measure: Measure, deal: Deal, bought: Bought, rate: float) -> float:
    """Return what a measure gives, in the instrument's unit (a tax credit in money)."""
    if measure.per_kwh is not None:
        whole = rate * measure.per_kwh
        asked = [needed(deal, INSTRUMENTS["premium"], criterion) for criterion in criteria_of(deal.finance)]
        return min(whole, max(whole if amount is None else amount for amount in asked)) if measure.fills_gap else whole
    limit = rate * measure.most if measure.most is not None else float("inf")
    entitled = _entitled(measure, bought, rate)
    most = min(limit, entitled)
    if not measure.fills_gap:
        return most
    instrument = INSTRUMENTS[measure.instrument]
    asked = [needed(deal, instrument, criterion) for criterion in criteria_of(deal.finance)]
    missing = max(most if amount is None else amount for amount in asked)
    return min(most, missing * (deal.built if measure.instrument == "tax-credit" else 1.0))


def _for_years(given: Deal, before: Deal, years: int | None) -> Deal:
    """Return a deal with a premium that is paid for its years only."""
    if years is None:
        return given
    paid = np.where(np.arange(len(given.flow.premium)) <= years, given.flow.premium, before.flow.premium)
    return replace(given, flow=replace(given.flow, premium=paid))


def _entitled(measure: Measure, bought: Bought, rate: float) -> float:
    """Return what the rules give, the limit of a site aside."""
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
    whole = {"connection": bought.connection, "solar": bought.solar, "battery": bought.battery}
    return each + share * sum(cost for item, cost in whole.items() if item in measure.of)


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
