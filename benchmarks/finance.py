"""Money at scale: rates of return of 100,000 cash flows against polynomial roots and numpy-financial's loop; 100,000 scenarios of fifty
sites over twenty years with debt, tax and coverage, in processor seconds and memory; what is left of the gap at the support
reported, over 100 cases of each instrument; quantiles of 4,096 scenarios against a million. `--json` prints one object."""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from dataclasses import replace
from typing import Any

import numpy as np
import numpy_financial as npf
from harness import finish

from evplan.finance.cashflow import MONEY, Cashflow
from evplan.finance.financing import Terms
from evplan.finance.loan import Loan
from evplan.finance.many import Drawn, Response, outcomes
from evplan.finance.owners import terms_of
from evplan.finance.rates import SEVERAL, UNIQUE, rates_of_return
from evplan.finance.risk.at_risk import AtRisk
from evplan.finance.risk.sampling import drawn_values, sobol_points
from evplan.finance.support.gap import margin, needed
from evplan.finance.support.instruments import INSTRUMENTS, Deal
from evplan.finance.tax import TaxLaw
from evplan.instance.finance import Finance
from evplan.instance.finance import Loan as Loaned
from evplan.instance.risk import Risk

FLOWS, YEARS = 100_000, 20
SCENARIOS, SITES = 100_000, 50
NEAR = 1e-6  # of roots: nearer to each other, or to the real axis, rounding decides what numpy.roots says


def flows(kind: str, count: int) -> np.ndarray:
    """Return random cash flows: pure noise, an outlay with income, and one with replacements and decommissioning."""
    rng = np.random.default_rng(7)
    if kind == "noise":
        return rng.normal(size=(YEARS + 1, count))
    made = rng.uniform(0, 1, (YEARS + 1, count))
    made[0] = -rng.uniform(1, 15, count)
    if kind == "replaced":
        made[YEARS // 2] -= rng.uniform(0, 8, count)
        made[YEARS] -= rng.uniform(0, 2, count)
    return made


def wrong(sample: np.ndarray) -> tuple[int, int]:
    """Return how many answers differ from the polynomial's roots, and how many flows rounding leaves undecided there."""
    found, misses, open_ = rates_of_return(sample), 0, 0
    for flow, value, status in zip(sample.T, found.value, found.status, strict=True):
        roots = np.roots(flow[::-1])
        real = np.sort(roots.real[(np.abs(roots.imag) < NEAR * np.abs(roots)) & (roots.real > 0)])
        if len(real) > 1 and np.diff(real).min() < NEAR * real.max():
            open_ += 1
            continue
        right = status == min(len(real), SEVERAL)
        misses += not right or (status == UNIQUE and abs((1 + value) * real[0] - 1) > 1e-8)
    return misses, open_


def irr_figures() -> dict[str, Any]:
    """Return how right and how fast rates of return are."""
    figures: dict[str, Any] = {"irr_wrong": 0, "irr_undecided_by_roots": 0}
    ratios = {}
    for kind in ("noise", "invested", "replaced"):
        sample, times = flows(kind, FLOWS), []
        rates_of_return(sample)
        for _ in range(3):
            begun = time.process_time()
            rates_of_return(sample)
            times.append(time.process_time() - begun)
        begun = time.process_time()
        for flow in sample.T:
            npf.irr(flow)
        loop = time.process_time() - begun
        ratios[kind] = loop / statistics.median(times)
        misses, open_ = wrong(sample)
        figures["irr_wrong"] += int(misses)
        figures["irr_undecided_by_roots"] += open_
    return figures | {"irr_ratio_npf": min(ratios.values()), "irr_ratios": ratios}


def site(number: int) -> Response:
    """Return a made-up site's cash flow at three levels of demand."""
    rng, k = np.random.default_rng(number), np.arange(YEARS + 1)
    running = np.where(k > 0, 1.02 ** (k - 1.0), 0.0)
    built = rng.uniform(4e5, 1.5e6)
    zero = dict.fromkeys(MONEY, np.zeros(YEARS + 1))

    def at(level: float) -> Cashflow:
        lines = {
            "served_kwh": level * 6e5 * (k > 0), "revenue": level * rng.uniform(0.3, 0.5) * built * running,
            "energy": (0.05 + 0.08 * level) * built * running, "om": 0.02 * built * running, "land": 0.01 * built * running,
            "capex": np.where(k == 0, built, 0.0), "replacements": np.where(k == 10, 0.6 * built, 0.0),
            "depreciation": np.where((k > 0) & (k <= 10), built / 10, 0.0), "residual": np.where(k == YEARS, 0.1 * built, 0.0),
        }  # fmt: skip
        return Cashflow(**(zero | lines), law=TaxLaw(0.25, carries_losses=True))

    return Response(np.array([0.5, 1.0, 1.5]), (at(0.5), at(1.0), at(1.5)), lent=0.6)


def many_figures() -> dict[str, Any]:
    """Return processor seconds and memory of all scenarios of all sites."""
    rng, finance = np.random.default_rng(0), Finance(losses="carried-forward")
    sites, terms = [site(i) for i in range(SITES)], Terms(Loan(0.06, 12, share=0.6))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    draws = rng.normal(size=(6, SCENARIOS))
    factors = np.exp(np.array([0.25, 0.1, 0.15, 0.1, 0.12, 0.0])[:, None] * draws)
    drawn = Drawn(*factors[:5], loan_rate=np.clip(0.06 + 0.01 * draws[5], 0.0, 0.2))
    total, least = np.zeros(SCENARIOS), np.full(SCENARIOS, np.inf)
    for own in sites:
        found = outcomes(own, drawn, terms, finance)
        total += found.equity_npv
        np.minimum(least, found.min_dscr, out=least)
    seconds = time.process_time() - begun
    used_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "mc_cpu_s": seconds, "mc_mb": peak_mb, "mc_added_mb": used_mb, "mc_p50": float(np.median(total)),
        "mc_mean_least_dscr": float(least.mean()),
    }  # fmt: skip


def gap_figures() -> dict[str, Any]:
    """Return what is left of the gap, over construction cost, at the support reported: the worst of 100 cases of each instrument."""
    worst, closed = 0.0, 0
    finance = Finance(losses="carried-forward", loan=Loaned(rate=0.09, years=10, share=0.6), target_irr=0.12)
    for seed in range(100):
        plan = site(seed).as_planned
        rng = np.random.default_rng(seed + 1000)
        flow = replace(plan, revenue=rng.uniform(0.3, 0.9) * plan.revenue)
        deal = Deal(flow, terms_of(finance), finance)
        for instrument in INSTRUMENTS.values():
            amount = needed(deal, instrument, "equity")
            if amount:
                closed += 1
                worst = max(worst, abs(margin(instrument.given(deal, amount), "equity")) / deal.built)
    return {"gap_worst": worst, "gap_closed": closed}


def quantile_figures() -> dict[str, Any]:
    """Return how far P90, P50 and P10 of 4,096 Sobol points lie from those of 2^20, over the spread."""
    said = Risk.model_validate({
        "drivers": {
            "electricity-price": {"shape": "lognormal", "sd": 0.2},
            "adoption": {"shape": "triangular", "low": 0.5, "mode": 1.0, "high": 1.6},
            "construction": {"shape": "normal", "sd": 0.12}, "charging-price": {"shape": "uniform", "low": 0.85, "high": 1.1},
            "interest": {"shape": "normal", "sd": 0.01},
        },
        "together": [{"between": ["electricity-price", "charging-price"], "correlation": 0.4}],
    })  # fmt: skip
    sites = AtRisk((site(1), site(2)), Terms(Loan(0.06, 12, share=0.6)), Finance(losses="carried-forward"))
    few, many = (
        np.quantile(sites.together(drawn_values(said, sobol_points(count, 5, 1))).equity_npv, (0.1, 0.5, 0.9))
        for count in (4096, 1 << 20)
    )
    return {"quantile_error": float(np.abs(few - many).max() / (many[2] - many[0]))}


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    figures = many_figures()
    finish(figures | irr_figures() | gap_figures() | quantile_figures(), asked.json)


if __name__ == "__main__":
    main()
