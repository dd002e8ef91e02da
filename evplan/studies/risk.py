"""How sure a plan is to pay: its money in very many scenarios of the drivers that `risk` names.

Fixed plan: sizes stay, dispatch follows demand (at a few levels, between which it is interpolated), prices and costs move.
Re-optimised: the sites are planned anew, sizes and all, in some of the scenarios; what differs is what knowing would be worth.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.finance.owners import terms_of
from evplan.finance.risk.at_risk import AtRisk
from evplan.finance.risk.exposure import Exposure, exposure
from evplan.finance.risk.measures import Spread, spread
from evplan.finance.risk.sampling import drawn_values, sobol_points
from evplan.finance.risk.sensitivity import support_curve
from evplan.instance.read import read
from evplan.instance.risk import FEWEST, MOST, DriverName
from evplan.plan import silent, solve_read
from evplan.planning.sites import Progress
from evplan.report.risk import COVERAGE, OWNERS, WHOLE
from evplan.report.run import Run
from evplan.solver.outcome import make_options
from evplan.studies.resolved import Resolved, resolve
from evplan.studies.risk_levels import responses

NONE_GIVEN = (
    "says nothing of risk; give it `risk: {drivers: {electricity-price: {shape: lognormal, sd: 0.15}, "
    "adoption: {shape: triangular, low: 0.6, mode: 1.0, high: 1.4}}}`"
)


@dataclass(frozen=True)
class RiskRun:
    """What a plan is exposed to. Arrays over scenarios have shape (n,).

    drivers : their values.  npv, equity_npv, min_dscr : of all sites together.  by_site : net present value of each.
    exposures : what moves the net present value, and the owners' where their cash is another.
    support : probability to reach the target return, by grant.
    resolved : the scenarios planned anew, if any were asked for.
    """

    run: Run
    at_risk: AtRisk
    drivers: dict[DriverName, np.ndarray]
    npv: np.ndarray
    equity_npv: np.ndarray
    min_dscr: np.ndarray
    by_site: dict[str, np.ndarray]
    spreads: dict[str, Spread]
    exposures: dict[str, Exposure]
    support: np.ndarray
    beyond: float
    resolved: tuple[Resolved, ...]
    seconds: float


def solve_risk(
    path: Any, scenario: str | None = None, *, samples: int | None = None, resolved: int = 0, gap: float | None = None,
    time_limit_s: float | None = None, cluster: str | None = None, progress: Progress = silent,
) -> RiskRun:  # fmt: skip
    """Return how sure the plan of an instance file is to pay.

    samples : Sobol points, overrides the file's.  resolved : how many scenarios are planned anew.  cluster : address of a scheduler whose
    workers plan them; left out, processes of this machine.
    Raises `InstanceError`, `InputError` if the file says nothing of risk, `InfeasibleError`, `NoPlanError`, or `CheckError`.
    """
    begun = time.perf_counter()
    found = read(path, scenario)
    said = found.instance.risk
    if said is None:
        raise InputError(f"{found.path}: {NONE_GIVEN}")
    if samples is not None and not FEWEST <= samples <= MOST:
        raise InputError(f"--samples must be from {FEWEST} to {MOST:,} (got {samples})")
    if resolved < 0:
        raise InputError(f"--resolve must be at least 0 (got {resolved})")
    said = said if samples is None else said.model_copy(update={"samples": samples})
    names = list(said.drivers)
    values = drawn_values(said, sobol_points(said.samples, len(names), said.seed))
    run = solve_read(found, gap=gap, time_limit_s=time_limit_s, progress=progress)
    asked = found.instance.solver
    options = make_options(
        asked.gap if gap is None else gap, asked.time_limit_s if time_limit_s is None else time_limit_s, False
    )
    sites = AtRisk(
        responses(run, said.levels, options, progress), terms_of(found.instance.finance), found.instance.finance
    )
    progress("risk", f"{len(next(iter(values.values()))):,} scenarios")
    each, whole = sites.by_site(values), sites.together(values)
    by_site = {plan.name: one.npv for plan, one in zip(run.plans, each, strict=True)}
    drawn = sites.drawn(values).demand
    levels = sites.sites[0].levels
    spreads = {
        WHOLE: spread(whole.npv, said.tail),
        OWNERS: spread(whole.equity_npv, said.tail),
    }
    if np.isfinite(whole.min_dscr).any():
        spreads[COVERAGE] = spread(whole.min_dscr, said.tail, 1.0)
    spreads |= {f"{WHOLE}, {plan.name}": spread(one.npv, said.tail) for plan, one in zip(run.plans, each, strict=True)}
    exposures = {WHOLE: exposure(sites, said)}
    if found.instance.finance.has_terms:
        exposures[OWNERS] = exposure(replace(sites, of="equity_npv"), said)
    return RiskRun(
        run, sites, values, whole.npv, whole.equity_npv, whole.min_dscr,
        by_site, spreads, exposures,
        support_curve(sites, values, found.instance.finance.target_irr),
        float(((drawn < levels[0]) | (drawn > levels[-1])).mean()),
        resolve(run, values, by_site, resolved, float(levels[-1]), options, progress, cluster) if resolved else (),
        time.perf_counter() - begun,
    )  # fmt: skip
