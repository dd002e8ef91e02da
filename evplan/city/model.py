"""The least-cost dispatch of a city over one window of hours, as a linear program.

    import_kwh[t]      from the grid                                   0 <= . <= most that it gives
    charge_kwh[t]      into the battery                                0 <= . <= its power
    discharge_kwh[t]   out of the battery                              0 <= . <= its power
    export_kwh[t]      into the grid                                   0 <= . <= most that it takes
    spill_kwh[t]       renewables that nothing takes                   0 <= . <= renewable[t]
    stored_kwh[t]      in the battery at the hour's end                0 <= . <= its capacity
    backlog_kwh[t]     charging put off to later hours                 0 <= . <= what rules would put off
    unmet_kwh[t]       charging that never comes                       0 <= .
    peak_kwh           import of an hour above the year's so far       0 <= .

    import + discharge - charge - export - spill + unmet + backlog[t] - backlog[t-1] = demand - renewable           energy
    demand[t] - charge points <= backlog[t] + unmet[t] - backlog[t-1] <= demand[t]      service: no more at once than there is, nobody gives
    stored[t] - stored[t-1] - charge_efficiency charge + discharge / discharge_efficiency = 0                      storage
    import[t] - peak <= the year's highest so far                                                                  peak

    minimise  sum of price import + wear discharge - export_price export + waiting backlog + unmet_price unmet + peak price * peak
              - end_value stored at the end

What is stored and put off at the window's beginning stands on the right-hand sides, so that one program serves every window.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.pairs import Linear, members
from evplan.linear.rows import Rows

LINES = (
    "import_kwh",
    "charge_kwh",
    "discharge_kwh",
    "export_kwh",
    "spill_kwh",
    "stored_kwh",
    "backlog_kwh",
    "unmet_kwh",
)


def window(hours: int, charge_efficiency: float, discharge_efficiency: float) -> Any:
    """Return the program of a window, its demand, prices and limits still zero."""
    model = pyo.ConcreteModel()
    for name in LINES:
        setattr(model, name, Columns((hours,)))
    bought, charge, discharge, export, spill, stored, backlog, unmet = (each(getattr(model, name)) for name in LINES)
    earlier, later = slice(None, -1), slice(1, None)
    flows = bought + discharge - charge - export - spill + unmet + backlog
    moved = stored - charge_efficiency * charge + discharge * (1 / discharge_efficiency)
    model.energy_first = Rows(flows[:1] == 0, doc="what comes goes, in the first hour")
    model.energy = Rows(flows[later] - backlog[earlier] == 0, doc="what comes goes")
    model.service_first = Rows(backlog[:1] + unmet[:1] <= 0, doc="nobody gives back, in the first hour")
    model.service = Rows(backlog[later] + unmet[later] - backlog[earlier] <= 0, doc="nobody gives back")
    model.storage_first = Rows(moved[:1] == 0, doc="the battery keeps what it gets, in the first hour")
    model.storage = Rows(moved[later] - stored[earlier] == 0, doc="the battery keeps what it gets")
    model.peak_kwh = Columns((1,))
    model.peak = Rows(bought - each(model.peak_kwh)[np.zeros(hours, int)] <= 0, doc="the year's highest import is paid")
    every = [variable for name in (*LINES, "peak_kwh") for variable in members(getattr(model, name)).values()]
    model.goal = pyo.Objective(expr=Linear([(1.0, variable) for variable in every]) + 0.0)
    return model


def costs(
    price: np.ndarray, export_price: np.ndarray, unmet_price: float, wear: float, waiting: float, end_value: float
) -> np.ndarray:
    """Return the cost of every column of a window but the peak, in the order of LINES, shape (lines * hours,). price : shape (hours,)."""
    nothing = np.zeros_like(price)
    stored = nothing.copy()
    stored[-1] = -end_value
    backlog = np.full(len(price), waiting)
    backlog[-1] += price.max()  # what waits at the end is still to be bought
    return np.concatenate(
        [
            price,
            nothing,
            np.full(len(price), wear),
            -export_price,
            nothing,
            stored,
            backlog,
            np.full(len(price), unmet_price),
        ]
    )
