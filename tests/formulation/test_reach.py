"""What a month can pledge, told by sizes alone: true of every plan, and no more than it need be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import BARE, three_step_site

from evplan.formulation import site as formulation
from evplan.formulation.sessions import wanted_kwh
from evplan.solver import highs
from evplan.solver.compile import compile_model
from evplan.solver.outcome import Options

OPTIONS = Options(1e-9, 30.0)

WANTED_KW = np.array([[40.0, 20.0, 5.0]])


def limits(site, full_kw):
    """Return the most that each month of each year may pledge at a power of the ports, and the most that it could serve."""
    model = formulation.build(site)
    rows = model.within_ports.relation.body
    factor = next(-term.factor for term in rows.terms if term.variable is model.full_kw)[..., 0]
    allowed = (factor * full_kw - rows.constant).min(axis=0)
    clock = site.clock
    served = np.zeros(allowed.shape)
    for y, t in np.ndindex(site.demand_kwh.shape):
        served[y, clock.month[t]] += min(site.demand_kwh[y, t] / clock.step_h[t], full_kw) * clock.year_h[t]
    return allowed, served


@pytest.fixture(scope="module")
def site():
    there = three_step_site(**{**BARE, "min_served": 0.9})
    return three_step_site(**{**BARE, "min_served": 0.9, "demand_kwh": WANTED_KW * there.clock.step_h})


@pytest.mark.parametrize("full_kw", [0.0, 3.0, 7.9, 8.0, 12.0, 16.0, 24.0, 33.0, 40.0, 100.0])
def test_no_month_is_kept_from_what_it_could_serve(site, full_kw):
    allowed, served = limits(site, full_kw)
    assert (np.minimum(allowed, wanted_kwh(site)) >= served - 1e-9).all()


@pytest.mark.parametrize("full_kw", [0.0, 8.0, 16.0, 24.0])
def test_at_a_level_the_limit_is_what_could_be_served(site, full_kw):
    # Levels are 0, 20, 40 and 60 % of 40 kW.
    allowed, served = limits(site, full_kw)
    assert allowed == pytest.approx(served)


def test_no_plan_is_lost_with_spares_and_types_of_different_efficiency():
    random = np.random.default_rng(5)
    for served in (0.5, 0.8, 0.95):
        chargers = tuple(
            replace(
                three_step_site().chargers[0], name=f"type{i}", limit=4, max_count=4, efficiency=efficiency, spare=i,
                present_cost=float(random.uniform(100, 3000)), full_kw=np.array([25.0]),
                capacity_kw=np.array([np.append(np.zeros(i), np.cumsum([0.0, 12.0, 17.0, 20.0, 22.0]))[:5]]),
            )
            for i, efficiency in enumerate((0.8, 0.95))
        )  # fmt: skip
        model = formulation.build(
            three_step_site(**{**BARE, "chargers": chargers, "min_served": served, "price_per_kwh": 0.05})
        )
        bound = highs.run(compile_model(model), OPTIONS)
        model.within_ports.deactivate()
        free = highs.run(compile_model(model), OPTIONS)
        assert bound.status == free.status == "optimal"
        assert bound.objective == pytest.approx(free.objective, rel=1e-6)


def test_questions_that_relax_rows_are_asked_without_it(site):
    assert formulation.build(site, every_row=True).component("within_ports") is None
