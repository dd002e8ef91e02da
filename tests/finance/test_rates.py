"""Rates of return of many cash flows: against polynomial roots, and never a wrong answer in silence."""

from __future__ import annotations

import numpy as np
import pytest

from evplan.finance.rates import NONE, SEVERAL, UNIQUE, rates_of_return

ROUNDING = 1e-9  # relative, of rates: what the companion matrix's own eigenvalues are good for


def flows(kind: str, count: int, seed: int = 1) -> np.ndarray:
    """Return random cash flows over 20 years: pure noise, an outlay with income, and one with replacements and decommissioning."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.normal(size=(21, count))
    made = rng.uniform(0, 1, (21, count))
    made[0] = -rng.uniform(1, 15, count)
    if kind == "replaced":
        made[10] -= rng.uniform(0, 8, count)
        made[20] -= rng.uniform(0, 2, count)
    return made


def by_roots(flow: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return every rate above -100 % at which a cash flow is worth nothing, by the roots of its polynomial.

    Also whether two complex roots lie so near the real axis that rounding decides whether they are real.
    """
    scaled = np.trim_zeros(flow / np.abs(flow).max())
    roots = np.roots(scaled[::-1])
    near = (np.abs(roots.imag) < 1e-6 * np.abs(roots)) & (roots.real > 0)
    real = roots.real[near]
    touching = len(real) > 1 and np.diff(np.sort(real)).min() < 1e-6 * real.max()
    return 1 / real - 1, touching


@pytest.mark.parametrize("kind", ["noise", "invested", "replaced"])
def test_every_rate_and_status_is_that_of_the_polynomials_roots(kind):
    sample = flows(kind, 4000)
    found = rates_of_return(sample)
    seen = set()
    for flow, value, status in zip(sample.T, found.value, found.status):
        rates, touching = by_roots(flow)
        if touching:
            continue
        assert status == min(len(rates), SEVERAL)
        seen.add(int(status))
        if status == UNIQUE:
            assert 1 + value == pytest.approx(1 + rates[0], rel=ROUNDING)
        else:
            assert np.isnan(value)
    assert seen == {"noise": {NONE, UNIQUE, SEVERAL}, "invested": {UNIQUE}, "replaced": {NONE, UNIQUE, SEVERAL}}[kind]


def test_a_replacement_in_mid_life_has_several_rates_or_none_and_is_not_read_as_one():
    # x = 1/(1+r): 1 - 2.2 x + 1.2096 x^2 is zero at 1.12^-1 and 1.08^-1.
    two = np.array([1.0, -2.2, 1.2096])
    assert np.polyval(two, 1.08) == pytest.approx(0) and np.polyval(two, 1.12) == pytest.approx(0)
    never = np.array([1.0, -2.2, 1.3])  # discriminant 4.84 - 5.2 < 0
    found = rates_of_return(np.array([two, never]).T)
    assert found.status.tolist() == [SEVERAL, NONE]


def test_rates_that_arithmetic_cannot_tell_apart_are_several():
    double = np.array([1.0, -2.2, 1.21])  # (1 - 1.1 x)^2: touches zero at 10 %
    assert rates_of_return(double[:, None]).status[0] == SEVERAL


@pytest.mark.parametrize(
    ("flow", "rate"),
    [
        ([-1.0, 48.0], 47.0),
        ([-100.0, 50.0], -0.5),
        ([-100.0, 0.001], -0.99999),
        ([-1e9, 0.0, 0.0, 1.331e9, 0.0], 0.1),
        ([0.0, -100.0, 110.0], 0.1),
        ([100.0, -110.0], 0.1),
        ([-1.0, 1e9], 999_999_999.0),
    ],
)
def test_one_outlay_and_one_return_by_hand(flow, rate):
    found = rates_of_return(np.array(flow)[:, None])
    assert found.status[0] == UNIQUE
    assert 1 + found.value[0] == pytest.approx(1 + rate, rel=1e-12)


@pytest.mark.parametrize("flow", [[0.0, 0.0], [-5.0, -1.0], [5.0, 1.0], [0.0, 3.0, 0.0]])
def test_money_that_goes_one_way_has_no_rate(flow):
    assert rates_of_return(np.array(flow)[:, None]).status[0] == NONE


def test_scaling_money_and_reversing_it_change_no_rate():
    sample = flows("replaced", 500)
    plain, scaled = rates_of_return(sample), rates_of_return(-1e7 * sample)
    assert (plain.status == scaled.status).all()
    np.testing.assert_allclose(plain.value, scaled.value, rtol=1e-9)


def test_forty_years_are_as_right_as_twenty():
    rng = np.random.default_rng(3)
    sample = rng.uniform(0, 1, (41, 300))
    sample[0] = -rng.uniform(5, 30, 300)
    sample[[12, 24, 36]] -= rng.uniform(0, 4, (3, 300))
    found = rates_of_return(sample)
    for flow, value, status in zip(sample.T, found.value, found.status):
        rates, touching = by_roots(flow)
        if not touching:
            assert status == min(len(rates), SEVERAL)
            assert status != UNIQUE or 1 + value == pytest.approx(1 + rates[0], rel=1e-7)
