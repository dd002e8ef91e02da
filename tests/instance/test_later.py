"""A plan that begins some years later: the same weekdays, and prices of the first year's money, by hand."""

from __future__ import annotations

import datetime
import json

import pytest
from support import solved, variant

from evplan.instance.later import carried_back, later
from evplan.instance.read import read
from evplan.instance.source import plain, read_source

RATES = {"finance.inflation": 0.02, "finance.electricity_escalation": 0.05, "finance.om_escalation": 0.0}
MONEY = (
    "price_per_kwh", "price_per_kw_month", "fixed_per_month", "export_per_kwh", "cost", "install_cost", "cost_per_kw", "cost_per_kwh",
    "om_per_year", "om_per_kw_year", "land_cost_per_year", "turned_away_cost_per_kwh", "credit_cap",
)  # fmt: skip


def moved(path, years):
    return later(plain(read_source(path).tree), read(path).instance, years)


def test_weeks_keep_their_weekday_and_lie_nearest(tmp_path):
    found = moved(variant(tmp_path, {"horizon.weeks": ["2027-01-18", "2027-12-27"], "horizon.start": "2027-01-01"}), 5)[
        "horizon"
    ]
    assert found["start"] == datetime.date(2032, 1, 1)
    assert found["weeks"] == [
        datetime.date(2032, 1, 19),
        datetime.date(2032, 12, 27),
    ]  # Mondays, at most three days away
    leap = moved(variant(tmp_path, {"horizon.start": "2028-02-29"}), 1)["horizon"]
    assert leap["start"] == datetime.date(2029, 2, 28)


def test_bills_upkeep_and_equipment_move_by_their_own_rates_beyond_inflation(tmp_path):
    path = variant(
        tmp_path,
        {**RATES, "catalogue.chargers[dc50].cost_change_per_year": -0.1, "horizon.start": datetime.date(2027, 1, 1)},
    )
    before, after = plain(read_source(path).tree), moved(path, 5)
    bills, upkeep = (1.05 / 1.02) ** 5, (1 / 1.02) ** 5
    name = next(iter(before["tariffs"]))
    for one, other in zip(before["tariffs"][name]["energy"], after["tariffs"][name]["energy"], strict=True):
        assert other["price_per_kwh"] == pytest.approx(bills * one["price_per_kwh"])
    chargers = {one["name"]: one for one in after["catalogue"]["chargers"]}
    was = {one.name: one for one in read(path).instance.catalogue.chargers}
    assert chargers["dc50"]["cost"] == pytest.approx(0.9**5 * was["dc50"].cost)
    assert chargers["dc50"]["install_cost"] == pytest.approx(0.9**5 * was["dc50"].install_cost)
    assert chargers["dc150"].get("cost", was["dc150"].cost) == was["dc150"].cost
    assert chargers["dc50"]["om_per_year"] == pytest.approx(upkeep * was["dc50"].om_per_year)
    assert after["sites"] == before["sites"]  # what drivers pay rises with inflation
    assert moved(path, 0)["tariffs"] == before["tariffs"]


def test_what_rises_with_inflation_alone_is_worth_the_same_at_the_real_rate(tmp_path):
    """Prices of 2032 in a plan that begins in 2032, discounted at the nominal rate, against prices of 2027 carried back at the real one."""
    quick = {"horizon.weeks": ["2027-07-19"], "horizon.operating_years": [1], "catalogue.battery": None,
             "horizon.start": "2027-01-01", "finance.inflation": 0.02}  # fmt: skip
    own = solved(variant(tmp_path, quick))
    finance, factor = own.read.instance.finance, 1.02**5
    said = plain(read_source(own.read.path).tree)
    dear = later(said, own.read.instance, 5)

    def raised(node, key=""):
        """Return a tree with every amount of money raised by five years of inflation."""
        if isinstance(node, dict):
            return {name: raised(value, name) for name, value in node.items()}
        if isinstance(node, list):
            return [raised(value, key) for value in node]
        return node * factor if key in MONEY and node is not None else node

    (tmp_path / "later").mkdir()
    nominal = solved(_written(tmp_path / "later" / "nominal.json", {**raised(dear), "horizon": dear["horizon"]}))
    real = solved(_written(tmp_path / "later" / "real.json", dear))
    worth = nominal.appraisal.portfolio.metrics.npv / (1 + finance.discount_rate) ** 5
    assert worth == pytest.approx(real.appraisal.portfolio.metrics.npv * carried_back(finance, 5), rel=1e-3, abs=50)


def _written(path, said):
    path.write_text(json.dumps(said, default=str))
    return path
