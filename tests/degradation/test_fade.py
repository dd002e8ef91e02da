"""The power law of fade: its arithmetic, and how spells of different stress add up."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from evplan.degradation.fade import MAX_LIFE_YEARS, Fade, mean_rate
from evplan.errors import InputError

EXPONENTS = pytest.mark.parametrize("exponent", [0.5, 0.75])


@EXPONENTS
def test_doubling_the_years_multiplies_calendar_loss_by_two_to_the_exponent(exponent):
    fade = Fade(0.03, 0.0, exponent, 0.5)
    assert fade.calendar_loss(8.0) / fade.calendar_loss(4.0) == pytest.approx(2**exponent)


@EXPONENTS
def test_three_years_and_three_more_are_six(exponent):
    """A cell already aged by Q behaves as one that is (Q/k)^(1/p) years old."""
    fade = Fade(0.03, 0.0, exponent, 0.5)
    age_after_three = (fade.calendar_loss(3.0) / 0.03) ** (1 / exponent)
    assert fade.calendar_loss(age_after_three + 3.0) == pytest.approx(fade.calendar_loss(6.0))


@EXPONENTS
def test_mean_rate_equals_hour_by_hour_steps_in_z(exponent):
    rates = np.random.default_rng(3).uniform(0.01, 0.08, 500)
    z = 0.0
    for rate in rates:
        z += rate ** (1 / exponent) / len(rates)  # dZ = k^(1/p) dt, one year in 500 spells
    assert mean_rate(rates, exponent) == pytest.approx(z**exponent)


@EXPONENTS
def test_mean_rate_equals_the_differential_equation_solved_numerically(exponent):
    """dQ/dt = p k(t)^(1/p) Q^(1 - 1/p): warm for the first half of the year, cold for the second."""
    rates = (0.06, 0.02)
    start, loss = 1e-6, rates[0] * 1e-6**exponent
    for rate, (begin, end) in zip(rates, ((start, 0.5), (0.5, 1.0)), strict=True):

        def growth(t, q, rate=rate):
            return exponent * rate ** (1 / exponent) * q ** (1 - 1 / exponent)

        loss = solve_ivp(growth, (begin, end), [loss], rtol=1e-10, atol=1e-14).y[0, -1]
    assert mean_rate(rates, exponent) == pytest.approx(loss, rel=1e-6)


@EXPONENTS
def test_mean_rate_does_not_depend_on_the_order_of_hours(exponent):
    rates = np.array([0.01, 0.05, 0.03, 0.08])
    assert mean_rate(rates[::-1], exponent) == pytest.approx(mean_rate(rates, exponent))


def test_mean_rate_of_a_constant_is_the_constant():
    assert mean_rate(0.04, 0.5) == pytest.approx(0.04)
    assert mean_rate(np.full(24, 0.04), 0.75) == pytest.approx(0.04)


def test_life_of_a_battery_that_only_ages_in_time_by_hand():
    # 0.04 t^0.5 = 0.2, so t = 5^2 = 25 years
    assert Fade(0.04, 0.0, 0.5, 0.5).life_years(300, 0.8) == pytest.approx(25.0)


def test_life_of_a_battery_that_only_ages_by_cycling_by_hand():
    # 0.004 (400 t)^0.5 = 0.2, so 400 t = 2500 and t = 6.25 years
    assert Fade(0.0, 0.004, 0.5, 0.5).life_years(400, 0.8) == pytest.approx(6.25)


def test_state_of_health_at_the_end_of_life_is_the_limit():
    fade = Fade(0.03, 0.002, 0.75, 0.5)
    life_years = fade.life_years(250, 0.7)
    assert fade.state_of_health(life_years, 250 * life_years) == pytest.approx(0.7, abs=1e-9)


def test_life_is_capped_at_sixty_years():
    assert Fade(1e-4, 0.0, 0.5, 0.5).life_years(0, 0.8) == MAX_LIFE_YEARS


def test_state_of_health_is_never_negative():
    assert Fade(0.5, 0.1, 0.5, 0.5).state_of_health(50, 10_000) == 0.0


@pytest.mark.parametrize("limit", [0.0, 1.0, 80.0, float("nan")])
def test_an_end_of_life_outside_zero_to_one_is_refused(limit):
    with pytest.raises(InputError, match="end_of_life_soh"):
        Fade(0.04, 0.0, 0.5, 0.5).life_years(300, limit)
