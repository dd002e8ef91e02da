"""Futures: what may come once the sites stand, each with its probability; named by hand, or drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from evplan.instance.base import PATH_PART, Fraction, Name, NotNegative, Noun, Share
from evplan.instance.faults import Fault
from evplan.instance.tree import are_numbers, mapping

KNOWN_BEFORE = ("horizon", "catalogue", "solver", "scenarios", "futures", "kind", "format", "title")
KNOWN_OF_SITES = (
    "name",
    "setting",
    "tariff",
    "connection",
    "existing",
    "solar_arrays",
    "chargers",
    "solar_max_kw",
    "battery_max_kwh",
)
SLACK = 1e-6  # of probabilities that should sum to 1


class FutureCase(Noun):
    """One future: what it changes, and how probable it is."""

    changes: Annotated[dict[str, Any], Field(min_length=1)]
    """Dotted path to new value, as in a scenario; not what is decided or known before anything is built."""
    probability: Annotated[float, Field(strict=True, gt=0, le=1)] | None = None
    """Probability; futures without one share what is left equally."""


class FutureDraws(Noun):
    """Futures drawn from distributions, equally probable; the same factors hold for every site."""

    count: Annotated[int, Field(strict=True, ge=2, le=200)] = 20
    """How many."""
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31)] = 1
    """Seed of the draw."""
    demand_sd: NotNegative = 0.0
    """Standard deviation of the factor on demand, log-normal with mean 1."""
    growth_sd: NotNegative = 0.0
    """Standard deviation of what is added to every site's growth per year, normal."""
    electricity_escalation_sd: NotNegative = 0.0
    """Standard deviation of what is added to the yearly rise of electricity bills, normal."""


class Futures(Noun):
    """Several futures under one set of sizes."""

    cases: dict[Name, FutureCase] = Field(default_factory=dict)
    """Futures by name."""
    draws: FutureDraws | None = None
    """Futures drawn, instead of named ones."""
    tail: Share = 0.1
    """Share of the worst futures whose mean is the conditional value at risk."""
    tail_weight: Fraction = 0.0
    """Weight of that mean against the expected value: 0 looks at the expected value alone, 1 at the worst futures alone."""

    def probabilities(self) -> dict[str, float]:
        """Return every named future's probability."""
        said = {name: case.probability for name, case in self.cases.items()}
        left = 1.0 - sum(p for p in said.values() if p is not None)
        silent = sum(p is None for p in said.values())
        return {name: left / silent if p is None else p for name, p in said.items()}


def future_faults(tree: dict) -> Iterator[Fault]:
    """Yield what is wrong with the futures of a file: none, both kinds, probabilities that do not sum to 1."""
    futures = mapping(tree, "futures")
    if not futures:
        return
    cases, here = mapping(futures, "cases"), ("futures",)
    if bool(cases) == bool(mapping(futures, "draws")):
        yield Fault(here, "needs cases or draws, and one of them only", True)
    said = [case.get("probability") for case in cases.values() if isinstance(case, dict)]
    given = [p for p in said if p is not None]
    if cases and given and are_numbers(*given):
        total = sum(given)
        if len(given) == len(said) and abs(total - 1) > SLACK:
            yield Fault((*here, "cases"), f"probabilities must sum to 1 (they sum to {total:g})", True)
        elif len(given) < len(said) and total >= 1 - SLACK:
            yield Fault((*here, "cases"), f"probabilities leave nothing for the others (they sum to {total:g})", True)
    for name, case in cases.items():
        for path in mapping(case, "changes") if isinstance(case, dict) else ():
            told = _known_before(str(path))
            if told:
                yield Fault((*here, "cases", name, "changes", path), told, at_key=True)


def _known_before(path: str) -> str | None:
    """Return why a future cannot change what stands at a path, or None if it can."""
    parts = [a or b for a, b in PATH_PART.findall(path)]
    known = parts and (
        parts[0] in KNOWN_BEFORE or (parts[0] == "sites" and len(parts) > 2 and parts[2] in KNOWN_OF_SITES)
    )
    if not known:
        return None
    what = parts[0] if parts[0] != "sites" else f"a site's {parts[2]}"
    return f"{what} is known before anything is built; a future changes demand, prices, rates or weather (a scenario changes the rest)"
