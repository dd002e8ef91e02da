"""What a month can pledge, told by sizes alone: true of every plan, and no more than it need be."""

from __future__ import annotations

import numpy as np
import pytest
from support import BARE, three_step_site

from evplan.formulation import site as formulation
from evplan.formulation.sessions import wanted_kwh

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


def test_questions_that_relax_rows_are_asked_without_it(site):
    assert formulation.build(site, every_row=True).component("within_ports") is None
