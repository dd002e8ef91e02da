"""Envelopes: energy is conserved, walls are those of single vehicles, stays wrap, times are continuous, and it is fast."""

from __future__ import annotations

import time

import numpy as np
import pytest
from support import three_steps, vehicles

from evplan.instance.schema import Horizon
from evplan.parameters.clock import make_clock
from evplan.parameters.envelope import envelope_of, wanted_kwh
from evplan.parameters.fleet import Stays

EXACT = 1e-9
WEEKS = {"start": "2027-01-01", "timezone": "America/New_York", "weeks": ["2027-01-11", "2027-07-12"]}


def drawn(clock, count, seed=1, mean_h=8.0):
    """Return random stays: some longer than a day, some that want all they can take."""
    random = np.random.default_rng(seed)
    stay = random.gamma(2.0, mean_h / 2, count) + 0.05
    power = random.uniform(3.0, 22.0, count)
    none = np.zeros(count)
    return Stays(
        random.integers(0, clock.steps, count), random.uniform(0, 1, count) * clock.step_h[0], stay,
        np.minimum(random.uniform(0, 60, count), power * stay), power, none.astype(int), none.astype(bool), none, none, none,
    )  # fmt: skip


def together(stays, clock):
    parts = envelope_of(stays, np.zeros(len(stays), int), 1, clock)
    return {name: series[0] for name, series in parts.items()}


@pytest.mark.parametrize("minutes", [60, 15])
def test_energy_is_conserved_to_the_last_watt_hour(minutes):
    clock = make_clock(Horizon(**WEEKS, step_minutes=minutes))
    stays = drawn(clock, 500)
    found, total = together(stays, clock), stays.energy_kwh.sum()
    assert found["leaving_kwh"].sum() == pytest.approx(total, rel=EXACT)
    assert wanted_kwh(stays, np.zeros(500, int), 1, clock).sum() == pytest.approx(total, rel=EXACT)
    assert (found["plugged_kw"] * clock.step_h).sum() == pytest.approx((stays.power_kw * stays.stay_h).sum(), rel=EXACT)


def test_as_soon_and_as_late_as_possible_are_plans_between_the_walls():
    clock = make_clock(Horizon(**WEEKS))
    found = together(drawn(clock, 500), clock)
    before = np.argsort(clock.next_step)
    for wall in ("upper_kwh", "lower_kwh"):
        into = found[wall] - found[wall][before] + found["leaving_kwh"]
        assert (into >= -EXACT).all()
        assert (into <= found["plugged_kw"] * clock.step_h + EXACT).all()
    assert (found["lower_kwh"] <= found["upper_kwh"] + EXACT).all()


def test_the_walls_of_one_vehicle_are_the_sums_by_hand():
    # It comes at 22:30, stays 1.25 h (to 23:45), takes 10 kW at most and wants 6 kWh. At 23:00 it can have 5 kWh at most;
    # from then 0.75 h are left, so it needs none yet: 6 - 7.5 < 0. It leaves within the next step with 6.
    managed = vehicles(three_steps(), [{"step": 0, "offset_h": 0.5, "stay_h": 1.25, "energy_kwh": 6.0}])
    wall = {
        name: getattr(managed.taking, name)[0].sum(axis=0).tolist()
        for name in ("upper_kwh", "lower_kwh", "leaving_kwh")
    }
    assert wall == {"upper_kwh": [5.0, 0.0, 0.0], "lower_kwh": [0.0, 0.0, 0.0], "leaving_kwh": [0.0, 6.0, 0.0]}
    assert managed.plugged_kw[0].tolist() == [5.0, 7.5, 0.0]
    assert managed.wanted_kwh[0].sum(axis=0).tolist() == [5.0, 1.0, 0.0]


def test_a_vehicle_that_gives_back_lowers_the_lower_wall_and_raises_the_upper():
    # Two hours from 22:00, 4 kWh wanted. After one hour: it may have given 5 (its power) of the 8 it can spare; it may
    # hold 4 + 3 above, and must be able to give those back in the hour left.
    row = {"step": 0, "stay_h": 2.0, "energy_kwh": 4.0, "give_kw": 5.0, "out_kwh": 8.0, "spare_kwh": 3.0}
    giving = vehicles(three_steps(), [row]).giving
    assert giving.lower_kwh[0].sum(axis=0).tolist() == [-5.0, 0.0, 0.0]
    assert giving.upper_kwh[0].sum(axis=0).tolist() == [7.0, 0.0, 0.0]
    assert giving.give_kw[0].sum(axis=0).tolist() == [5.0, 5.0, 0.0]


def test_a_stay_that_runs_past_its_block_goes_on_at_the_beginning():
    # The last hour of January's block is followed by its first: a vehicle of 23:00 that stays two hours leaves at its end.
    found = vehicles(three_steps(), [{"step": 1, "stay_h": 2.0, "energy_kwh": 12.0}]).taking
    assert found.leaving_kwh[0].sum(axis=0).tolist() == [12.0, 0.0, 0.0]
    assert found.upper_kwh[0].sum(axis=0).tolist() == [0.0, 10.0, 0.0]
    assert found.lower_kwh[0].sum(axis=0).tolist() == [0.0, 2.0, 0.0]


def test_a_stay_longer_than_its_block_is_there_more_than_once():
    found = vehicles(three_steps(), [{"step": 0, "stay_h": 5.0, "energy_kwh": 20.0}])
    assert found.plugged_kw[0].tolist() == [30.0, 20.0, 0.0]
    assert found.wanted_kwh.sum() == 20.0


def test_half_hour_steps_have_the_same_walls_at_every_full_hour():
    hour, half = (make_clock(Horizon(**WEEKS, step_minutes=minutes)) for minutes in (60, 30))
    stays = drawn(hour, 300)
    twice = stays.of(slice(None))
    object.__setattr__(twice, "step", 2 * stays.step + (stays.offset_h >= 0.5))
    object.__setattr__(twice, "offset_h", stays.offset_h % 0.5)
    coarse, fine = together(stays, hour), together(twice, half)
    for wall in ("upper_kwh", "lower_kwh"):
        np.testing.assert_allclose(fine[wall][1::2], coarse[wall], atol=1e-6)


def test_a_hundred_thousand_sessions_take_a_second_or_two():
    clock = make_clock(Horizon(start="2027-01-01", timezone="America/New_York"))
    stays = drawn(clock, 100_000)
    begun = time.process_time()
    together(stays, clock)
    assert time.process_time() - begun < 4.0  # 0.6 s on the machine that wrote this
