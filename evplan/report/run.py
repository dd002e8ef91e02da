"""A run: one instance, its plan, its check and its appraisal, everything a report may show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evplan.finance.appraise import Appraisal, site_cashflow
from evplan.finance.cashflow import Cashflow, less, with_grant
from evplan.finance.grants import Funded
from evplan.finance.lifecycle import Lifecycle
from evplan.instance.read import Read
from evplan.parameters.types import Parameters
from evplan.solution.invariants import Verdict
from evplan.solution.life import BatteryLife
from evplan.solution.offers import Offer
from evplan.solution.service import Service
from evplan.solution.sharing import Sharing
from evplan.solution.tables import SiteSolution, relative_gap

GIVING = (
    "vehicles that give back are planned by the sums of what they can do, and fewer rows keep them apart than those that only take: "
    "the objective and its bound may be some percent more than what they can earn one by one"
)


@dataclass(frozen=True)
class Run:
    """Everything one call of `solve` found. Tuples run over the sites."""

    read: Read
    parameters: Parameters
    plans: tuple[SiteSolution, ...]
    verdicts: tuple[Verdict, ...]
    services: tuple[tuple[Service, ...], ...]
    lives: tuple[BatteryLife | None, ...]
    lifecycles: tuple[Lifecycle | None, ...]
    appraisal: Appraisal
    asked_gap: float
    reconciliations: tuple[dict[str, float], ...]
    seconds: dict[str, float]
    funded: Funded | None = None  # what the limits on all sites together left
    sharings: tuple[tuple[Sharing, ...], ...] = ()
    offers: tuple[tuple[Offer, ...], ...] = ()  # what each site was offered, and what came of each

    @property
    def objective(self) -> float:
        """Return the sum of the sites' objectives."""
        return sum(plan.objective for plan in self.plans)

    @property
    def bound(self) -> float:
        """Return the sum of the sites' bounds: no plan of this instance can do better."""
        return self.funded.bound if self.funded else sum(plan.bound for plan in self.plans)

    @property
    def gap(self) -> float:
        """Return (bound - objective) / |objective|."""
        return relative_gap(self.objective, self.bound)

    @property
    def status(self) -> str:
        """Return 'optimal' if the plan is proved within the gap asked for, else why not."""
        unproved = [plan.status for plan in self.plans if plan.status != "optimal"]
        unproved += [self.funded.status] if self.funded and self.funded.status != "optimal" else []
        if unproved:
            return unproved[0]
        return "optimal" if self.gap <= self.asked_gap * (1 + 1e-9) else "time_limit"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what a reader should know before trusting the plan."""
        aged = zip(self.plans, self.lives, strict=True)
        of_batteries = (f"site {plan.name}: {text}" for plan, life in aged if life for text in life.warnings)
        served = (
            (plan.name, year.told) for plan, years in zip(self.plans, self.services, strict=True) for year in years
        )
        of_service = (f"site {name}: {told}" for name, told in served if told)
        of_vehicles = (f"site {name}: {text}" for name, text in self._of_vehicles() if text)
        return (
            *self.parameters.warnings,
            *of_batteries,
            *of_service,
            *of_vehicles,
            *self._of_outages(),
            *self._of_loans(),
        )

    @property
    def kept_offers(self) -> tuple[str, ...]:
        """Return what to know where a study goes on from this plan with the offer that was picked here, and looks at no other."""
        offered = zip(self.parameters.sites, self.offers, strict=True)
        picked = ((site.name, one) for site, own in offered if len(own) > 1 for one in own if one.picked)
        return tuple(
            f"site {name}: planned under tariff {one.tariff}"
            + ("" if one.end_of_life_soh is None else f" with cells replaced at {one.end_of_life_soh:.0%} health")
            + ", as picked for the file as it stands; the bound is of plans with that offer"
            for name, one in picked
        )

    def _of_outages(self) -> Iterator[str]:
        """Yield a note for each site with outages in which nothing is critical, so that they ask nothing of the plan."""
        for site in self.parameters.sites:
            if site.outages is not None:
                idle = site.outages.critical_kwh(site.clock.step_h).max(axis=0) <= 0
                names = [outage.name for outage, is_idle in zip(site.outages.each, idle, strict=True) if is_idle]
                if names:
                    yield f"site {site.name}: nothing is critical while the grid is gone in {', '.join(names)}, so nothing is kept for it"

    def _of_loans(self) -> Iterator[str]:
        """Yield a note for each site that is built and gets no loan, with the year that stands in its way."""
        if self.read.instance.finance.loan is None:
            return
        if self.read.instance.finance.loan.years > self.read.instance.horizon.years:
            yield "the loan goes on beyond the plan's years: what is then owed is paid back in the last of them, and counts for coverage"
        for site in self.appraisal.sites:
            if site.metrics.capex > 0 and (site.owners.financed.service.principal < -0.5).any():
                yield f"site {site.name}: in some year cash does not pay the loan's interest at that coverage, so more is owed after it"
            if site.metrics.capex > 0 and site.owners.loan < 0.5:
                years = min(self.read.instance.finance.loan.years, len(site.flow.capex) - 1)
                cash = site.owners.financed.available[1 : years + 1]
                year = int(cash.argmin()) + 1
                replaced = (
                    "; finance.replacement_saving_years spreads replacements"
                    if site.flow.replacements[year] > 0
                    else ""
                )
                yield f"site {site.name}: no loan, since there is no cash to pay it from in year {year}{replaced}"

    def _of_vehicles(self) -> Iterator[tuple[str, str | None]]:
        """Yield what sharing plans out one by one shows, of the worst modelled year of each site."""
        for plan, site, years in zip(self.plans, self.parameters.sites, self.sharings, strict=False):
            if site.managed is not None and site.managed.giving is not None:
                yield plan.name, GIVING
            if years:
                yield plan.name, min(years, key=lambda year: min(year.reached, year.given)).told

    @property
    def worst_residual(self) -> float:
        """Return the largest residual of the check."""
        return max(verdict.worst for verdict in self.verdicts)


def standing_flow(run: Run, i: int) -> Cashflow | None:
    """Return the cash flow of site `i` if nothing is added to what stands, by which its appraisal is less; None if by nothing."""
    if not run.reconciliations[i]["nothing_new"]:
        return None
    site, plan, life = run.parameters.sites[i], run.plans[i], run.lives[i]
    lasts = life.resimulated_years if life else None
    whole = site_cashflow(run.read.instance, run.read.instance.sites[i], site, plan, lasts)
    grant = float(run.funded.grants[i]) if run.funded else 0.0
    whole = with_grant(whole, grant, run.read.instance.finance) if grant else whole
    return less(whole, run.appraisal.sites[i].flow)
