"""The model's bill is the biller's: two hundred random tariffs on a given import and export, each solved and billed apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import three_step_site

from evplan.assets.tariff import (
    CoincidentLine,
    Contract,
    DemandLine,
    EnergyLine,
    Ratchet,
    TariffSeries,
    Tier,
    bill,
)
from evplan.formulation import demand
from evplan.formulation import site as formulation
from evplan.formulation.connection import export_worth
from evplan.formulation.values import Values
from evplan.parameters.clock import Clock
from evplan.parameters.types import ArrayParameters, SolarParameters
from evplan.solver.compile import compile_model
from evplan.solver.highs import run
from evplan.solver.outcome import Options

MONTHS, PER_MONTH = 4, 6
STEPS = MONTHS * PER_MONTH
START = pd.date_range("2027-01-01", periods=STEPS, freq="h", tz="UTC")
MONTH = np.repeat(np.arange(MONTHS), PER_MONTH)
CLOCK = Clock(START, np.ones(STEPS), np.full(STEPS, 50.0), MONTH, np.array([3.0, 2.0, 4.0, 3.0]), (1, 4, 6, 10), MONTH)
SUNNY = SolarParameters(1.0, 0.0, 0.0, (ArrayParameters("panels", 0.0, 1.0, np.ones((1, STEPS))),))
money = st.floats(0, 20).map(lambda x: round(x, 3))
share = st.floats(0.1, 1).map(lambda x: round(x, 3))
windows = st.lists(st.booleans(), min_size=STEPS, max_size=STEPS).map(np.array)


@st.composite
def tiers(draw, most):
    ends = sorted(draw(st.sets(st.floats(0.05, 0.9).map(lambda x: round(x * most, 2)), max_size=2)))
    return tuple(Tier(end, draw(money)) for end in [*ends, np.inf])


@st.composite
def tariffs(draw):
    owner = np.array(draw(st.lists(st.integers(-1, 1), min_size=STEPS, max_size=STEPS)))
    netting = draw(st.sampled_from(["", "", "month", "year"]))
    owner = np.abs(owner) if netting else owner
    most = 50.0 * 60 * PER_MONTH / 2
    own = st.just((Tier(np.inf, draw(money)),)) if netting == "year" else tiers(most)
    lines = tuple(EnergyLine(f"energy{i}", owner == i, draw(own)) for i in (0, 1) if (owner == i).any())
    cheapest = min((tier.price for line in lines for tier in line.tiers), default=0.0)
    price = np.where(owner == -1, draw(money), 0.0)
    demand = []
    for i in range(draw(st.integers(0, 3))):
        applies = draw(st.one_of(st.just(np.ones(STEPS, bool)), windows))
        counts = np.array(draw(st.lists(st.booleans(), min_size=MONTHS**2, max_size=MONTHS**2))).reshape(MONTHS, MONTHS)
        ratchet = draw(
            st.one_of(st.none(), share.map(lambda f, c=counts, a=applies: Ratchet(f, c, a | ~np.isin(MONTH, MONTH[a]))))
        )
        demand.append(DemandLine(f"demand{i}", applies, draw(tiers(60.0)), ratchet))
    contract = draw(st.one_of(st.none(), st.builds(
        Contract, money, st.one_of(st.none(), money), st.floats(0, 10), st.just(np.inf))))  # fmt: skip
    return TariffSeries(
        energy_per_kwh=price, lines=lines, demand=tuple(demand), contract=contract,
        coincident=tuple(draw(st.lists(st.builds(CoincidentLine, money, windows, st.booleans()), max_size=2))),
        fixed_per_month=draw(money), export_per_kwh=np.zeros(STEPS) if netting else np.minimum(draw(money), price),
        minimum_per_month=0.0 if netting == "year" else draw(st.one_of(st.just(0.0), st.floats(0, 5e4))), netting=netting,
        surplus_per_kwh=draw(share) * cheapest if netting else 0.0,
    )  # fmt: skip


powers = st.lists(st.floats(0, 60).map(lambda x: round(x, 2)), min_size=STEPS, max_size=STEPS).map(np.array)


def model_bill(tariff: TariffSeries, import_kw: np.ndarray, export_kw: np.ndarray) -> tuple[float, float]:
    """Return what the model pays for a given import and export, and the capacity it contracts."""
    nothing = np.zeros((1, STEPS))
    site = three_step_site(
        clock=CLOCK, worth=np.array([1.0]), demand_kwh=nothing, expected_kwh=nothing, min_served=0.0, battery=None,
        solar=SUNNY, load_kw=nothing, worth_bill=np.array([1.0]),
        land_cost_per_year=0.0, tariffs=(tariff,), existing_kw=60.0, connection_steps=(), export_limit=1.0, chargers=(),
    )  # fmt: skip
    model = formulation.build(site)
    model.balance.deactivate()
    model.open.fix(1)
    for t in range(STEPS):
        model.import_kw[0, t].fix(float(import_kw[t]))
        if model.export_kw.where[0, t]:
            model.export_kw[0, t].fix(float(export_kw[t]))
    program = compile_model(model)
    outcome = run(program, Options(0.0, 60.0))
    assert outcome.status == "optimal"
    return outcome.objective, float(demand.results(model, site, Values(program.columns, outcome.x))["contracted_kw"][0])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(tariffs(), powers, powers)
def test_the_models_bill_equals_the_billers(tariff, import_kw, export_kw):
    export_kw = np.where(export_worth(tariff) > 0, export_kw, 0.0)  # elsewhere nothing is ever sent
    paid, contracted = model_bill(tariff, import_kw, export_kw)
    owed = bill(tariff, import_kw, export_kw, CLOCK, contracted).total
    assert paid == pytest.approx(owed, rel=1e-6, abs=1e-4)
