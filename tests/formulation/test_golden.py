"""Regression: each component's LP on three steps, as reviewed by eye; `test_by_hand.py` checks the values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest
from support import staying_site, three_step_outages, three_step_site

from evplan.formulation import battery, chargers, connection, managed, outage, sessions, site, solar, tariff
from evplan.formulation.terms import Terms
from evplan.linear.affine import Affine, Total
from evplan.linear.rows import Rows
from evplan.parameters.fleet import Together

GOLDEN = Path(__file__).parent / "golden"
COMPONENTS = {
    "connection": connection, "chargers": chargers, "sessions": sessions, "solar": solar, "battery": battery, "tariff": tariff,
    "outage": outage, "managed": managed,
}  # fmt: skip
STANDS_ON = {
    "tariff": (connection,), "sessions": (chargers,), "outage": (chargers, solar, battery), "managed": (chargers,),
}  # fmt: skip
OUTAGES = three_step_outages(min_carried=0.6, charging_kw=np.array([[25.0, 0.0, 5.0]]))


def managed_site():
    """Return a site where one vehicle only takes and one that comes half an hour later also gives; a row ties them apart."""
    numbers = staying_site(
        [
            {"step": 0, "stay_h": 2.0, "energy_kwh": 10.0},
            {"step": 0, "offset_h": 0.5, "stay_h": 1.25, "energy_kwh": 4.0, "give_kw": 6.0, "out_kwh": 2.0, "spare_kwh": 1.0},
        ],
        {"give_efficiency": 0.75, "payment_per_kwh": 0.125, "wear_per_kwh": 0.25},
        min_served=0.5, turned_away_cost_per_kwh=0.1,
    )  # fmt: skip
    row = Together(1, 0, (0, 1), np.where(numbers.managed.group_share[0] > 0, 9.0, 0.0), (0,))
    return replace(numbers, managed=replace(numbers.managed, together=(row,)))


def component_model(name: str) -> pyo.ConcreteModel:
    """Return a model of one component, with what it registers as objective and balance."""
    numbers = managed_site() if name == "managed" else three_step_site(outages=OUTAGES if name == "outage" else None)
    terms, model = Terms(), pyo.ConcreteModel(name=name)
    model.Y = pyo.RangeSet(0, 0)
    model.open = pyo.Var(domain=pyo.Binary)
    for needed in STANDS_ON.get(name, ()):
        needed.add(model, numbers, Terms())
    COMPONENTS[name].add(model, numbers, terms)
    if terms.supply or terms.demand:
        balance = terms.balance()
        met = [bool(pairs) for pairs in balance.pairs(np.ones(balance.shape, bool))]
        model.balance = Rows(balance == 0, np.reshape(met, balance.shape))
    registered = [*terms.capital, *(cost for costs in terms.yearly.values() for cost in costs), *terms.steering]
    model.objective = pyo.Objective(expr=Total(sum((cost.sum() for cost in registered), Affine(()))))
    return model


def lp_text(model: pyo.ConcreteModel, path: Path) -> str:
    """Return a model in LP format with readable names."""
    model.write(str(path), io_options={"symbolic_solver_labels": True})
    return path.read_text()


@pytest.mark.parametrize("name", [*COMPONENTS, "site"])
def test_regression_lp_of_each_component_is_as_reviewed(name, tmp_path):
    model = site.build(three_step_site()) if name == "site" else component_model(name)
    text = lp_text(model, tmp_path / "model.lp")
    golden = GOLDEN / f"{name}.lp"
    if not golden.exists():
        golden.write_text(text)
        pytest.fail(f"{golden.name} was missing and has been written: review it, then run again")
    assert text == golden.read_text()
