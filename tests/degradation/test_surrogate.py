"""The surrogate of a whole year: close to counting every hour and cycle."""

import numpy as np
import pytest

from evplan.degradation.history import Use, fade_of_use
from evplan.degradation.surrogate import SUMMARY, draw_year, errors, summary, year_rates

UNSEEN = 40


@pytest.fixture(scope="module")
def years():
    """Return years of hours that no surrogate was trained on."""
    return [draw_year(np.random.default_rng([987, number])) for number in range(UNSEEN)]


def test_unseen_years_are_foretold_within_two_percent(model, years):
    features = np.array([summary(*year) for year in years])
    fades = [fade_of_use(model.capacity, Use(*year)) for year in years]
    counted = np.array([(fade.calendar_rate, fade.cycle_rate) for fade in fades])
    found = errors(model, features, counted)
    assert found["calendar_rate_mape"] <= 0.02
    assert found["cycle_rate_mape"] <= 0.02


def test_the_summary_of_a_year_by_hand():
    # Every day from 0.9 to 0.1 within four hours and back within four, at 20 °C: two moves of 0.8, one cycle of 0.8.
    day = np.interp(np.arange(24), [0, 8, 12, 16, 20, 23], [0.9, 0.9, 0.1, 0.1, 0.9, 0.9])
    found = dict(zip(SUMMARY, summary(np.full(8760, 20.0), np.tile(day, 365)), strict=True))
    assert found["mean_c"] == 20.0 and found["swing_day_c"] == 0.0
    assert found["fec_per_day"] == pytest.approx(0.8)
    assert found["range"] == pytest.approx(0.8) and found["range_spread"] == pytest.approx(0.0, abs=1e-9)
    assert found["turns"] == pytest.approx(1.0)
    assert found["c_rate"] == pytest.approx(0.2) and found["charge_c_rate"] == pytest.approx(0.2)


def test_years_are_foretold_many_at_once(model, years):
    stacked = summary(np.array([y[0] for y in years]), np.array([y[1] for y in years]))
    assert year_rates(model, stacked).shape == (UNSEEN, 2)
    assert year_rates(model, stacked)[3] == pytest.approx(year_rates(model, summary(*years[3])))
