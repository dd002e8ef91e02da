"""Every feature of a tariff in a sum that can be done by hand: instance lines in, a bill out."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evplan.assets.tariff import bill, billed_kw, charge
from evplan.errors import InputError
from evplan.instance.finance import Finance
from evplan.instance.tariff import Tariff
from evplan.parameters.clock import Clock
from evplan.parameters.money import shares
from evplan.parameters.tariff import tariff_series, tariff_years

# Six hours in three months of one year; each hour stands for 100 of its month, each month for 4 of the year.
START = pd.DatetimeIndex([f"2027-{month}-04 {hour}:00" for month in ("01", "02", "07") for hour in (12, 18)], tz="UTC")
MONTH = np.array([0, 0, 1, 1, 2, 2])
CLOCK = Clock(START, np.ones(6), np.full(6, 400.0), MONTH, np.array([4.0, 4.0, 4.0]), (1, 2, 7), MONTH)
IMPORT = np.array([10.0, 20.0, 5.0, 40.0, 30.0, 10.0])
NOTHING = np.zeros(6)
ENERGY = [{"price_per_kwh": 0.1}]


def tariff(**said):
    return tariff_series(Tariff.model_validate({"energy": ENERGY, **said}), CLOCK)


def billed(import_kw=IMPORT, export_kw=NOTHING, contracted_kw=0.0, **said):
    return bill(tariff(**said), import_kw, export_kw, CLOCK, contracted_kw)


def test_energy_at_one_price():
    # 115 kW x 400 h = 46,000 kWh at 0.1.
    assert billed().energy == pytest.approx(4600.0)


def test_energy_tiers_meter_one_month():
    # One month takes 3,000, 4,500 or 4,000 kWh: 1,000 at 0.2, the rest at 0.1: 400 + 550 + 500 = 1,450, four times each.
    tiers = [{"up_to_kwh": 1000, "price_per_kwh": 0.2}, {"price_per_kwh": 0.1}]
    assert billed(energy=[{"tiers": tiers}]).energy == pytest.approx(4 * 1450.0)


def test_tiers_of_a_line_meter_its_own_windows_together():
    # Evenings: 2,000, 4,000 and 1,000 kWh a month; 1,500 at 0.3, the rest at 0.5. Noon: 4,500 kWh in all at 0.1.
    tiers = [{"up_to_kwh": 1500, "price_per_kwh": 0.3}, {"price_per_kwh": 0.5}]
    evening = {"tiers": tiers, "windows": [{"start": "17:00", "end": "18:00"}, {"start": "18:00", "end": "21:00"}]}
    found = billed(energy=[*ENERGY, evening])
    assert found.energy == pytest.approx(4 * (450 + 250 + 450 + 1250 + 300 + 450.0))


def test_demand_tiers():
    # Peaks of 20, 40 and 30 kW: the first 25 kW at 2, the rest at 10: 40 + 200 + 100, four times each.
    tiers = [{"up_to_kw": 25, "price_per_kw_month": 2}, {"price_per_kw_month": 10}]
    assert billed(demand=[{"tiers": tiers}]).demand == pytest.approx(4 * 340.0)


def test_windows_of_a_demand_line_share_one_peak():
    # Noon and evening as one line bill 20 + 40 + 30 kW; as two lines 10 + 20, 5 + 40 and 30 + 10.
    noon, evening = {"start": "12:00", "end": "13:00"}, {"start": "18:00", "end": "19:00"}
    shared = billed(demand=[{"price_per_kw_month": 1, "windows": [noon, evening]}])
    apart = billed(demand=[{"price_per_kw_month": 1, **noon}, {"price_per_kw_month": 1, **evening}])
    assert (shared.demand, apart.demand) == (pytest.approx(360.0), pytest.approx(460.0))


def test_a_ratchet_remembers_what_it_is_told_to():
    def kw(**rule):
        return billed_kw(tariff(demand=[{"price_per_kw_month": 1, "ratchet": rule}]).demand[0], IMPORT, CLOCK).tolist()

    assert kw(fraction=0.9) == [36.0, 40.0, 36.0]  # 90 % of February's 40 kW, in a year that repeats
    assert kw(fraction=0.9, lookback_months=5) == [20.0, 40.0, 36.0]  # in January, last February is eleven months back
    assert kw(fraction=0.9, months=[7]) == [27.0, 40.0, 30.0]  # summer's 30 kW alone is remembered
    assert kw(fraction=0.5) == [20.0, 40.0, 30.0]  # half of 40 kW is less than every own peak


def test_a_seasonal_line_remembers_every_months_peak_and_charges_its_own_months():
    # Summer's 30 kW at 10, winter's months at 5 on at least 90 % of it; nothing of either line in the other's months.
    summer = {"price_per_kw_month": 10, "months": [7], "ratchet": {"fraction": 0.9, "months": [7]}}
    winter = {"price_per_kw_month": 5, "months": [1, 2], "ratchet": {"fraction": 0.9, "months": [7]}}
    lines = tariff(demand=[summer, winter]).demand
    assert billed_kw(lines[0], IMPORT, CLOCK).tolist() == [0.0, 0.0, 30.0]
    assert billed_kw(lines[1], IMPORT, CLOCK).tolist() == [27.0, 40.0, 0.0]
    assert billed(demand=[summer, winter]).demand == pytest.approx(4 * (300 + 5 * 67.0))


def test_export_above_the_energy_price_of_its_hour_is_refused():
    with pytest.raises(InputError, match="buy to sell without end"):
        tariff(export=[{"price_per_kwh": 0.2, "months": [7]}])


def test_coincident_peaks():
    # 18:00 in January (20 kW) and noon in July (30 kW): 25 kW on average, 30 kW at most; once a year.
    hours = ["01-04 18:00", "07-04 12:00"]
    mean = billed(coincident=[{"price_per_kw_year": 8, "hours": hours}])
    highest = billed(coincident=[{"price_per_kw_year": 8, "hours": hours, "measure": "highest"}])
    assert (mean.demand, highest.demand) == (pytest.approx(200.0), pytest.approx(240.0))


def test_contracted_capacity_and_its_excess():
    # 25 kW at power factor 0.8 are 31.25 kVA at 4: 125 a month. Excess of 15 kW in February, 5 kW in July: 25 kVA at 12.
    contract = {"price_per_kva_month": 4, "excess_price_per_kva_month": 12, "power_factor": 0.8}
    assert billed(contract=contract, contracted_kw=25.0).capacity == pytest.approx(12 * 125.0 + 4 * 25 * 12.0)


def test_a_minimum_charge_fills_up_what_lacks():
    # Months cost 300, 450 and 400 + 10 fixed; the minimum of 430 lacks 120, 0 and 20.
    found = billed(fixed_per_month=10, minimum_per_month=430)
    assert (found.minimum, found.fixed) == (pytest.approx(4 * 140.0), pytest.approx(120.0))
    assert found.total == pytest.approx(4 * (430 + 460 + 430.0))


def test_a_minimum_charge_counts_the_export_credit():
    # 1,000 kWh sent in January earn 50, so January lacks 50 more.
    sent = np.array([10.0, 0, 0, 0, 0, 0])
    found = billed(export_kw=sent, fixed_per_month=10, minimum_per_month=430, export_per_kwh=0.05)
    assert (found.minimum, found.export_credit) == (pytest.approx(4 * 190.0), pytest.approx(200.0))


def test_export_by_window():
    # Sent at noon, 10 kW each: 0.02 in winter, 0.06 in July.
    sent = np.array([10.0, 0, 10, 0, 10, 0])
    summer = {"price_per_kwh": 0.06, "months": [7]}
    found = billed(export_kw=sent, export_per_kwh=0.02, export=[summer])
    assert found.export_credit == pytest.approx(400 * 10 * (0.02 + 0.02 + 0.06))


SENT = np.array([0.0, 0, 60, 0, 0, 0])


def test_net_metering_by_month_pays_for_what_is_over():
    # February sends 6,000 and draws 4,500 kWh: nothing is billed, 1,500 kWh earn 0.03. January 3,000, July 4,000 kWh at 0.1.
    found = billed(export_kw=SENT, net_metering="month", export_per_kwh=0.03)
    assert (found.energy, found.export_credit) == (pytest.approx(4 * 700.0), pytest.approx(4 * 45.0))


def test_net_metering_by_year_carries_what_is_over_to_other_months():
    # 11,500 kWh drawn less 6,000 sent, four times: 22,000 kWh at 0.1.
    found = billed(export_kw=SENT, net_metering="year", export_per_kwh=0.03)
    assert (found.energy, found.export_credit) == (pytest.approx(2200.0), pytest.approx(0.0))


def test_net_metering_nets_inside_each_line():
    # Evenings at 0.4 bill 7,000 kWh x 4 whatever noon sends; noon nets -5,500 of its own in February.
    evening = {"price_per_kwh": 0.4, "start": "18:00", "end": "20:00"}
    found = billed(energy=[*ENERGY, evening], export_kw=SENT, net_metering="month", export_per_kwh=0.03)
    assert found.energy == pytest.approx(4 * (7000 * 0.4 + (1000 + 3000) * 0.1))
    assert found.export_credit == pytest.approx(4 * 5500 * 0.03)


def test_holidays_count_as_weekend():
    # 4 January 2027 is a Monday; 4 July a Sunday; weekdays cost 0.3.
    weekdays = [{"price_per_kwh": 0.1}, {"price_per_kwh": 0.3, "days": "weekday"}]
    prices = tariff(energy=weekdays).energy_per_kwh.tolist()
    assert prices == [0.3, 0.3, 0.3, 0.3, 0.1, 0.1]
    by_date = tariff(energy=weekdays, holidays=[datetime.date(2027, 1, 4)])
    assert by_date.energy_per_kwh.tolist() == [0.1, 0.1, 0.3, 0.3, 0.1, 0.1]
    in_india = replace(CLOCK, start=CLOCK.start.map(lambda t: t.replace(month=1, day=26)))  # Republic Day, a Tuesday
    by_country = tariff_series(Tariff.model_validate({"energy": weekdays, "holidays": "IN"}), in_india)
    assert by_country.energy_per_kwh.tolist() == [0.1] * 6


def test_a_demand_charge_holiday_is_charged_in_the_years_that_remain():
    # Free for 5 of 10 years, no inflation, no discounting: half of the price, in a plan of one modelled year.
    said = Tariff.model_validate({"energy": ENERGY, "demand": [{"price_per_kw_month": 12, "from_year": 6}]})
    finance = Finance(discount_rate=0.0, inflation=0.0)
    (one,) = tariff_years(said, CLOCK, CLOCK, np.ones((10, 1)), finance, None)
    assert one.demand[0].tiers[0].price == pytest.approx(6.0)
    # Years 1 and 10 modelled, those between interpolated: year 1 speaks for 10 - k parts of 9 of year k: of 5.0 years
    # in all, of which 4 + 3 + 2 + 1 + 0 ninths in years 6 to 10; year 10 for the other 35 ninths of them.
    early, late = tariff_years(said, CLOCK, CLOCK, shares((1, 10), np.ones(10)), finance, None)
    assert early.demand[0].tiers[0].price == pytest.approx(12 * (10 / 9) / 5)
    assert late.demand[0].tiers[0].price == pytest.approx(12 * (35 / 9) / 5)


def test_the_charge_of_tiers_is_continuous():
    tiers = (
        tariff(demand=[{"tiers": [{"up_to_kw": 25, "price_per_kw_month": 2}, {"price_per_kw_month": 10}]}])
        .demand[0]
        .tiers
    )
    assert charge([0, 25, 25.1, 100], tiers) == pytest.approx([0, 50, 51, 800])
