"""What is uncertain about a plan's money, and how: drivers with distributions, and how they move together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Noun, Positive, Share
from evplan.instance.faults import Fault
from evplan.instance.tree import are_numbers, items, mapping

DriverName = Literal[
    "electricity-price", "adoption", "utilisation", "charging-price", "upkeep", "construction", "interest"
]
DRIVERS: tuple[DriverName, ...] = (
    "electricity-price", "adoption", "utilisation", "charging-price", "upkeep", "construction", "interest",
)  # fmt: skip
FEWEST, MOST = 64, 1_048_576  # samples
FARTHEST, POINTS = 5.0, 0.2  # of a factor on what is planned; of interest, as a fraction: 0.01 is one point
Value = Annotated[float, Field(strict=True, ge=-FARTHEST, le=FARTHEST)]
Correlation = Annotated[float, Field(strict=True, gt=-1, lt=1)]


class Distribution(Noun):
    """How a driver is distributed: a factor on what is planned; `interest` is added to the loan's rate instead."""

    shape: Literal["normal", "lognormal", "triangular", "uniform"]
    """normal and lognormal take `sd` (and `mean`), triangular `low`, `mode` and `high`, uniform `low` and `high`."""
    mean: Value | None = None
    """Mean; left out, 1 (for interest 0)."""
    sd: Annotated[float, Field(strict=True, gt=0, le=FARTHEST)] | None = None
    """Standard deviation."""
    low: Value | None = None
    """Least value."""
    mode: Value | None = None
    """Likeliest value."""
    high: Value | None = None
    """Largest value."""


class Together(Noun):
    """Two drivers that move together."""

    between: tuple[DriverName, DriverName]
    """The two drivers."""
    correlation: Correlation
    """Correlation of their normal scores (Gaussian copula)."""


class Risk(Noun):
    """Uncertain drivers of a plan's money, for `evplan risk FILE`."""

    drivers: Annotated[dict[DriverName, Distribution], Field(min_length=1)]
    """What is uncertain. Adoption and utilisation both scale the energy that vehicles want."""
    together: tuple[Together, ...] = ()
    """Drivers that move together; others are independent."""
    samples: Annotated[int, Field(strict=True, ge=FEWEST, le=MOST)] = 4096
    """Sobol points; a power of two is best, others are rounded up to one."""
    seed: Annotated[int, Field(strict=True, ge=0)] = 1
    """Seed of their scrambling."""
    tail: Share = 0.1
    """Part of the scenarios, the worst, whose mean is the conditional value at risk."""
    levels: Annotated[tuple[Positive, ...], Field(min_length=2, max_length=12)] = (0.4, 0.7, 1.0, 1.3, 1.7, 2.2)
    """Demand over what is planned, at which the plan is dispatched anew; 1 is always among them, and scenarios beyond the ends get
    what the ends get."""


def risk_faults(tree: dict) -> Iterator[Fault]:
    """Yield distributions without their numbers, or with numbers out of order, and correlations that no drivers can have."""
    said, here = mapping(tree, "risk"), ("risk",)
    drivers = mapping(said, "drivers")
    for name, own in drivers.items():
        if isinstance(own, dict):
            yield from _distribution(own, (*here, "drivers", name))
    if "interest" in drivers and not isinstance(mapping(tree, "finance").get("loan"), dict):
        yield Fault((*here, "drivers", "interest"), "needs finance.loan: without a loan no interest is paid")
    seen: list[set[str]] = []
    for j, pair in enumerate(items(said, "together")):
        names = items(pair, "between") if isinstance(pair, dict) else []
        for name in names:
            if name in DRIVERS and name not in drivers:
                yield Fault((*here, "together", j, "between"), f"{name} is not among risk.drivers")
        if all(isinstance(name, str) for name in names):
            if set(names) in seen:
                yield Fault((*here, "together", j, "between"), "is correlated already")
            seen.append(set(names))
        if len(names) == 2 and names[0] == names[1]:
            yield Fault((*here, "together", j, "between"), "names one driver twice")
    yield from _contradictions(items(said, "together"), list(drivers))


def _contradictions(pairs: list, drivers: list[str]) -> Iterator[Fault]:
    """Yield correlations that no drivers can have together."""
    matrix = [[float(i == j) for j in range(len(drivers))] for i in range(len(drivers))]
    for pair in pairs:
        names, value = (items(pair, "between"), pair.get("correlation")) if isinstance(pair, dict) else ([], None)
        if len(names) != 2 or not all(name in drivers for name in names) or not are_numbers(value):
            return
        i, j = (drivers.index(name) for name in names)
        matrix[i][j] = matrix[j][i] = float(value or 0.0)
    if not _has_root(matrix):
        message = "these correlations contradict each other (no drivers can have all of them); bring them nearer to 0"
        yield Fault(("risk", "together"), message, True)


NEEDS = {"normal": ("sd",), "lognormal": ("sd",), "triangular": ("low", "mode", "high"), "uniform": ("low", "high")}


def _distribution(own: dict, loc: tuple) -> Iterator[Fault]:
    needs = NEEDS.get(str(own.get("shape")), ())
    lacking = [name for name in needs if own.get(name) is None]
    if lacking:
        yield Fault(loc, f"a {own['shape']} distribution needs {' and '.join(lacking)}", True)
    extra = [
        name
        for name in ("mean", "sd", "low", "mode", "high")
        if own.get(name) is not None and needs and name not in (*needs, "mean")
    ]
    if "sd" not in needs and own.get("mean") is not None:
        extra.append("mean")
    for name in extra if needs else ():
        yield Fault((*loc, name), f"means nothing to a {own['shape']} distribution")
    given = [own[name] for name in needs if name != "sd" and own.get(name) is not None]
    if not lacking and are_numbers(*given) and given != sorted(given):
        yield Fault(loc, f"{', '.join(name for name in needs)} must rise (got {', '.join(f'{x:g}' for x in given)})")
    if loc[-1] != "interest":
        for name in ("low", "mean"):
            if own.get(name) is not None and are_numbers(own[name]) and own[name] <= 0:
                yield Fault((*loc, name), f"must be greater than 0: a factor on what is planned (got {own[name]:g})")
    else:
        for name in ("sd", "low", "mean", "mode", "high"):
            if are_numbers(own.get(name)) and abs(own[name]) > POINTS:
                yield Fault(
                    (*loc, name), f"is a fraction added to the loan's rate: 0.01 is one point (got {own[name]:g})"
                )
    mean = 1.0 if own.get("mean") is None else own["mean"]
    if own.get("shape") == "lognormal" and (loc[-1] == "interest" or (are_numbers(mean) and mean <= 0)):
        yield Fault((*loc, "shape"), "lognormal needs a mean above 0; points of interest have none, take normal")
    if not lacking and "low" in needs and are_numbers(*given) and given[0] == given[-1]:
        yield Fault(loc, "low and high are the same; leave the driver out")


def _has_root(matrix: list[list[float]]) -> bool:
    """Return whether a symmetric matrix is positive definite: whether Cholesky's method gets through it."""
    root: list[list[float]] = []
    for i, row in enumerate(matrix):
        own: list[float] = []
        for j in range(i):
            own.append((row[j] - sum(a * b for a, b in zip(own, root[j], strict=False))) / root[j][j])
        left = row[i] - sum(a * a for a in own)
        if left <= 0:
            return False
        root.append([*own, left**0.5])
    return True
