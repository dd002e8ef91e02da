"""Money in the instance file: rates, tax, depreciation, and how what is built is paid for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import CURRENCY, Noun, Rate, Share, Years
from evplan.instance.faults import Fault
from evplan.instance.tree import is_whole, items, mapping

Discounting = Literal["end", "middle", "beginning"]
InstrumentName = Literal["grant", "premium", "loan", "tariff-waiver", "land-waiver", "tax-credit"]
Criterion = Literal["npv", "irr", "equity", "dscr"]
Months = Annotated[float, Field(strict=True, ge=0, le=36)]


class Loan(Noun):
    """A loan for part of what is built; drawn in the construction year, first paid at the end of the first year."""

    rate: Rate
    """Nominal interest per year; with several payments a year, the part of it that falls to each."""
    years: Years
    """Years until the last payment, grace included."""
    share: Share | None = None
    """Part of what is lent of construction, fee, reserves and working capital, grants taken off; with `min_dscr`, at most."""
    min_dscr: Annotated[float, Field(strict=True, ge=1, le=10)] | None = None
    """Least debt service coverage: the loan is as large as it allows in every year."""
    payments: Literal["annuity", "equal-principal", "sculpted"] = "annuity"
    """Equal payments, equal parts of the loan, or payments that follow the cash there is, each year covered `min_dscr` times."""
    payments_per_year: Literal[1, 2, 4, 12] = 1
    """Payments per year."""
    grace_years: Annotated[int, Field(strict=True, ge=0, le=20)] = 0
    """Years in which interest alone is paid."""
    fee: Annotated[float, Field(strict=True, ge=0, le=0.2)] = 0.0
    """Paid when the loan is drawn, fraction of it; for tax it is spread over the loan's years."""
    reserve_months: Months = 0.0
    """Months of the next year's payments held in cash."""
    coverage: Literal["after-tax", "before-tax"] = "after-tax"
    """Whether the cash that covers payments is counted after tax or before."""


class Construction(Noun):
    """A loan for the time of building. Its interest and fee are part of what is built: depreciated, counted by tax credits."""

    months: Annotated[float, Field(strict=True, gt=0, le=60)]
    """Months from the first draw to the first day of operation; half of the loan is drawn on average."""
    rate: Rate
    """Nominal interest per year."""
    share: Share = 1.0
    """Part of construction that is lent meanwhile."""
    fee: Annotated[float, Field(strict=True, ge=0, le=0.2)] = 0.0
    """Paid when the loan is agreed, fraction of it."""


class Support(Noun):
    """What public support is measured against, where a plan does not pay by itself."""

    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)] | None = None
    """What support must reach, all of it: npv (zero at `discount_rate`), irr (`target_irr`), equity (the owners' `equity_rate`), dscr
    (`min_dscr` of the loan at its full share). Left out, irr."""
    min_dscr: Annotated[float, Field(strict=True, ge=1, le=10)] | None = None
    """Coverage that `dscr` asks for; left out, the loan's own `min_dscr`."""
    instruments: Annotated[tuple[InstrumentName, ...], Field(min_length=1)] | None = None
    """Instruments to size; left out, all of them."""
    public_rate: Rate | None = None
    """Nominal rate at which public cost is discounted; left out, `discount_rate`."""


class Finance(Noun):
    """Money. All prices in the file are those of the first year of operation, unless `prices_of` says otherwise."""

    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)] = "USD"
    """ISO 4217 code, printed with every amount."""
    discount_rate: Rate = 0.08
    """Nominal rate at which the plan maximises net present value."""
    discounting: Discounting = "end"
    """When a year's amounts fall: at its end, in its middle, or at its beginning; construction is at time 0 in all three."""
    target_irr: Rate = 0.10
    """Nominal return the investor asks for; the viability gap is measured against it."""
    tax_rate: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.25
    """Tax on profit."""
    losses: Literal["refunded", "carried-forward"] = "refunded"
    """A loss lowers the owner's other tax in the same year, or waits for profits of these sites. Plans are made as if refunded;
    what waiting costs is in the cash flow."""
    loss_share: Share = 1.0
    """Largest part of a year's profit that losses of years before can offset."""
    loss_years: Years | None = None
    """Years after which a loss that waits is lost; left out, never."""
    tax_credits: Literal["paid", "carried-forward"] = "paid"
    """Tax credits are paid out when due (or lower the owner's other tax), or wait for tax of these sites."""
    inflation: Rate = 0.02
    """Yearly rise of every price and cost."""
    depreciation_years: Years = 10
    """Straight-line tax depreciation, years, of every investment without a schedule of its own."""
    electricity_escalation: Rate | None = None
    """Yearly rise of electricity bills; left out, inflation."""
    om_escalation: Rate | None = None
    """Yearly rise of operation and maintenance; left out, inflation."""
    prices_of: Literal["first-year", "construction-year"] = "first-year"
    """The year whose prices the file gives; prices of the construction year have risen once by the first."""
    residual_value: Literal["straight-line", "none"] = "straight-line"
    """What equipment is worth at the end: the last price paid times the part of its life that is left, or nothing."""
    replacements: Literal["capitalised", "expensed"] = "capitalised"
    """Whether replacements are depreciated like the first purchase, or a cost of their year."""
    equity_rate: Rate | None = None
    """Nominal return that owners ask of their equity; left out, `target_irr`."""
    loan: Loan | None = None
    """A loan for each site, and in the portfolio's figures for all of them together; left out, equity alone."""
    construction: Construction | None = None
    """A loan for the time of building; left out, what is built is paid on the day before operation."""
    working_capital_months: Months = 0.0
    """Months of the next year's running costs held in cash."""
    replacement_saving_years: Annotated[int, Field(strict=True, ge=0, le=40)] = 0
    """Years over which each replacement is saved for in equal parts; 0 pays it when it falls due."""
    reserve_rate: Rate = 0.0
    """Nominal interest on reserves and working capital."""
    support: Support = Support()
    """What support is measured against."""

    @property
    def built_factor(self) -> float:
        """Return what is paid for construction, interest and fee meanwhile included, over its price."""
        said = self.construction
        return 1.0 if said is None else 1.0 + said.share * (said.rate * said.months / 24 + said.fee)

    @property
    def has_terms(self) -> bool:
        """Return whether the owners' cash is another than that of the whole project."""
        return self.loan is not None or self.working_capital_months > 0 or self.replacement_saving_years > 0


def finance_faults(tree: dict) -> Iterator[Fault]:
    """Yield terms of money that contradict each other."""
    said = mapping(tree, "finance")
    loan, here = mapping(said, "loan"), ("finance", "loan")
    if isinstance(said.get("loan"), dict):
        if loan.get("share") is None and loan.get("min_dscr") is None:
            yield Fault(here, "needs share, min_dscr, or both: what sets its amount", True)
        if loan.get("payments") == "sculpted" and loan.get("min_dscr") is None:
            yield Fault(
                (*here, "payments"), "sculpted payments follow min_dscr; say which coverage each year must have"
            )
        if loan.get("payments") == "sculpted" and loan.get("payments_per_year", 1) != 1:
            yield Fault(
                (*here, "payments_per_year"), "must be 1 with sculpted payments, which follow the cash of a year"
            )
        if said.get("discounting", "end") != "end":
            message = f"must be end beside finance.loan, whose payments fall at year ends (got {said['discounting']})"
            yield Fault(("finance", "discounting"), message)
        grace, years = loan.get("grace_years", 0), loan.get("years")
        if is_whole(grace) and is_whole(years) and grace >= years:
            yield Fault((*here, "grace_years"), f"must be less than the loan's years (got {grace} of {years})")
    yield from _support(mapping(said, "support"), loan)
    if said.get("losses", "refunded") == "refunded":
        for name in ("loss_share", "loss_years"):
            if said.get(name) is not None:
                yield Fault(("finance", name), "needs losses: carried-forward; losses that are refunded do not wait")
    waits = "carried-forward" in (said.get("losses"), said.get("tax_credits"))
    if waits and mapping(mapping(tree, "portfolio"), "subsidy"):
        message = (
            "cannot stand beside portfolio.subsidy, whose grants are worked out with losses and tax credits refunded"
        )
        name = "losses" if said.get("losses") == "carried-forward" else "tax_credits"
        yield Fault(("finance", name), message)


def _support(said: dict, loan: dict) -> Iterator[Fault]:
    """Yield criteria of support that a loan would have to give a meaning."""
    here = ("finance", "support", "criteria")
    if "loan" in items(said, "instruments") and not loan:
        yield Fault(("finance", "support", "instruments"), "loan needs finance.loan: there is none to make cheaper")
    if (
        "equity" not in items(said, "criteria")
        and "dscr" not in items(said, "criteria")
        and "loan" in items(said, "instruments")
    ):
        yield Fault(here, "a cheaper loan moves the owners' figures alone; ask for equity or dscr", True)
    if "dscr" in items(said, "criteria"):
        if not loan or loan.get("share") is None:
            yield Fault(here, "dscr needs finance.loan with a share: the loan that must be covered")
        elif loan.get("payments") == "sculpted":
            yield Fault(here, "dscr has no meaning where payments are sculpted to it")
        elif said.get("min_dscr") is None and loan.get("min_dscr") is None:
            yield Fault(here, "dscr needs finance.support.min_dscr or finance.loan.min_dscr")
