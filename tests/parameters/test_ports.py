"""Ports: one simulation answers for every number of them, first come first served."""

from __future__ import annotations

import numpy as np
import pytest
from support import three_steps, vehicles

from evplan.instance.schema import Horizon
from evplan.parameters.clock import make_clock
from evplan.parameters.ports import LEVELS, group_of, port_numbers


def first_come(arrives, stay_h, ports, length):
    """Return who finds one of so many ports, by looking at all of them for every vehicle; the second of two laps."""
    free_at, found = [0.0] * ports, {}
    for lap in (0, 1):
        for i in np.argsort(arrives):
            now = arrives[i] + lap * length
            place = next((k for k, time in enumerate(free_at) if time <= now), None)
            found[i] = place is not None
            if place is not None:
                free_at[place] = now + stay_h[i]
    return np.array([found[i] for i in range(len(arrives))])


@pytest.fixture(scope="module")
def week():
    return make_clock(Horizon(start="2027-01-01", weeks=["2027-07-12"]))


@pytest.fixture(scope="module")
def arrivals(week):
    random = np.random.default_rng(3)
    return random.integers(0, week.steps, 300), random.random(300), random.gamma(2.0, 4.0, 300) + 0.1


@pytest.mark.parametrize("ports", [1, 3, 8, 14, 20])
def test_vehicles_at_the_first_n_ports_are_those_that_find_one_of_n(week, arrivals, ports):
    step, offset_h, stay_h = arrivals
    number = port_numbers(step, offset_h, stay_h, week)
    assert ((number <= ports) == first_come(step + offset_h, stay_h, ports, 168.0)).all()


def test_groups_hold_every_vehicle_once_and_their_energy_sums_to_all():
    rows = [{"step": 0, "stay_h": 2.0, "energy_kwh": 5.0 + i} for i in range(7)]
    managed = vehicles(three_steps(), rows)
    table, stays = managed.hosting[0], managed.stays[0]
    assert sorted(stays.port.tolist()) == [1, 2, 3, 4, 5, 6, 7]
    assert table.ports.sum() == table.most_ports == 7
    assert len(table.ports) == len(LEVELS)
    by_group = np.bincount(group_of(stays, table), stays.energy_kwh, len(LEVELS)) / stays.energy_kwh.sum()
    assert by_group == pytest.approx(table.share)
    assert table.by_ports[[0, 7]] == pytest.approx([0.0, 1.0])
