"""The viability gap: the smallest support of each kind that makes a plan meet what is asked of it.

    npv      net present value >= 0 at the discount rate
    irr      net present value >= 0 at the target return
    equity   the owners' net present value >= 0 at the return they ask
    dscr     the loan, at its full share, is covered as often as asked in every year

Support that meets all of them is the largest of what each needs; the one that needs it binds. Amounts are found by a bracketed root
on the full cash flow, with tax, losses that wait, and the loan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.finance.cashflow import Cashflow
from evplan.finance.financing import financed
from evplan.finance.owners import terms_of
from evplan.finance.support.instruments import INSTRUMENTS, Deal, Instrument
from evplan.finance.worth import npv, smallest
from evplan.instance.finance import Criterion, Finance, InstrumentName

COVERED = 1e3  # times: coverage that is as good as any
LENDS = 0.99  # of construction: a larger grant leaves no loan whose coverage would say anything


@dataclass(frozen=True)
class Gap:
    """What one instrument must give.

    amount : in the instrument's unit; 0 where nothing is needed, None where no amount of it closes the gap.
    binding : the criterion that needs most; None where nothing is needed.  by_criterion : what each needs by itself.
    public_cost : present value at the public rate; None without an amount.
    """

    instrument: InstrumentName
    amount: float | None
    binding: Criterion | None
    by_criterion: dict[Criterion, float | None]
    public_cost: float | None


@dataclass(frozen=True)
class ViabilityGap:
    """Support that closes the gap at `target_irr`; zeros where none is needed.

    grant : Money in year 0, or None where no grant closes the gap.
    grant_fraction_of_capex : May exceed 1: then a grant that only refunds construction is not enough.
    per_kwh : Premium per kWh sold, first-year money, or None.
    """

    target_irr: float
    grant: float | None
    grant_fraction_of_capex: float | None
    per_kwh: float | None


def viability_gap(flow: Cashflow, finance: Finance) -> ViabilityGap:
    """Return the grant, and the premium per kWh, that bring the after-tax NPV to zero at the target return."""
    deal, capex = Deal(flow, terms_of(finance), finance), float(flow.capex.sum())
    grant, premium = (needed(deal, INSTRUMENTS[name], "irr") for name in ("grant", "premium"))
    share = grant / capex if grant is not None and capex > 0 else 0.0 if grant == 0 else None
    return ViabilityGap(finance.target_irr, grant, share, premium)


def gaps(deal: Deal) -> tuple[Gap, ...]:
    """Return what each instrument must give to meet every criterion asked for."""
    said = deal.finance.support
    acts = deal.terms.loan is not None and bool({"equity", "dscr"} & set(criteria_of(deal.finance)))
    names = tuple(name for name in said.instruments or tuple(INSTRUMENTS) if name != "loan" or acts)
    rate = deal.finance.discount_rate if said.public_rate is None else said.public_rate
    return tuple(gap_of(deal, INSTRUMENTS[name], criteria_of(deal.finance), rate) for name in names)


def criteria_of(finance: Finance) -> tuple[Criterion, ...]:
    """Return the criteria that an instance asks for: those it names, or its target return, and its lender's coverage."""
    return finance.support.criteria or ("irr",)


def gap_of(deal: Deal, instrument: Instrument, criteria: tuple[Criterion, ...], public_rate: float) -> Gap:
    """Return what one instrument must give to meet every criterion."""
    each = {criterion: needed(deal, instrument, criterion) for criterion in criteria}
    short = [criterion for criterion, amount in each.items() if amount is None]
    if short:
        return Gap(instrument.name, None, short[0], each, None)
    binding = max(each, key=lambda criterion: each[criterion] or 0.0)
    amount = each[binding] or 0.0
    cost = instrument.public_cost(deal, amount, public_rate) if amount else 0.0
    return Gap(instrument.name, amount, binding if amount else None, each, cost)


def needed(deal: Deal, instrument: Instrument, criterion: Criterion) -> float | None:
    """Return the smallest amount of an instrument that meets a criterion, or None if none does."""
    if margin(deal, criterion) >= 0:
        return 0.0
    most = instrument.most(deal)
    if most <= 0:
        return None
    if criterion == "dscr" and instrument.name == "grant":  # one that leaves nothing to lend covers nothing
        most = LENDS * deal.counted
        return smallest(lambda amount: margin(instrument.given(deal, amount), criterion), most, most)
    first = {"money": max(deal.built, 1.0), "money/kWh": 1.0}.get(instrument.unit, most)
    return smallest(lambda amount: margin(instrument.given(deal, amount), criterion), min(first, most), most)


def margin(deal: Deal, criterion: Criterion) -> float:
    """Return by how much a deal meets a criterion, in money (coverage: in times); negative where it falls short."""
    finance = deal.finance
    if criterion in ("npv", "irr"):
        rate = finance.discount_rate if criterion == "npv" else finance.target_irr
        return npv(deal.flow.net, rate, finance.discounting)
    if criterion == "equity":
        rate = finance.target_irr if finance.equity_rate is None else finance.equity_rate
        return npv(financed(deal.flow, deal.terms).equity, rate, finance.discounting)
    loan = deal.terms.loan
    assert loan is not None and loan.share is not None
    asked = finance.support.min_dscr or loan.dscr
    assert asked is not None
    cover = financed(deal.flow, replace(deal.terms, loan=replace(loan, dscr=None))).dscr
    owes = cover[~np.isnan(cover)]
    return min(float(owes.min(initial=COVERED)), COVERED) - asked  # without anything to lend, nothing is left uncovered
