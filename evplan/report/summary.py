"""summary.json: the stable machine interface of a run, and the figures every page is made from."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from evplan.assets.tariff import BILL_PARTS
from evplan.finance.appraise import Appraised
from evplan.finance.host import Hosted
from evplan.finance.investments import capex_by_item, investments
from evplan.finance.lifecycle import Lifecycle
from evplan.finance.metrics import DEFINITIONS, irr
from evplan.finance.owners import OF_OWNERS, Owners
from evplan.finance.support.programme import Supported
from evplan.finance.worth import npv
from evplan.instance.finance import Finance
from evplan.report.assumptions import standing
from evplan.report.operation import energies, limits_reached
from evplan.report.outages import outage_figures
from evplan.report.run import Run
from evplan.report.sealed import clean
from evplan.report.vehicles import vehicles
from evplan.solution.invariants import present_values
from evplan.solution.life import BatteryLife
from evplan.solution.tables import SiteSolution

MADE_WITH = ("highspy", "pyomo", "numpy", "scipy", "scikit-learn")


def summary(run: Run) -> dict[str, Any]:
    """Return the summary of a run; amounts are in the currency named, first-year money unless said."""
    from evplan import __version__

    instance, finance = run.read.instance, run.read.instance.finance
    return clean({
        "kind": "plan",
        "instance": str(run.read.path),
        "instance_hash": run.read.hash,
        "scenario": run.read.scenario,
        "title": instance.title,
        "evplan_version": __version__,
        "versions": versions(),
        "status": run.status,
        "objective": run.objective,
        "bound": run.bound,
        "gap": run.gap,
        "asked_gap": run.asked_gap,
        "seconds": run.seconds,
        "solver": "; ".join(dict.fromkeys(plan.solver.split(",")[0] for plan in run.plans)),
        "checker": {"passed": all(v.passed for v in run.verdicts), "worst_residual": run.worst_residual},
        "currency": finance.currency,
        "horizon": {"start": instance.horizon.start.isoformat(), "years": instance.horizon.years,
                    "operating_years": instance.horizon.modelled_years(), "step_minutes": instance.horizon.step_minutes,
                    "weeks": [week.isoformat() for week in instance.horizon.weeks]},
        "finance": finance.model_dump(),
        "definitions": DEFINITIONS | (OF_OWNERS if finance.has_terms else {}),
        "has_terms": finance.has_terms,
        "weather": run.parameters.weather_source,
        "warnings": list(run.warnings),
        "sites": [_site(run, i) for i in range(len(run.plans))],
        "funding": funding(run),
        "settings": {name: _money(group) for name, group in run.appraisal.settings.items()},
        "portfolio": _money(run.appraisal.portfolio),
    })  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of what a plan is made with."""
    return {
        "evplan": version("evplan"),
        "Python": platform.python_version(),
        **{name: version(name) for name in MADE_WITH},
    }


def _site(run: Run, i: int) -> dict[str, Any]:
    site, plan, numbers = run.read.instance.sites[i], run.plans[i], run.parameters.sites[i]
    money = run.appraisal.sites[i]
    life = run.lives[i]
    items = investments(run.read.instance, site, plan, life.resimulated_years if life else None)
    return {
        "name": site.name,
        "setting": site.setting,
        "appraised_against": "nothing new" if run.reconciliations[i]["nothing_new"] else "nothing",
        "tariff": numbers.tariff_name,
        "tariffs_offered": site.offered,
        "offers": [asdict(offer) for offer in run.offers[i]],
        "price_per_kwh": site.price_per_kwh,
        "stands": standing(site),
        "chargers": plan.chargers,
        "pv_kw": plan.solar_kw,
        "battery_kwh": plan.battery_kwh,
        "battery_kw": plan.battery_kw,
        "connection_kw": plan.connection_kw,
        "contracted_kw": plan.contracted_kw.tolist(),
        "existing_connection_kw": site.connection.existing_kw,
        **energies(run, i),
        "bill": bill_by_part(plan),
        **_money(money),
        "capex_by_item": capex_by_item(items),
        "limits_reached": limits_reached(numbers, plan),
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "solver": plan.solver,
        "checker": run.verdicts[i].residuals,
        "objective_parts": present_values(numbers, plan),
        "npv_reconciliation": run.reconciliations[i],
        "battery_life": _life(life),
        "outages": outage_figures(numbers, plan),
        "managed": vehicles(run, i),
        "service": [asdict(year) for year in run.services[i]],
        "lifecycle": _lifecycle(run.lifecycles[i]),
        "host": _host(money.host),
        "programmes": [_programme(one, run.read.instance.finance) for one in money.programmes],
    }


def funding(run: Run) -> dict[str, Any] | None:
    """Return the limits on all sites together, and what keeping to them took; None where there are none."""
    said, found = run.read.instance.portfolio, run.funded
    if said is None or found is None:
        return None
    share = found.rural_served / np.maximum(found.rural_wanted, 1e-9) if found.rural_wanted.any() else None
    return {
        "limits": said.model_dump(),
        "construction": float(found.built.sum()),
        "grants": float(found.grants.sum()),
        "rural_served_share": None if share is None else dict(zip(run.parameters.context.years, share.tolist(), strict=True)),
        "given_up": found.by_itself - found.objective,
        "residuals": found.residuals,
        "sites": [
            {"name": plan.name, "funded": bool(built > 0), "construction": float(built), "grant": float(grant), "adds": float(worth)}
            for plan, built, grant, worth in zip(found.plans, found.built, found.grants, found.worth, strict=True)
        ],
    }  # fmt: skip


def bill_by_part(plan: SiteSolution) -> dict[str, float]:
    """Return the first modelled year's bill by component."""
    bill = plan.bills[0]
    return {**{part: getattr(bill, part) for part in BILL_PARTS}, "total": bill.total}


def _money(money: Appraised) -> dict[str, Any]:
    """Return the metrics of one cash flow."""
    metrics, gap = money.metrics, money.gap
    return {
        "capex": metrics.capex,
        "host_capex": money.host_capex,
        "npv": metrics.npv,
        "irr": metrics.irr.value,
        "irr_status": metrics.irr.status,
        "payback_years": metrics.payback_years,
        "discounted_payback_years": metrics.discounted_payback_years,
        "roi": metrics.roi,
        "irr_real": metrics.irr_real,
        "mirr": metrics.mirr,
        "profitability_index": metrics.profitability_index,
        "lcoc_per_kwh": metrics.lcoc_per_kwh,
        "lcoc_before_tax_per_kwh": metrics.lcoc_before_tax_per_kwh,
        "lcoc_undiscounted_energy_per_kwh": metrics.lcoc_undiscounted_energy_per_kwh,
        "owners": _owners(money.owners),
        "lcoe_per_kwh": money.lcoe_per_kwh,
        "support": [asdict(gap) for gap in money.support],
        "viability_gap": {
            "grant": gap.grant,
            "grant_fraction_of_capex": gap.grant_fraction_of_capex,
            "per_kwh": gap.per_kwh,
            "target_irr": gap.target_irr,
        },
    }


def _programme(found: Supported, finance: Finance) -> dict[str, Any]:
    """Return what a programme gives, and the site's figures with it."""
    return {
        "title": found.title, "category": found.category, "source": found.rules.source,
        "dated": found.rules.dated.isoformat(), "notes": list(found.rules.notes), "given": [asdict(one) for one in found.given],
        "public_cost": found.public_cost, "closed": found.closed, "still_missing_grant": found.still_missing,
        "npv": npv(found.deal.flow.net, finance.discount_rate, finance.discounting),
        "irr": irr(found.deal.flow.net, finance.discounting).value,
    }  # fmt: skip


def _owners(owners: Owners) -> dict[str, Any]:
    """Return what a plan is worth to its owners, and how well its loan is covered."""
    told = {name: getattr(owners, name) for name in owners.__dataclass_fields__ if name not in ("financed", "irr")}
    return told | {"irr": owners.irr.value, "irr_status": owners.irr.status}


def _host(host: Hosted | None) -> dict[str, Any] | None:
    """Return what a site is to its host; None where the file names none."""
    if host is None:
        return None
    found, first = host.metrics, min(1, len(host.flow.capex) - 1)
    return {
        "pays": host.pays, "capex": found.capex, "rate": host.rate, "tax_rate": host.flow.law.rate,
        "together_npv": host.together_npv,
        "npv": found.npv, "irr": found.irr.value,
        "irr_status": found.irr.status, "payback_years": found.payback_years,
        "lease_first_year": host.flow.other_revenue[first], "share_first_year": host.flow.revenue[first],
    }  # fmt: skip


def _lifecycle(found: Lifecycle | None) -> dict[str, Any] | None:
    """Return lifecycle cost beside business as usual; None where the two are the same."""
    if found is None:
        return None
    told = {name: getattr(found, name) for name in found.__dataclass_fields__ if name != "savings_irr"}
    rate = found.savings_irr
    return told | {"savings_irr": rate.value if rate else None, "savings_irr_status": rate.status if rate else None}


def _life(life: BatteryLife | None) -> dict[str, Any] | None:
    return None if life is None else {name: getattr(life, name) for name in life.__dataclass_fields__}
