"""The charging curve in closed form is the curve integrated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from evplan.v2x.curve import gain_kwh, level_before

batteries = st.tuples(
    st.floats(20, 120), st.floats(0, 0.999), st.floats(0.1, 0.99), st.floats(5, 250), st.floats(0.01, 1.0), st.floats(0.01, 4)
)  # fmt: skip  # capacity, SoC, taper SoC, most kW, part of it, hours


def integrated(stored: float, capacity: float, taper: float, curve: float, pilot: float, hours: float) -> float:
    """Return the gain by an integrator of order eight, which is told where the power begins to fall."""

    def power(level: float) -> float:
        return min(pilot, curve * min(1.0, (capacity - level) / (capacity - taper)))

    knee = capacity - pilot / curve * (capacity - taper)
    straight = min(hours, max(0.0, (knee - stored) / pilot))
    level = stored + pilot * straight
    if straight < hours:
        run = solve_ivp(lambda t, y: [power(y[0])], (0, hours - straight), [level], "DOP853", rtol=1e-13, atol=1e-13)
        level = run.y[0, -1]
    return level - stored


@settings(max_examples=150, deadline=None)
@given(batteries)
def test_the_closed_form_equals_a_fine_integration(battery):
    capacity, soc, taper, curve, part, hours = battery
    at = soc * capacity, capacity, taper * capacity, curve, part * curve
    assert gain_kwh(*at, hours) == pytest.approx(integrated(*at, hours), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(batteries)
def test_two_half_steps_bring_what_one_brings(battery):
    capacity, soc, taper, curve, part, hours = battery
    at = capacity, taper * capacity, curve, part * curve
    first = gain_kwh(soc * capacity, *at, hours / 2)
    second = gain_kwh(soc * capacity + first, *at, hours / 2)
    assert first + second == pytest.approx(gain_kwh(soc * capacity, *at, hours), abs=1e-10)


@settings(max_examples=100, deadline=None)
@given(batteries)
def test_the_level_before_reaches_the_target_at_the_last_moment(battery):
    capacity, soc, taper, curve, part, hours = battery
    at = capacity, taper * capacity, curve, part * curve
    target = min(soc, 0.99) * capacity
    before = level_before(target, *at, hours)
    assert before + gain_kwh(before, *at, hours) == pytest.approx(target, abs=1e-8)


def test_without_taper_a_battery_is_full_and_no_more():
    assert gain_kwh(49.0, 50.0, 50.0, 11.0, 11.0, 1.0) == 1.0
    assert gain_kwh(30.0, 50.0, 50.0, 11.0, 11.0, 1.0) == 11.0


def test_the_knee_of_a_known_battery():
    # 60 kWh, tapering from 48 kWh at 12 kW: half power from 54 kWh on; an hour at full power from 48 kWh gains 12 (1 - 1/e).
    assert gain_kwh(48.0, 60.0, 48.0, 12.0, 12.0, 1.0) == pytest.approx(12 * (1 - np.exp(-1)), abs=1e-12)
    assert gain_kwh(48.0, 60.0, 48.0, 12.0, 6.0, 1.0) == 6.0
