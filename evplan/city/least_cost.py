"""Least-cost dispatch over rolling windows: each looks further than it decides, and begins where the one before it ended.

Charging is put off no more than by rules, hour by hour, so that both give the same service. Stored energy is worth, at a window's end,
what the cheapest hour ahead would cost, a little less: so it is neither kept for its own sake nor given away. The year's highest import
is paid as it grows, from the first week on. Windows see no further than they look: where that makes a city's years dearer than by rules,
or leaves more unmet, the rules' own peak is free to them, then they look further, and if that does not help, the rules are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import highspy
import numpy as np

from evplan.city.balance import Balance
from evplan.city.model import LINES, costs, window
from evplan.city.prices import Prices, operating_cost
from evplan.errors import EvplanError
from evplan.solver.compile import compile_model
from evplan.solver.highs import checked, load

DECIDED_H, AHEAD_H, FARTHER_H = 168, 48, 336
HELD = 0.999  # of the cheapest price: what stored energy is worth at the end
WAITING = 1e-6  # of the dearest price, an hour: the earlier where nothing else differs
PEAKS = 20.0  # of the price of a kW of the year's highest import: nor to save that
TINY_PRICE = 2e-6  # money a kWh: where energy is free, it is still not moved for nothing; HiGHS takes 1e-7 for nothing
NEVER = 500.0  # of the dearest price: charging that could wait, however long, is not left out to save its cost
DEARER, SAME = 1e-9, 1e-9  # relative: rounding of cost, and of service
OF = {"imported": "import", "exported": "export", "curtailed": "spill"}  # what the balance calls lines
KEPT = ("imported", "charge", "discharge", "exported", "curtailed", "stored", "backlog", "unmet")
Lines = dict[str, np.ndarray]


class Window:
    """The program of one window, loaded once and given each window's numbers."""

    def __init__(self, hours: int, charge_efficiency: float, discharge_efficiency: float) -> None:
        self.hours = hours
        program = compile_model(window(hours, charge_efficiency, discharge_efficiency))
        self._highs = load(program)
        self._columns = np.arange(len(program.cost), dtype=np.int32)
        self._rows = np.arange(program.matrix.shape[0], dtype=np.int32)

    def solve(self, cost: np.ndarray, upper: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the plan of a window, shape (lines, hours).

        right : of the rows energy, service (least and most), storage and peak, shape (5, hours).
        """
        many, rows = len(self._columns), len(self._rows)
        energy, least, service, storage, peak = right
        below = np.full(self.hours, -np.inf)
        lower_rows = np.concatenate([energy, least, storage, below])
        upper_rows = np.concatenate([energy, service, storage, peak])
        checked(self._highs.changeColsCost(many, self._columns, cost), "changeColsCost")
        checked(self._highs.changeColsBounds(many, self._columns, np.zeros(many), upper), "changeColsBounds")
        # highspy has this call, its type stubs (1.15) leave it out
        checked(self._highs.changeRowsBounds(rows, self._rows, lower_rows, upper_rows), "changeRowsBounds")  # type: ignore[attr-defined]
        checked(self._highs.run(), "run")
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise EvplanError("least-cost dispatch: a window has no plan; report the city file")
        return np.asarray(self._highs.getSolution().col_value)[:-1].reshape(len(LINES), self.hours)


def least_cost(by_rules: Balance, prices: Prices, done: Callable[[float], None] | None = None) -> Balance:
    """Return the least-cost balance of the same demand and supply; its columns follow on as those of the rule-based one do.

    done : told what part of the columns is done, 0 to 1.
    """
    supply = by_rules.supply
    lines: Lines = {name: np.zeros_like(by_rules.demand) for name in (*KEPT, "from_grid")}
    years = len(supply.begins)
    for own in np.split(np.arange(years), np.flatnonzero(supply.begins)[1:]):
        found = _best(by_rules.of(own), prices.of(own), partial(_part, done, int(own[0]), len(own), years))
        for name, line in lines.items():
            line[:, own] = getattr(found, name)
    return Balance(by_rules.demand, by_rules.renewable, supply, **lines)


def _part(done: Callable[[float], None] | None, before: int, own: int, years: int, part: float) -> None:
    """Tell what part of all years is done."""
    if done is not None:
        done((before + part * own) / years)


def _best(rules: Balance, prices: Prices, done: Callable[[float], None]) -> Balance:
    """Return the cheaper of one city's rolling windows and its rules; windows that leave more unmet than rules are none."""
    limit, unmet = float(operating_cost(rules, prices).sum()), float(rules.unmet.sum())
    for ahead_h, free in ((AHEAD_H, 0.0), (AHEAD_H, 1.0), (FARTHER_H, 1.0)):
        found = _rolled(rules, prices, ahead_h, free, done)
        cheaper = float(operating_cost(found, prices).sum()) <= limit + DEARER * abs(limit)
        if cheaper and float(found.unmet.sum()) <= unmet + SAME * (1 + float(found.demand.sum())):
            return found
    return rules


def _rolled(rules: Balance, prices: Prices, ahead_h: int, free: float, done: Callable[[float], None]) -> Balance:
    """Return the balance of one city's years, window after window. free : of the rules' peak, how much each year may draw unpaid."""
    supply, (hours, columns) = rules.supply, rules.demand.shape
    program = Window(DECIDED_H + ahead_h, float(supply.charge_efficiency[0]), float(supply.discharge_efficiency[0]))
    found = {name: np.zeros((hours, columns)) for name in LINES}
    state = np.zeros(2)
    for column in range(columns):
        done(column / columns)
        series = _year(rules, prices, column, program.hours)
        highest = free * float(rules.imported[:, column].max())
        for first in range(0, hours, DECIDED_H):
            kept = min(DECIDED_H, hours - first)
            plan = _window(
                program,
                rules,
                prices,
                column,
                {name: line[first:] for name, line in series.items()},
                hours - first,
                state,
                highest,
            )
            for name, line in zip(LINES, plan, strict=True):
                found[name][first : first + kept, column] = line[:kept]
            highest = max(highest, float(plan[0, :kept].max()))
            state = np.array([found[name][first + kept - 1, column] for name in ("stored_kwh", "backlog_kwh")])
    lines = {name: found[f"{OF.get(name, name)}_kwh"] for name in KEPT}
    return Balance(rules.demand, rules.renewable, supply, from_grid=_from_grid(found, rules), **lines)


def _year(rules: Balance, prices: Prices, column: int, beyond: int) -> Lines:
    """Return a year's series and what follows it: the next year, or after the last hours in which nothing is asked and all may wait on."""
    own: Lines = {
        "demand": rules.demand,
        "renewable": rules.renewable,
        "backlog": rules.backlog,
        "energy": prices.energy,
        "export": prices.export,
    }
    if column + 1 < rules.demand.shape[1]:
        return {name: np.concatenate([line[:, column], line[:beyond, column + 1]]) for name, line in own.items()}
    nothing = np.zeros(beyond)
    after = {"demand": nothing, "renewable": nothing, "backlog": np.full(beyond, rules.backlog[-1, column])}
    after |= {name: own[name][:beyond, column] for name in ("energy", "export")}
    return {name: np.concatenate([line[:, column], after[name]]) for name, line in own.items()}


def _window(
    program: Window, rules: Balance, prices: Prices, column: int, series: Lines, left_h: int, state: np.ndarray, highest: float
) -> np.ndarray:  # fmt: skip
    """Return the plan of one window. series : from its first hour on.  left_h : hours of the year from there.  highest : import so far."""
    supply, ones = rules.supply, np.ones(program.hours)
    demand, renewable, backlog, energy, export = (
        series[name][: program.hours] for name in ("demand", "renewable", "backlog", "energy", "export")
    )
    dearest, wear = float(energy.max()), float(prices.wear_per_kwh[column])
    value = max(0.0, HELD * float(energy.min()) * float(supply.discharge_efficiency[column]) - wear)
    unmet = max(prices.unmet_per_kwh, NEVER * dearest, PEAKS * float(prices.per_kw[column]), TINY_PRICE)
    tiny = max(WAITING * dearest, TINY_PRICE)
    cost = np.append(costs(energy + tiny, export, unmet, wear + tiny / 2, tiny, value), prices.per_kw[column])
    too_full = (
        state[0] > supply.storage_kwh[column]
    )  # a smaller battery took over more than it holds: it is not filled up before
    powers = [getattr(supply, name)[column] * ones for name in ("import_kw", "charge_kw", "discharge_kw", "export_kw")]
    most_stored = (
        np.maximum(supply.storage_kwh[column], state[0]) * ones
    )  # a smaller battery may take over more than it holds
    powers[1] = powers[1] * (not too_full)
    upper = [*powers, renewable, most_stored, backlog, np.full(program.hours + 1, np.inf)]
    counted = np.where(np.arange(program.hours) < left_h, highest, np.inf)
    right = np.array([demand - renewable, demand - supply.serve_kw[column], demand, np.zeros(program.hours), counted])
    right[:3, 0] += state[1]
    right[3, 0] += state[0]
    return program.solve(cost, np.concatenate(upper), right)


def _from_grid(found: Lines, rules: Balance) -> np.ndarray:
    """Return what of each hour's import goes into the battery: what is charged beyond what renewables leave."""
    left = np.maximum(rules.renewable - found["spill_kwh"] - found["export_kwh"], 0.0)
    return np.minimum(found["import_kwh"], np.maximum(found["charge_kwh"] - left, 0.0))
