"""Why the critical load cannot be carried: the largest share that can, the outage that falls shortest, what would do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, hstack

from evplan.instance.read import Read
from evplan.parameters.types import SiteParameters
from evplan.solver.compile import Program
from evplan.solver.highs import run
from evplan.solver.outcome import Options
from evplan.solver.relax import LONGEST_S, missing, rows_of


def largest_carried(program: Program, site: SiteParameters) -> float | None:
    """Return the largest `min_carried` that has a plan; None if even 0 has none, or if nothing need be carried.

    The energy that each outage may lose becomes critical energy less a share of it, and the share is maximised.
    """
    rows = rows_of(program, "min_carried")
    if site.outages is None or not len(rows):
        return None
    critical = _critical_kwh(program, site, rows)
    share = csc_array((critical, (rows, np.zeros(len(rows), int))), shape=(program.matrix.shape[0], 1))
    upper = program.row_upper.copy()
    upper[rows] = critical
    outcome = run(_priced(program, share, -1.0, 1.0, upper), Options(0.0, LONGEST_S))
    return None if outcome.x is None else max(0.0, float(outcome.x[-1]))


def owing_nothing(program: Program) -> Program:
    """Return a program in which nothing need be carried in outages."""
    upper, rows = program.row_upper.copy(), rows_of(program, "min_carried")
    if len(rows):
        upper[rows] = np.inf
    return replace(program, row_upper=upper)


def _critical_kwh(program: Program, site: SiteParameters, rows: np.ndarray) -> np.ndarray:
    assert site.outages is not None
    critical = site.outages.critical_kwh(site.clock.step_h)
    return np.array([critical[program.rows.index_of(i)] for i in rows.tolist()])


def _priced(program: Program, columns: csc_array, price: float, most: float, row_upper: np.ndarray) -> Program:
    """Return a program with more columns, which alone cost something, integers relaxed."""
    added = columns.shape[1]
    return replace(
        program,
        matrix=csc_array(hstack([program.matrix, columns])),
        cost=np.append(np.zeros(len(program.cost)), np.full(added, price)),
        offset=0.0,
        row_upper=row_upper,
        lower=np.append(program.lower, np.zeros(added)),
        upper=np.append(program.upper, np.full(added, most)),
        integer=np.zeros(len(program.cost) + added, bool),
    )


def _short_kwh(program: Program) -> dict[tuple[int, int], float]:
    """Return what each modelled year and outage lacks where they lack as little as possible in all, kWh."""
    rows = rows_of(program, "min_carried")
    slack = csc_array((-np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(program.matrix.shape[0], len(rows)))
    outcome = run(_priced(program, slack, 1.0, np.inf, program.row_upper), Options(0.0, LONGEST_S))
    found = np.zeros(len(rows)) if outcome.x is None else outcome.x[-len(rows) :]
    return {program.rows.index_of(i): float(kwh) for i, kwh in zip(rows.tolist(), found, strict=True)}


def clash_lines(program: Program, site: SiteParameters, found: Read, share: float) -> list[str]:
    """Return what is said of a `min_carried` that cannot be reached: where it stands, the outage to blame, the battery."""
    outages, place = site.outages, found.position(("outages", "min_carried"))
    assert outages is not None
    short = _short_kwh(program)
    y, o = max(short, key=lambda yo: short[yo])
    outage, critical = outages.each[o], outages.critical_kwh(site.clock.step_h)[y, o]
    when = f"{site.clock.start[outage.steps[0]]:%d %B, %H:%M}, {len(outage.steps) * site.clock.step_h[0]:g} h"
    lines = [
        f"{found.path}:{place.line}:{place.column}: outages.min_carried: {outages.min_carried:g} cannot be reached at site "
        f"{site.name}; the other limits let at most {share:.4f} of the critical energy of every outage be carried",
        found.source.excerpt(place),
        f"  Outage {outage.name} ({when}) of year {site.years[y]} falls shortest: {short[y, o]:,.1f} kWh more of its "
        f"{critical:,.1f} kWh must be carried.",
    ]
    more = missing(program, ("battery",))
    if more and site.battery is not None:
        lines.append(
            f"  It clashes with the room for a battery at sites[{site.name}]: {site.battery.max_kwh:g} kWh at most; "
            f"{np.ceil(10 * more['battery'] + 0.01) / 10:,g} kWh more would do."
        )
    return lines


def lower_carried(site: SiteParameters, share: float) -> Iterable[tuple[str, SiteParameters]]:
    """Yield the site with less and less to be carried, and what to write in the file."""
    assert site.outages is not None
    for part in (1.0, 0.99, 0.95, 0.9, 0.0):
        lower = float(np.floor(share * part * 1000) / 1000)
        yield f"outages.min_carried: {lower:g}", replace(site, outages=replace(site.outages, min_carried=lower))
