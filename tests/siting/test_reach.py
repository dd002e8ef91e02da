"""What stations can serve together: flows are the largest there are, and rows of rivals never forbid what can be served."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from evplan.siting.reach import Reach


def invented(seed, areas=7, sites=5):
    random = np.random.default_rng(seed)
    area, site = np.nonzero(random.random((areas, sites)) < 0.5)
    share = random.choice([1.0, 0.5, 0.2], len(area))
    return Reach(area, site, share, random.uniform(1, 10, areas), sites), random


def largest(reach, most, growth):
    """Return the largest flow, by linear programming."""
    pairs = len(reach.area)
    rows = np.zeros((len(reach.wanted) + reach.sites, pairs))
    rows[reach.area, np.arange(pairs)] = 1
    rows[len(reach.wanted) + reach.site, np.arange(pairs)] = 1
    limit = np.concatenate([growth * reach.wanted, most])
    upper = growth * reach.share * reach.wanted[reach.area]
    return -linprog(-np.ones(pairs), A_ub=rows, b_ub=limit, bounds=np.column_stack([np.zeros(pairs), upper])).fun


@pytest.mark.parametrize("seed", range(8))
def test_flows_are_the_largest_there_are(seed):
    reach, random = invented(seed)
    most = random.uniform(0, 15, reach.sites) * (random.random(reach.sites) < 0.7)
    flow = reach.flows(most, 1.3)
    assert flow.sum() == pytest.approx(largest(reach, most, 1.3), rel=1e-6)
    assert (np.bincount(reach.site, flow, reach.sites) <= most + 1e-6).all()
    assert (np.bincount(reach.area, flow, len(reach.wanted)) <= 1.3 * reach.wanted + 1e-6).all()


@pytest.mark.parametrize("seed", range(8))
def test_rivals_cut_off_what_cannot_be_served_and_nothing_else(seed):
    reach, random = invented(seed)
    stands = (random.random(reach.sites) < 0.7).astype(float)
    given = 1.5 * reach.alone * stands
    found = reach.passed(given, stands, 1.0)
    assert found  # more than everybody around wants
    for _ in range(30):
        other = (random.random(reach.sites) < 0.6).astype(float)
        flow = np.bincount(reach.site, reach.flows(random.uniform(0, 20, reach.sites) * other, 1.0), reach.sites)
        for one in found:
            assert flow[one.sites].sum() <= one.wanted + one.alone @ other[one.sites] + 1e-6


def test_what_can_be_served_is_passed_by_no_rivals():
    reach, random = invented(3)
    most = random.uniform(0, 15, reach.sites)
    served = np.bincount(reach.site, reach.flows(most, 1.0), reach.sites)
    assert reach.passed(served, np.ones(reach.sites), 1.0) == []
