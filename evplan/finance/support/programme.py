"""What a support programme gives to a planned site: its measures one after the other, each within its limits.

Grants come before tax credits, which count what grants have not paid for; what is for one thing pays no more than it costs.
Where a measure fills the gap, it gives what is still missing to meet the criteria asked for, within its limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from evplan.finance.support.eligible import Bought, Paid, entitled, left_of, paid_too
from evplan.finance.support.gap import criteria_of, margin, needed
from evplan.finance.support.instruments import INSTRUMENTS, Deal, credited
from evplan.finance.worth import npv
from evplan.instance.programme import Category, Measure, Programme


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
    rules: Programme
    paid: Paid

    @property
    def public_cost(self) -> float:
        """Return what it costs the public, present value."""
        return sum(one.public_cost for one in self.given)


def supported(
    deal: Deal, bought: Bought, setting: str, programme: Programme, category: str | None, rate: float, begins: date,
    public_rate: float, paid: Paid | None = None,
) -> Supported:  # fmt: skip
    """Return what a programme gives a site, and whether it then meets what is asked of it.

    rate : units of the file's currency per unit of the programme's.  begins : first day of operation.
    paid : by grants of programmes before, by kind.
    """
    name = category or next(iter(programme.categories))
    own, criteria = programme.categories[name], criteria_of(deal.finance)
    why = "; ".join(_refusals(programme, own, bought, setting, begins))
    given, paid = [], dict(paid or {})
    for measure in sorted(own.measures, key=is_credit):
        if why:
            given.append(Given(measure.name, measure.instrument, 0.0, 0.0, why))
            continue
        amount = _amount(measure, deal, bought, rate, paid)
        if measure.instrument != "premium":
            left = left_of(measure, bought, paid)
            # no more than what is left of what it is for, and of all
            amount = min(amount, sum(left.values()), deal.unpaid)
            paid = paid if is_credit(measure) else paid_too(paid, amount, left)
        deal, cost = _with(deal, measure, amount, programme, public_rate)
        given.append(Given(measure.name, measure.instrument, amount, cost, "" if amount else _nothing(measure, bought)))
    least = min(margin(deal, criterion) for criterion in criteria)
    missing = [needed(deal, INSTRUMENTS["grant"], criterion) for criterion in criteria]
    known = [amount for amount in missing if amount is not None]
    still = max(known) if len(known) == len(missing) else None
    near = 1e-6 * max(deal.built, 1.0)
    return Supported(programme.title, name, tuple(given), deal, least >= -near, least, still, programme, paid)


def is_credit(measure: Measure) -> bool:
    """Return whether a measure is a tax credit: those come last, as they count what grants have not paid for."""
    return measure.instrument == "tax-credit"


def _with(deal: Deal, measure: Measure, amount: float, programme: Programme, public_rate: float) -> tuple[Deal, float]:
    """Return a deal with what a measure gives, and what that costs the public, present value."""
    if not amount:
        return deal, 0.0
    instrument = INSTRUMENTS[measure.instrument]
    if is_credit(measure):
        part = amount / deal.counted if deal.counted > 0 else 0.0
        return credited(deal, part, measure.basis_reduction), instrument.public_cost(deal, part, public_rate)
    if measure.instrument == "premium":
        paid = _for_years(instrument.given(deal, amount), deal, programme.years)
        return paid, npv(paid.flow.premium - deal.flow.premium, public_rate, deal.finance.discounting)
    return instrument.given(deal, amount), instrument.public_cost(deal, amount, public_rate)


def _nothing(measure: Measure, bought: Bought) -> str:
    """Return why a measure gives nothing."""
    if not any(bought.eligible(measure).values()):
        return "nothing that it counts is built"
    return "nothing is missing" if measure.fills_gap else "what it counts is paid for already"


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


def _amount(measure: Measure, deal: Deal, bought: Bought, rate: float, paid: Paid) -> float:
    """Return what a measure gives, in the instrument's unit (a tax credit in money)."""
    if measure.per_kwh is not None:
        whole = rate * measure.per_kwh
        asked = [needed(deal, INSTRUMENTS["premium"], criterion) for criterion in criteria_of(deal.finance)]
        return min(whole, max(whole if amount is None else amount for amount in asked)) if measure.fills_gap else whole
    limit = rate * measure.most if measure.most is not None else float("inf")
    most = min(limit, entitled(measure, bought, rate, paid if is_credit(measure) else {}))
    if not measure.fills_gap:
        return most
    instrument = INSTRUMENTS[measure.instrument]
    asked = [needed(deal, instrument, criterion) for criterion in criteria_of(deal.finance)]
    missing = max(most if amount is None else amount for amount in asked)
    return min(most, missing * (deal.counted if is_credit(measure) else 1.0))


def _for_years(given: Deal, before: Deal, years: int | None) -> Deal:
    """Return a deal with a premium that is paid for its years only."""
    if years is None:
        return given
    paid = np.where(np.arange(len(given.flow.premium)) <= years, given.flow.premium, before.flow.premium)
    return replace(given, flow=replace(given.flow, premium=paid))
