"""Prices of ageing: convex, no dearer than the truth, and one replacement over a life."""

import numpy as np
import pytest

from evplan.degradation.pricing import convex_pieces, cycle_curve, fade_curve, warmth
from evplan.degradation.wear import battery_wear


def test_the_envelope_of_a_bump_goes_straight_under_it_by_hand():
    # 0, 2, 1, 3 over 0, 1, 2, 3: the bump at 1 lies above the line from (0, 0) to (2, 1).
    found = convex_pieces(np.arange(4.0), np.array([0.0, 2.0, 1.0, 3.0]), most=3)
    assert found.ends.tolist() == [2.0, 3.0]
    assert found.slopes.tolist() == [0.5, 2.0]
    assert found.at(np.array([1.0, 2.5])).tolist() == [0.5, 2.0]


def test_fewer_pieces_are_the_closest_ones():
    x = np.linspace(0, 1, 41)
    two = convex_pieces(x, x**2, most=2)
    assert two.ends[0] == pytest.approx(0.5)  # the chord pair closest to a parabola meets in the middle
    assert len(convex_pieces(x, x, most=3).ends) == 1


@pytest.mark.parametrize("temperature_c", [5.0, 25.0, 40.0])
def test_curves_are_convex_and_close_to_the_model(model, temperature_c):
    spread = temperature_c + np.linspace(-5, 5, 50)
    cycling = cycle_curve(model.capacity, spread, 0.5, 0.5, 0.85)
    assert (np.diff(cycling.slopes) > 0).all() and cycling.slopes[0] >= 0
    depth = np.array([0.2, 0.4, 0.6, 0.85])
    true = depth * (model.cycle_rate(spread[:, None], depth, 0.5) ** (1 / model.cycle_exponent)).mean(axis=0)
    assert cycling.at(depth) == pytest.approx(true, abs=0.07 * true[-1])  # CLOSE, and what the envelope misses
    storing = fade_curve(model.capacity, spread, 0.1, 0.95)
    assert (np.diff(storing.slopes) > 0).all()
    assert storing.start >= 0


def test_warmth_means_one_and_is_more_in_the_heat(model):
    found = warmth(model.capacity, np.array([10.0, 20.0, 30.0]), 0.5)
    assert found.mean() == pytest.approx(1.0)
    assert (np.diff(found) > 0).all()


def test_a_life_of_the_reference_use_pays_for_one_replacement(model, duty):
    # A year's hours and cycles, each in Z at the model's own rates, at the two prices, times the years of life.
    wear = battery_wear(model, duty, 0.8)
    z_time = float(model.calendar_rate(25.0, 0.5)) ** (1 / model.time_exponent)
    z_cycles = 300.0 * float(model.cycle_rate(25.0, 0.8, 0.5)) ** (1 / model.cycle_exponent)
    yearly = wear.price_of_time * z_time + wear.price_of_cycling * z_cycles
    assert yearly * wear.life_years == pytest.approx(1.0)
