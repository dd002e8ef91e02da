"""Queues against textbook values, a simulation, and their own laws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evplan.parameters.queueing import capacity_kw, largest_load, waits_longer


def test_one_server_waits_as_often_as_it_is_busy():
    # M/M/1: P(wait > 0) = rho, P(wait > w) = rho exp(-(1 - rho) w)
    assert waits_longer(1, 0.6, 0.0) == pytest.approx(0.6)
    assert waits_longer(1, 0.6, 2.0) == pytest.approx(0.6 * math.exp(-0.8))


def test_erlang_c_of_a_textbook_case():
    # Erlang C for 2 servers and 1 erlang is 1/3 (Gross et al. 2008, section 2.4).
    assert waits_longer(2, 1.0, 0.0) == pytest.approx(1 / 3)


def test_an_overloaded_queue_always_waits():
    assert waits_longer(3, 3.0, 1.0) == 1.0


def test_the_largest_load_of_one_server_by_hand():
    # rho exp(-(1 - rho) w) = p at w = 0: rho = p
    assert largest_load(1, 0.0, 0.1) == pytest.approx(0.1, abs=1e-6)


def test_more_chargers_carry_more_than_their_share():
    table = capacity_kw(6, 1, 50.0, 1.0, 25.0, 5.0, 0.1)
    added = np.diff(table)
    assert (added > 0).all()
    assert (np.diff(added) > 0).all()  # economies of scale, as long as waiting binds
    assert (table <= np.arange(7) * 50.0).all()


def test_without_a_waiting_limit_every_working_port_may_be_busy():
    assert capacity_kw(2, 2, 50.0, 0.97, None, None, 0.1) == pytest.approx([0.0, 2 * 50 * 0.97, 4 * 50 * 0.97])


@pytest.mark.parametrize(("servers", "wait_min"), [(2, 10.0), (5, 5.0)])
def test_a_simulation_of_the_carried_load_waits_as_allowed(servers, wait_min):
    # First come, first served, exponential charging of 30 min mean, at the load the table allows: 10 % wait longer.
    load = largest_load(servers, wait_min / 30.0, 0.1)
    random, count = np.random.default_rng(7), 60_000
    arrivals = np.cumsum(random.exponential(30.0 / load, count))
    services = random.exponential(30.0, count)
    free, late = np.zeros(servers), 0
    for arrival, service in zip(arrivals, services, strict=True):
        port = int(np.argmin(free))
        begins = max(arrival, free[port])
        late += begins - arrival > wait_min
        free[port] = begins + service
    assert late / count == pytest.approx(0.1, abs=0.015)  # three standard errors of a correlated queue of this length
