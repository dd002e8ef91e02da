"""The published laws, against their formulas worked by hand."""

import numpy as np
import pytest

from evplan.degradation.laws import LAWS, nmc_open_circuit_v

HAND = 2e-5  # relative; the sums below carry six digits


def test_lfp_calendar_rate_at_its_reference_temperature():
    # 25 °C: exp(0) = 1; s = 0.5: 0.60225; a year has 31,536,000 s, root 5615.69
    # 1.2571e-5 * 0.60225 * 5615.69 = 0.0425158
    assert LAWS["lfp"].calendar_rate(25.0, 0.5) == pytest.approx(0.0425158, rel=HAND)


def test_lfp_calendar_rate_rises_by_arrhenius_at_40_c():
    # 17126 / 8.3145 = 2059.78 K; 1/298.15 - 1/313.15 = 1.606587e-4 /K; exp(0.330921) = 1.392250
    ratio = LAWS["lfp"].calendar_rate(40.0, 0.5) / LAWS["lfp"].calendar_rate(25.0, 0.5)
    assert ratio == pytest.approx(1.392250, rel=HAND)


def test_lfp_cycle_rate_of_full_cycles_at_one_c():
    # (0.0630 + 0.0971) * (4.0253 * 0.4^3 + 1.0923) / 100 = 0.1601 * 1.3499192 / 100 = 0.00216122
    assert LAWS["lfp"].cycle_rate(25.0, 1.0, 1.0) == pytest.approx(0.00216122, rel=HAND)


def test_nmc_calendar_rate_of_a_full_cell_at_50_c():
    # 7.543 * 4.162 - 23.75 = 7.643966; exp(-6976 / 323.15) = exp(-21.587498) = 4.21375e-10
    # 7.643966e6 * 4.21375e-10 = 3.220976e-3 per day^0.75; 365^0.75 = 83.5065; product 0.268973
    assert LAWS["nmc"].calendar_rate(50.0, 1.0) == pytest.approx(0.268973, rel=1e-4)


def test_nmc_cycle_rate_of_full_cycles():
    # mean of the voltage table by trapezoids: 0.168775 + 0.172775 + 3.406850 = 3.7484 V
    # 7.348e-3 * 0.0814^2 + 7.6e-4 + 4.081e-3 = 4.889688e-3 per Ah^0.5
    # one fec moves 2 * 2.05 = 4.1 Ah: 4.889688e-3 * 4.1^0.5 = 9.90087e-3
    assert LAWS["nmc"].cycle_rate(35.0, 1.0, 1.0) == pytest.approx(9.90087e-3, rel=1e-4)


def test_nmc_voltage_stays_between_its_table_ends():
    volts = nmc_open_circuit_v(np.linspace(0, 1, 101))
    assert (np.diff(volts) > 0).all()
    assert (volts[0], volts[-1]) == (3.331, 4.162)


@pytest.mark.parametrize("name", ["lfp", "nmc"])
def test_rates_are_positive_over_the_whole_valid_range(name):
    law = LAWS[name]
    axes = {feature: np.linspace(low, high, 12) for feature, (low, high) in law.ranges.items()}
    calendar = law.calendar_rate(axes["temperature_c"][:, None], axes["soc"])
    cycle = law.cycle_rate(axes["temperature_c"][:, None, None], axes["depth"][:, None], axes["c_rate"])
    assert calendar.shape == (12, 12) and (calendar > 0).all()
    assert cycle.shape == (12, 12, 12) and (cycle > 0).all()


@pytest.mark.parametrize("name", ["lfp", "nmc"])
def test_calendar_rate_rises_with_temperature_and_state_of_charge(name):
    rates = LAWS[name].calendar_rate(np.linspace(0, 50, 11)[:, None], np.linspace(0, 1, 11))
    assert (np.diff(rates, axis=0) > 0).all()
    assert (np.diff(rates, axis=1) >= 0).all()
