"""What `evplan risk` prints and writes: how sure the plan is to pay, what it is exposed to, what support makes it sure."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from evplan.finance.risk.exposure import Exposure
from evplan.finance.risk.measures import EXCEEDANCE, Spread
from evplan.finance.risk.sensitivity import CHANGES, GRANTS, changed
from evplan.paths import replacing
from evplan.report import words
from evplan.report.risk import COVERAGE, WHOLE, render_risk, value
from evplan.report.sealed import clean, seal
from evplan.scenarios.rows import exit_code
from evplan.show.plan import console
from evplan.studies.risk import RiskRun

if TYPE_CHECKING:
    import pandas as pd

SURE = 0.9  # a probability


def scenarios_table(run: RiskRun) -> pd.DataFrame:
    """Return one row per scenario: the drivers' values and what the plan comes to."""
    import pandas as pd

    sites = {f"npv_{name}": npv for name, npv in run.by_site.items()}
    outcomes = {"npv": run.npv, "equity_npv": run.equity_npv, "min_dscr": run.min_dscr}
    columns: dict[str, np.ndarray] = {str(name): value for name, value in run.drivers.items()}
    return pd.DataFrame(columns | outcomes | sites)


def risk_summary(run: RiskRun) -> dict[str, Any]:
    """Return the figures of a run, for summary.json."""
    from evplan import __version__

    instance = run.run.read.instance
    assert instance.risk is not None
    return clean({
        "kind": "risk", "title": instance.title, "currency": instance.finance.currency, "instance": str(run.run.read.path),
        "instance_sha256": run.run.read.hash, "evplan_version": __version__, "scenario": run.run.read.scenario,
        "sites": [plan.name for plan in run.run.plans],
        "begins": instance.horizon.start.isoformat(),
        "status": run.run.status, "objective": run.run.objective, "bound": run.run.bound, "gap": run.run.gap,
        "worst_residual": run.run.worst_residual,
        "quantiles": EXCEEDANCE, "scenarios": len(run.npv), "risk": instance.risk.model_dump(mode="json"),
        "npv_as_planned": sum(site.metrics.npv for site in run.run.appraisal.sites),
        "target_irr": instance.finance.target_irr, "construction": run.at_risk.built,
        "spreads": {name: asdict(one) for name, one in run.spreads.items()},
        "spider_changes": CHANGES.tolist(),
        "exposures": {name: _exposure(one) for name, one in run.exposures.items()},
        "support_curve": {"grant_share": GRANTS.tolist(), "probability": run.support.tolist()},
        "beyond_levels": run.beyond, "resolved": [asdict(one) for one in run.resolved], "seconds": run.seconds,
    })  # fmt: skip


def _exposure(found: Exposure) -> dict[str, Any]:
    """Return what moves a net present value, as plain values."""
    return {
        "planned": found.planned,
        "tornado": [asdict(bar) for bar in found.bars],
        "spider": {name: {"values": changed(name).tolist(), "npv": npv.tolist()} for name, npv in found.spider.items()},
        "break_even": found.break_evens,
        "grid": None if found.grid is None else asdict(found.grid),
        "sobol_first": found.first,
        "sobol_total": found.total,
    }


def write_risk(run: RiskRun, folder: Path) -> None:
    """Write scenarios.parquet, summary.json and report.html."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "scenarios.parquet") as path:
        scenarios_table(run).to_parquet(path, index=False)
    seal(folder, risk_summary(run), ("scenarios.parquet",))
    render_risk(folder)


def show_risk(run: RiskRun, folder: Path) -> int:
    """Print how sure the plan is to pay; return the exit code of the plan behind it."""
    currency = run.run.read.instance.finance.currency
    tail = next(iter(run.spreads.values())).tail
    table = Table(
        title=f"{len(run.npv):,} scenarios, the plan's sizes fixed; amounts in thousand {currency}",
        title_justify="left",
        padding=(0, 0),
    )
    for heading in ("", "P90", "P50", "P10", "mean", "bad", f"worst {tail:.0%}"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, one in run.spreads.items():
        table.add_row(name.replace(WHOLE, "NPV"), *_cells(one, name))
    console.print(table)
    console.print(EXCEEDANCE)
    console.print("bad: below 0, coverage below 1; explains: part of the variance, alone and with all it acts with")
    for of, found in run.exposures.items():
        console.print(_drivers(found, of.replace(WHOLE, "NPV"), currency))
    enough = next((share for share, chance in zip(GRANTS, run.support, strict=True) if chance >= SURE), None)
    target = f"{run.run.read.instance.finance.target_irr:.0%}"
    if enough != 0:
        said = "no grant up to all of construction" if enough is None else f"a grant of {enough:.0%} of construction"
        target += f" as planned; {said} makes it 90 %"
    console.print(f"probability of {run.support[0]:.0%} to return {target}")
    if run.beyond > 0.001:
        console.print(
            f"note: {run.beyond:.1%} of the scenarios want more or less than risk.levels span and get what its ends get"
        )
    for line in _resolved(run, currency):
        console.print(line)
    console.print(f"{words.STATUS[run.run.status]}; {run.seconds:.1f} s in all")
    console.print(
        f"report: {folder / 'report.html'}; scenarios: {folder / 'scenarios.parquet'}, {folder / 'summary.json'}"
    )
    return exit_code(run.run)


def _cells(one: Spread, name: str) -> list[str]:
    if name == COVERAGE:
        return [
            *(words.times(x) for x in (one.p90, one.p50, one.p10, one.mean)),
            words.percent(one.below),
            words.times(one.cvar),
        ]
    amounts = [words.number(x / 1000, "") for x in (one.p90, one.p50, one.p10, one.mean)]
    return [*amounts, words.percent(one.below), words.number(one.cvar / 1000, "")]


def _drivers(found: Exposure, of: str, currency: str) -> Table:
    """Return a line for each driver: what it does to a net present value, and how much of its variance it explains."""
    table = Table(
        title=f"{of} in thousand {currency} by driver, the others as planned", title_justify="left", padding=(0, 0)
    )
    for heading in ("driver", "10 %", "90 %", "at 10 %", "at 90 %", "0 at", "explains"):
        table.add_column(heading, justify="left" if heading == "driver" else "right", no_wrap=True)
    for bar in found.bars:
        name, zero = bar.driver, found.break_evens[bar.driver]
        table.add_row(
            name, value(name, bar.low), value(name, bar.high), words.number(bar.at_low / 1000, ""), words.number(bar.at_high / 1000, ""),
            value(name, zero), f"{words.percent(found.first[name], 0)} to {words.percent(found.total[name], 0)}",
        )  # fmt: skip
    return table


def _resolved(run: RiskRun, currency: str) -> list[str]:
    """Return what planning anew in some scenarios brought."""
    known = [one for one in run.resolved if one.stays is not None and one.anew is not None]
    failed = [
        f"note: scenario {one.number + 1} planned anew: {one.message}" for one in run.resolved if one.anew is None
    ]
    if not known:
        return failed
    stays, anew = (
        np.array([sum(way.values()) for way in ways])
        for ways in zip(*((one.stays or {}, one.anew or {}) for one in known), strict=True)
    )
    return [
        f"{len(known)} scenarios planned anew, sizes and all: mean net present value {words.money(float(anew.mean()), currency)}, against "
        f"{words.money(float(stays.mean()), currency)} with this plan's sizes; below 0 in {words.percent(float((anew < 0).mean()), 0)}, "
        f"against {words.percent(float((stays < 0).mean()), 0)}",
        *failed,
    ]
