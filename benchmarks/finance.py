"""Money at scale: rates of return of 100,000 cash flows against polynomial roots and numpy-financial's loop, and 100,000 scenarios of
fifty sites over twenty years with debt, tax and coverage, in processor seconds and memory. `--json` prints one object."""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from typing import Any

import numpy as np
import numpy_financial as npf
from harness import finish

from evplan.finance.cashflow import MONEY, Cashflow
from evplan.finance.financing import Terms
from evplan.finance.loan import Loan
from evplan.finance.many import Drawn, Response, outcomes
from evplan.finance.rates import SEVERAL, UNIQUE, rates_of_return
from evplan.finance.tax import TaxLaw
from evplan.instance.finance import Finance

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
        figures["irr_wrong"] += misses
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


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    figures = many_figures()
    finish(figures | irr_figures(), asked.json)


if __name__ == "__main__":
    main()
