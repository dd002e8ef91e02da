"""A rate of the Utility Rate Database means the same after import: every hour's price and period, looked up in its matrices."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evplan.errors import InputError
from evplan.instance.rates import tariff_faults
from evplan.instance.schema import Horizon
from evplan.instance.tariff import Tariff
from evplan.instance.urdb import read_urdb
from evplan.parameters.clock import make_clock
from evplan.parameters.tariff import tariff_series

YEAR = make_clock(Horizon(start=datetime.date(2027, 1, 1)))
ALL_DAY = [[0] * 24 for _ in range(12)]


def rate(**said):
    return {
        "name": "Large Power", "utility": "Somewhere Electric", "label": "abc", "energyratestructure": [[{"rate": 0.1}]],
        "energyweekdayschedule": ALL_DAY, "energyweekendschedule": ALL_DAY, **said,
    }  # fmt: skip


def imported(tmp_path, record):
    (tmp_path / "rate.json").write_text(json.dumps(record))
    return read_urdb(tmp_path / "rate.json")


schedules = st.lists(
    st.lists(st.integers(0, 3), min_size=24, max_size=24), min_size=1, max_size=4
).map(lambda rows: [rows[month % len(rows)] for month in range(12)])  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(schedules, schedules)
def test_every_hour_has_its_matrixs_price_and_demand_period(tmp_path_factory, weekday, weekend):
    prices = [[{"rate": 0.1, "adj": 0.01}], [{"rate": 0.2}], [{"rate": 0.3}], [{"rate": 0.4}]]
    record = rate(
        energyratestructure=prices, energyweekdayschedule=weekday, energyweekendschedule=weekend,
        demandratestructure=[[{"rate": 0.0}], [{"rate": 5.0}], [{"rate": 7.0}], [{"rate": 9.0}]],
        demandweekdayschedule=weekend, demandweekendschedule=weekday,
    )  # fmt: skip
    _, tariff, _ = imported(tmp_path_factory.mktemp("urdb"), record)
    assert list(tariff_faults(tariff, ("t",))) == []
    found = tariff_series(Tariff.model_validate(tariff), YEAR)
    free = YEAR.start.day_of_week >= 5
    period = np.array([(weekend if w else weekday)[t.month - 1][t.hour] for t, w in zip(YEAR.start, free, strict=True)])
    assert found.energy_per_kwh == pytest.approx(np.array([0.11, 0.2, 0.3, 0.4])[period])
    billed = np.array([(weekday if w else weekend)[t.month - 1][t.hour] for t, w in zip(YEAR.start, free, strict=True)])
    by_price = {line.tiers[0].price: line.applies for line in found.demand}
    for p, price in ((1, 5.0), (2, 7.0), (3, 9.0)):
        assert (by_price.get(price, np.zeros(YEAR.steps, bool)) == (billed == p)).all()


def test_charges_come_over_in_our_units(tmp_path):
    record = rate(
        fixedchargefirstmeter=2.0, fixedchargeunits="$/day", minmonthlycharge=50, flatdemandunit="hp",
        flatdemandstructure=[[{"rate": 3.0}], [{"rate": 6.0, "max": 100}, {"rate": 4.0}]],
        flatdemandmonths=[0] * 6 + [1] * 6, lookbackpercent=75, lookbackmonths=[0] * 5 + [1] * 3 + [0] * 4, lookbackrange=11,
        demandreactivepowercharge=0.3,
    )  # fmt: skip
    name, tariff, notes = imported(tmp_path, {"items": [record]})
    assert name == "large-power"
    assert tariff["fixed_per_month"] == pytest.approx(2.0 * 365 / 12)
    assert tariff["minimum_per_month"] == 50
    first, second = tariff["demand"]
    assert first["price_per_kw_month"] == pytest.approx(3.0 / 0.7457)
    assert second["tiers"][0] == {"up_to_kw": pytest.approx(74.57), "price_per_kw_month": pytest.approx(6 / 0.7457)}
    assert second["months"] == [7, 8, 9, 10, 11, 12]
    assert first["ratchet"] == {"fraction": 0.75, "months": [6, 7, 8], "lookback_months": 11}
    assert notes == ["left out: the charge on reactive power"]


def test_the_bulk_files_names_are_known_too(tmp_path):
    record = {
        "rateName": "EV", "utilityName": "Somewhere", "_id": {"$oid": "xyz"}, "energyRateStrux": [{"energyRateTiers": [{"rate": 0.3}]}],
        "energyWeekdaySched": ALL_DAY, "energyWeekendSched": ALL_DAY, "fixedChargeFirstMeter": 10, "fixedChargeUnits": "$/month",
    }  # fmt: skip
    name, tariff, _ = imported(tmp_path, record)
    assert (name, tariff["fixed_per_month"], tariff["energy"]) == ("ev", 10, [{"price_per_kwh": 0.3}])


def test_net_metering_and_sell_prices(tmp_path):
    assert imported(tmp_path, rate(dgrules="Net Metering"))[1]["net_metering"] == "year"
    assert imported(tmp_path, rate(dgrules="Net Metering", minmonthlycharge=9))[1]["net_metering"] == "month"
    sold = rate(energyratestructure=[[{"rate": 0.1, "sell": 0.04}]], dgrules="Net Billing Hourly")
    assert imported(tmp_path, sold)[1]["export_per_kwh"] == 0.04


def test_export_is_paid_by_period(tmp_path):
    hours = [[0] * 12 + [1] * 6 + [0] * 6] * 12
    sold = rate(
        energyratestructure=[[{"rate": 0.1, "sell": 0.03}], [{"rate": 0.3, "sell": 0.08}]],
        energyweekdayschedule=hours, energyweekendschedule=ALL_DAY, dgrules="Net Billing Hourly",
    )  # fmt: skip
    export = imported(tmp_path, sold)[1]["export"]
    assert {"price_per_kwh": 0.08, "days": "weekday", "start": "12:00", "end": "18:00"} in export
    assert {line["price_per_kwh"] for line in export} == {0.03, 0.08}
    found = tariff_series(Tariff.model_validate(imported(tmp_path, sold)[1]), YEAR)
    hour, day = np.asarray(YEAR.start.hour), np.asarray(YEAR.start.day_of_week)
    np.testing.assert_allclose(found.export_per_kwh, np.where((hour >= 12) & (hour < 18) & (day < 5), 0.08, 0.03))


def test_a_ratchet_by_month_comes_over(tmp_path):
    flat = {"flatdemandstructure": [[{"rate": 3.0}], [{"rate": 6.0}]], "flatdemandmonths": [0] * 6 + [1] * 6}
    winter, summer = imported(tmp_path, rate(**flat, demandratchetpercentage=[0] * 6 + [80] * 6))[1]["demand"]
    assert "ratchet" not in winter and summer["ratchet"] == {"fraction": 0.8}
    _, tariff, notes = imported(tmp_path, rate(**flat, demandratchetpercentage=[0.5] * 3 + [0.7] * 9))
    assert [line["ratchet"]["fraction"] for line in tariff["demand"]] == [0.7, 0.7]
    assert notes == ["the ratchet differs by month: its largest, 0.7, is taken for all months of a line"]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "holds no rate"),
        ([], "holds 0 rates"),
        (rate(energyweekdayschedule=[[0] * 24] * 11), "12 rows of 24 hours"),
        (rate(fixedchargefirstmeter=3, fixedchargeunits="$/moon"), "known are"),
        (
            rate(energyratestructure=[[{"rate": 1, "max": 5, "unit": "kWh/kW"}, {"rate": 2, "unit": "kWh/kW"}]]),
            "cannot be said here",
        ),
        (rate(energyratestructure=[[{"rate": "dear"}]]), "rate of a tier is 'dear', which is no number"),
        (rate(fixedchargefirstmeter="dear"), "fixedchargefirstmeter is 'dear'"),
    ],
)
def test_a_rate_that_cannot_be_read_says_why(tmp_path, record, said):
    with pytest.raises(InputError, match=said):
        imported(tmp_path, record)


def test_no_json_is_told(tmp_path):
    (tmp_path / "rate.json").write_text("tariff: 3")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_urdb(tmp_path / "rate.json")
