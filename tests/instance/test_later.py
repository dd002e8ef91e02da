"""A plan that begins some years later: the same weekdays, and prices of the first year's money, by hand."""

from __future__ import annotations

import datetime
import json

import pytest
from support import solved, variant

from evplan.instance.later import carried_back, later, seen
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


def test_tariffs_named_by_use_and_all_their_prices_move(tmp_path):
    """Every price of a tariff with all there is, and one of the shipped ones."""
    said = {
        "fixed_per_month": 20.0, "minimum_per_month": 5.0,
        "energy": [{"tiers": [{"up_to_kwh": 100.0, "price_per_kwh": 0.2}, {"price_per_kwh": 0.3}]}],
        "demand": [{"price_per_kw_month": 8.0}], "contract": {"price_per_kva_month": 2.0, "excess_price_per_kva_month": 4.0},
        "export": [{"price_per_kwh": 0.05}],
    }  # fmt: skip
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    path = variant(
        tmp_path,
        {
            **RATES,
            f"tariffs.{name}": said,
            "tariffs.shipped": {"use": "pge-bev-2-s/pge-bev-2-s"},
            "horizon.start": "2027-01-01",
        },
    )
    before, factor = read(path).instance.tariffs, (1.05 / 1.02) ** 5
    after = moved(path, 5)
    (tmp_path / "later.yaml").write_text(json.dumps(after, default=str))
    found = read(tmp_path / "later.yaml").instance.tariffs
    one = found[name]
    assert [one.fixed_per_month, one.minimum_per_month, one.demand[0].price_per_kw_month] == pytest.approx(
        [factor * x for x in (20, 5, 8)]
    )
    assert [tier.price_per_kwh for tier in one.energy[0].tiers] == pytest.approx([0.2 * factor, 0.3 * factor])
    assert one.energy[0].tiers[0].up_to_kwh == 100.0
    assert [one.contract.price_per_kva_month, one.contract.excess_price_per_kva_month] == pytest.approx(
        [2 * factor, 4 * factor]
    )
    assert one.export[0].price_per_kwh == pytest.approx(0.05 * factor)
    for was, now in zip(before["shipped"].energy, found["shipped"].energy, strict=True):
        assert now.price_per_kwh == pytest.approx(factor * was.price_per_kwh)


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


def test_years_in_which_demand_changes_are_modelled_and_no_more_than_a_plan_may():
    assert seen({"years": 12}, (1, 8), (1.0, 1.0, 2.0, 2.0, 5.0))["operating_years"] == [1, 5, 8]
    assert seen({"years": 12}, (1,), (1.0, 3.0, 3.0, 0.5))["operating_years"] == [1, 2, 4]  # it turns
    assert seen({"years": 3}, (1,), (1.0, 1.0, 1.0, 9.0))["operating_years"] == [1]
    assert seen({"years": 20}, tuple(range(1, 13)), (1.0,) * 13 + (2.0,))["operating_years"] == [1, 14]
