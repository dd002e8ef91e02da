"""Why a portfolio's limits cannot be kept together: which clash, where they stand in the file, and one repair that was tried."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from evplan.errors import InfeasibleError
from evplan.instance.read import Read
from evplan.portfolio.program import FundingProgram
from evplan.solver.outcome import Options

LOOSE = 0.02  # gap of the searches for what is missing
SETTINGS = ("urban", "rural")
SHORTEST_S = 5.0
NOTHING = 1e-6  # of a limit: less is not missing


def explain_unfunded(found: Read, program: FundingProgram, options: Options) -> InfeasibleError:
    """Return the error that says which limit of the portfolio is short, by how much, and what would do.

    One limit at a time gives way; the plan found then proves that giving way by so much suffices.
    """
    currency = found.instance.finance.currency
    lines, repairs = [], []
    for name, field, limit in _limits(program):
        own = replace(options, gap=LOOSE, time_limit_s=max(SHORTEST_S, options.time_limit_s / 3))
        outcome = program.solve(own, giving=(name,))
        if outcome.x is None or outcome.objective <= NOTHING * max(1.0, limit):
            continue
        place, dotted = found.position(("portfolio", *field)), ".".join(("portfolio", *field))
        missing = outcome.objective
        said_so = f"{math.ceil(missing):,} {currency} more would do"
        if name == "rural service":
            said_so = (
                f"{_lower(program, missing):g} can be served ({missing:,.0f} kWh less in the year that lacks most)"
            )
        lines += [
            f"{found.path}:{place.line}:{place.column}: {dotted}: {limit:,.10g} cannot be kept beside the other limits; {said_so}",
            found.source.excerpt(place),
        ]
        repairs.append(f"{dotted}: {_repaired(name, limit, missing, program):.12g}")
    if not lines:
        return InfeasibleError("portfolio: its limits contradict each other, and no single one of them repairs it")
    others = f" (or {', or '.join(repairs[1:])})" if repairs[1:] else ""
    lines.append(f"  One repair that suffices: {repairs[0]}{others}")
    subsidy = program.said.subsidy
    if subsidy is not None and (subsidy.max_share < 1 or len(subsidy.settings) < len(SETTINGS)):
        lines.append("  subsidy.max_share and subsidy.settings were kept as they are; they may be what is short.")
    return InfeasibleError("\n".join(lines))


def _limits(program: FundingProgram) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Yield each limit that can give way: the name of its tie, where it stands, its size."""
    said = program.said
    if said.subsidy is not None:
        yield "pot", ("subsidy", "pot"), said.subsidy.pot
    if said.budget is not None:
        yield "budget", ("budget",), said.budget
    if said.rural_min_served:
        yield "rural service", ("rural_min_served",), said.rural_min_served


def _repaired(name: str, limit: float, missing: float, program: FundingProgram) -> float:
    return _lower(program, missing) if name == "rural service" else math.ceil(limit + missing)


def _lower(program: FundingProgram, kwh: float) -> float:
    """Return the share of rural service that is left when so many kWh are missing, rounded down."""
    owed = [tie.least for tie in program.ties if tie.name == "rural service"]
    share = min(program.said.rural_min_served * (1 - kwh / least) for least in owed)
    return max(0.0, math.floor(share * 1000) / 1000)
