"""Least-cost dispatch over rolling windows: each looks further than it decides, and begins where the one before it ended.

Charging is put off no more than by rules, hour by hour, so that both give the same service. Stored energy is worth, at a window's end,
what the cheapest hour ahead would cost, a little less: so it is neither kept for its own sake nor given away.
"""

from __future__ import annotations

from collections.abc import Callable

import highspy
import numpy as np

from evplan.city.balance import Balance
from evplan.city.model import LINES, costs, window
from evplan.city.prices import Prices
from evplan.errors import EvplanError
from evplan.solver.compile import compile_model
from evplan.solver.highs import checked, load

DECIDED_H, AHEAD_H = 168, 48
HELD = 0.999  # of the cheapest price: what stored energy is worth at the end
WAITING = 1e-6  # of the dearest price, an hour: the earlier where nothing else differs
NEVER = 500.0  # of the dearest price: charging that could wait, however long, is not left out to save its cost


class Window:
    """The program of one window, loaded once and given each window's numbers."""

    def __init__(self, hours: int, charge_efficiency: float, discharge_efficiency: float) -> None:
        self.hours = hours
        program = compile_model(window(hours, charge_efficiency, discharge_efficiency))
        self._highs = load(program)
        self._columns = np.arange(len(program.cost), dtype=np.int32)
        self._rows = np.arange(program.matrix.shape[0], dtype=np.int32)

    def solve(self, cost: np.ndarray, upper: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the plan of a window, shape (lines, hours). right : of the rows energy, service and storage, shape (3, hours)."""
        many, rows = len(self._columns), len(self._rows)
        energy, service, storage = right
        lower_rows = np.concatenate([energy, np.full(self.hours, -np.inf), storage])
        upper_rows = np.concatenate([energy, service, storage])
        checked(self._highs.changeColsCost(many, self._columns, cost), "changeColsCost")
        checked(self._highs.changeColsBounds(many, self._columns, np.zeros(many), upper), "changeColsBounds")
        # highspy has this call, its type stubs (1.15) leave it out
        checked(self._highs.changeRowsBounds(rows, self._rows, lower_rows, upper_rows), "changeRowsBounds")  # type: ignore[attr-defined]
        checked(self._highs.run(), "run")
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise EvplanError("least-cost dispatch: a window has no plan; report the city file")
        return np.asarray(self._highs.getSolution().col_value).reshape(len(LINES), self.hours)


def least_cost(by_rules: Balance, prices: Prices, done: Callable[[float], None] | None = None) -> Balance:
    """Return the least-cost balance of the same demand and supply; its columns follow on as those of the rule-based one do.

    done : told what part of the columns is done, 0 to 1.
    """
    supply, (hours, columns) = by_rules.supply, by_rules.demand.shape
    program = Window(DECIDED_H + AHEAD_H, float(supply.charge_efficiency[0]), float(supply.discharge_efficiency[0]))
    found = {name: np.zeros((hours, columns)) for name in LINES}
    state = np.zeros(2)
    for column in range(columns):
        state = np.zeros(2) if supply.begins[column] else state
        if done is not None:
            done(column / columns)
        for first in range(0, hours, DECIDED_H):
            plan, kept = _window(program, by_rules, prices, column, first, state), min(DECIDED_H, hours - first)
            for name, line in zip(LINES, plan, strict=True):
                found[name][first : first + kept, column] = line[:kept]
            state = np.array([found[name][first + kept - 1, column] for name in ("stored_kwh", "backlog_kwh")])
    of = {"imported": "import", "exported": "export", "curtailed": "spill"}
    kept_lines = ("imported", "charge", "discharge", "exported", "curtailed", "stored", "backlog", "unmet")
    lines = {name: found[f"{of.get(name, name)}_kwh"] for name in kept_lines}
    return Balance(by_rules.demand, by_rules.renewable, supply, from_grid=_from_grid(found, by_rules), **lines)


def _window(program: Window, rules: Balance, prices: Prices, column: int, first: int, state: np.ndarray) -> np.ndarray:
    """Return the plan of one window; beyond the year's end, its first hours come again."""
    at = (first + np.arange(program.hours)) % len(rules.demand)
    demand, renewable = rules.demand[at, column], rules.renewable[at, column]
    energy, export, supply = prices.energy[at, column], prices.export[at, column], rules.supply
    dearest = float(energy.max())
    wear = float(prices.wear_per_kwh[column])
    value = max(0.0, HELD * float(energy.min()) * float(supply.discharge_efficiency[column]) - wear)
    cost = costs(energy, export, max(prices.unmet_per_kwh, NEVER * dearest), wear, WAITING * dearest, value)
    ones = np.ones(program.hours)
    powers = [getattr(supply, name)[column] * ones for name in ("import_kw", "charge_kw", "discharge_kw", "export_kw")]
    most_stored = (
        np.maximum(supply.storage_kwh[column], state[0]) * ones
    )  # a smaller battery may take over more than it holds
    upper = [*powers, renewable, most_stored, rules.backlog[at, column], np.full(program.hours, np.inf)]
    right = np.array([demand - renewable, demand, np.zeros(program.hours)])
    right[0, 0] += state[1]
    right[1, 0] += state[1]
    right[2, 0] += state[0]
    return program.solve(cost, np.concatenate(upper), right)


def _from_grid(found: dict[str, np.ndarray], rules: Balance) -> np.ndarray:
    """Return what of each hour's import goes into the battery: what is charged beyond what renewables leave."""
    left = np.maximum(rules.renewable - found["spill_kwh"] - found["export_kwh"], 0.0)
    return np.minimum(found["import_kwh"], np.maximum(found["charge_kwh"] - left, 0.0))
