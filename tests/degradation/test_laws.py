"""The published laws, against their formulas worked by hand."""

import numpy as np
import pytest

from evplan.degradation.laws import LAWS, law_named
from evplan.degradation.laws.lfp import plating_rate
from evplan.degradation.laws.nmc import open_circuit_v
from evplan.errors import InputError

HAND = 2e-5  # relative; the sums below carry six digits


def test_lfp_calendar_rate_at_its_reference_temperature():
    # 25 °C: exp(0) = 1; s = 0.5: 0.60225; a year has 31,536,000 s, root 5615.69
    # 1.2571e-5 * 0.60225 * 5615.69 = 0.0425158
    assert LAWS["lfp"].capacity.calendar_rate(25.0, 0.5) == pytest.approx(0.0425158, rel=HAND)


def test_lfp_calendar_rate_rises_by_arrhenius_at_40_c():
    # 17126 / 8.3145 = 2059.78 K; 1/298.15 - 1/313.15 = 1.606587e-4 /K; exp(0.330921) = 1.392250
    rate = LAWS["lfp"].capacity.calendar_rate
    assert rate(40.0, 0.5) / rate(25.0, 0.5) == pytest.approx(1.392250, rel=HAND)


def test_lfp_cycle_rate_of_full_cycles_at_one_c():
    # (0.0630 + 0.0971) * (4.0253 * 0.4^3 + 1.0923) / 100 = 0.1601 * 1.3499192 / 100 = 0.00216122
    assert LAWS["lfp"].capacity.cycle_rate(25.0, 1.0, 1.0, 1.0) == pytest.approx(0.00216122, rel=HAND)


def test_lfp_plating_begins_below_25_c_and_is_schimpe_s_excess():
    # 0 °C: 55546 / 8.3145 = 6680.62 K; 25 / (273.15 * 298.15) = 3.069757e-4 /K; exp(2.050788) = 7.774024, less 1 at 25 °C
    # 4.009e-4 * 6.774024 * 3^0.5 = 0.00470374 at 1 C; at 0.5 C times exp(-1.32) = 0.267135
    assert plating_rate(np.array([25.0, 40.0]), 1.0) == pytest.approx([0.0, 0.0])
    assert plating_rate(0.0, 1.0) == pytest.approx(0.00470374, rel=HAND)
    assert plating_rate(0.0, 0.5) == pytest.approx(0.00470374 * 0.267135, rel=HAND)


def test_lfp_resistance_grows_by_naumann_s_square_and_stops_at_1_05_c():
    # 25 °C, s = 0: (1.5604 - 3.3903 * 0.25) = 0.712825; 3.4194e-10 * 0.712825 * 31,536,000 = 0.00768677 a year
    # d = 1, C = 0.5: 0.0011 * (6.8477 * 0.125 + 0.91882) / 100 = 0.0011 * 1.7747825 / 100 = 1.952261e-5 a cycle
    law = LAWS["lfp"].resistance
    assert law.calendar_rate(25.0, 0.0) == pytest.approx(0.00768677, rel=HAND)
    assert law.cycle_rate(25.0, 1.0, 0.5, 0.5) == pytest.approx(1.952261e-5, rel=HAND)
    assert law.cycle_rate(25.0, 1.0, 1.2, 1.2) == 0.0


def test_nmc_calendar_rate_of_a_full_cell_at_50_c():
    # 7.543 * 4.162 - 23.75 = 7.643966; exp(-6976 / 323.15) = exp(-21.587498) = 4.21375e-10
    # 7.643966e6 * 4.21375e-10 = 3.220976e-3 per day^0.75; 365^0.75 = 83.5065; product 0.268973
    assert LAWS["nmc"].capacity.calendar_rate(50.0, 1.0) == pytest.approx(0.268973, rel=1e-4)


def test_nmc_cycle_rate_of_full_cycles():
    # mean square of the voltage table, (a^2 + a b + b^2) / 3 on each straight piece: 14.094889, root 3.754316 V
    # 7.348e-3 * 0.087316^2 + 7.6e-4 + 4.081e-3 = 4.897022e-03 per Ah^0.5
    # one fec moves 2 * 2.15 = 4.3 Ah: * 4.3^0.5 = 1.01547e-02
    assert LAWS["nmc"].capacity.cycle_rate(35.0, 1.0, 1.0, 1.0) == pytest.approx(1.01547e-02, rel=1e-4)


def test_nmc_resistance_of_full_cycles():
    # 2.153e-4 * (3.754316 - 3.725)^2 - 1.521e-5 + 2.798e-4 = 2.647750e-04 per Ah, times 4.3 Ah = 1.138533e-03
    assert LAWS["nmc"].resistance.cycle_rate(35.0, 1.0, 1.0, 1.0) == pytest.approx(1.138533e-03, rel=1e-4)


def test_nmc622_at_25_c_and_half_charge():
    # -1.97e-4 + 5.05e-3 - 3.925e-3 + 1.04375e-3 - 4.06e-6 * 0.5 * 298.15 = 1.3665055e-3 per day^0.5; * 365^0.5 = 0.0261072
    # d = 1, C_ch = 1: 3.24 * 2.05 - 0.099 + 1.44 = 7.983; 0.985 * 1.3665055e-3 * 7.983 = 0.0107452 per fec^0.5
    law = LAWS["nmc622"].capacity
    assert law.calendar_rate(25.0, 0.5) == pytest.approx(0.0261072, rel=HAND)
    assert law.cycle_rate(25.0, 1.0, 1.0, 1.0) == pytest.approx(0.0107452, rel=HAND)


def test_nmc622_wears_most_where_charging_is_cold_and_fast():
    rate = LAWS["nmc622"].capacity.cycle_rate
    assert rate(10.0, 0.8, 1.0, 1.0) > rate(25.0, 0.8, 1.0, 1.0) > rate(25.0, 0.8, 1.0, 0.3)


def test_nca_by_hand():
    # exp((-3340 + 353 * 0.5) / 298.15) = exp(-10.610431) = 2.465926e-5; * 75.4 = 1.859308e-3 per day^0.512
    # 365^0.512 = 20.506415: 0.0381277.   d = 0.8, C = 0.5: 2 * (1.86e-6 + 2.4e-11 + 1.416e-4) = 2.86920e-4
    law = LAWS["nca"].capacity
    assert law.calendar_rate(25.0, 0.5) == pytest.approx(0.0381277, rel=1e-4)
    assert law.cycle_rate(25.0, 0.8, 0.5, 0.5) == pytest.approx(2.86920e-4, rel=HAND)


def test_sodium_loses_what_was_seen_after_4000_cycles():
    assert LAWS["sodium"].capacity.cycle_rate(25.0, 0.6, 0.5, 0.5) * 4000**0.5 == pytest.approx(0.028)


def test_nmc_voltage_stays_between_its_table_ends():
    volts = open_circuit_v(np.linspace(0, 1, 101))
    assert (np.diff(volts) > 0).all()
    assert (volts[0], volts[-1]) == (3.331, 4.162)


@pytest.mark.parametrize("kind", ["capacity", "resistance"])
def test_rates_are_never_negative_over_the_whole_valid_range(chemistry, kind):
    law = LAWS[chemistry]
    rates = getattr(law, kind)
    if rates is None:
        assert kind == "resistance"
        return
    t, s, d, c, ch = (
        np.linspace(*law.ranges[name], 8) for name in ("temperature_c", "soc", "depth", "c_rate", "charge_c_rate")
    )
    assert (rates.calendar_rate(t[:, None], s) > 0).all()
    assert (rates.cycle_rate(t[:, None, None, None], d[:, None, None], c[:, None], ch) >= 0).all()


def test_every_law_rises_along_what_it_says_it_rises_along(chemistry):
    law = LAWS[chemistry]
    spans = {name: np.linspace(low, high, 7) for name, (low, high) in law.ranges.items()}
    grid = np.meshgrid(*(spans[name] for name in ("temperature_c", "depth", "c_rate", "charge_c_rate")), indexing="ij")
    cycle = law.capacity.cycle_rate(*grid)
    for axis, name in enumerate(("temperature_c", "depth", "c_rate", "charge_c_rate")):
        if name in law.rising:
            assert (np.diff(cycle, axis=axis) >= -1e-15).all(), name
    calendar = law.capacity.calendar_rate(spans["temperature_c"][:, None], spans["soc"])
    assert (np.diff(calendar, axis=0) > 0).all()
    assert "soc" not in law.rising or (np.diff(calendar, axis=1) >= 0).all()


def test_an_unknown_chemistry_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="lfp, nmc, nmc622, nca, sodium"):
        law_named("lead-acid")
