"""A city's run fills in a site: sessions, energy, growth by hand; what the site says itself wins; slips are told."""

from __future__ import annotations

import json

import pytest
from support import tree, variant

from evplan.errors import InstanceError
from evplan.instance.read import read
from evplan.instance.register import register

CITY = {
    "kind": "city-context", "format": 1, "city": "madrid", "years": [2026, 2027, 2028, 2029], "urban_kwh_per_day": [1e5, 2e5, 3e5, 4.5e5],
    "rural_kwh_per_day": [1e4, 1e4, 1e4, 1e4], "kwh_per_session": [30.0, 25.0, 25.0, 25.0], "mean_age_years": [2.0, 3.0, 3.5, 4.0],
    "grid_kg_per_kwh": 0.15,
}  # fmt: skip
OWN = ("sessions_per_day", "energy_kwh", "growth_per_year")


def changes(tmp_path, said=CITY, **more):
    (tmp_path / "city.json").write_text(json.dumps(said))
    demand = {name: value for name, value in tree()["sites"][0]["demand"].items() if name not in OWN}
    return {
        "context": {"file": "city.json"},
        "sites[gate-city].demand": demand | {"context_share": 0.01},
        "horizon.start": "2027-01-01",
    } | more


def test_a_share_of_the_city_becomes_sessions_energy_and_growth(tmp_path):
    # 1 % of 200,000 kWh a day in 2027, 25 kWh a session: 80 sessions; then 300,000 and 450,000 kWh.
    found = read(variant(tmp_path, changes(tmp_path, **{"horizon.years": 3, "horizon.operating_years": [1, 3]})))
    assert not any("city run ends" in note for note in found.notes)
    demand = found.instance.sites[0].demand
    assert (
        demand.sessions_per_day == pytest.approx(80.0)
        and demand.energy_kwh.mean == 25.0
        and demand.energy_kwh.sd == 12.5
    )
    assert demand.by_year == (1.0, 1.5, 2.25) and demand.growth_per_year == 0.0
    assert found.instance.catalogue.vehicle.mean_age_years == 3.0
    rows = {one.path: one for one in register(found)}
    assert rows["sites[gate-city].demand.sessions_per_day"].source == "city run"
    assert rows["sites[gate-city].demand.sessions_per_day"].place == "city.json"
    assert rows["sites[rock-creek].demand.sessions_per_day"].source == "instance file"


def test_a_plan_that_outlives_the_city_run_stays_at_what_it_knows_and_says_so(tmp_path):
    # 15 years from 2027 on, the city known to 2029: 450,000 kWh of 200,000 are reached then, and not passed.
    found = read(variant(tmp_path, changes(tmp_path, **{"horizon.years": 15})))
    assert [found.instance.sites[0].demand.level(year) for year in (1, 2, 3, 15)] == [1.0, 1.5, 2.25, 2.25]
    assert any("the city run ends in 2029 and the plan in 2041" in note for note in found.notes)


def test_a_plan_without_tariffs_buys_at_the_price_of_the_city(tmp_path):
    path = variant(tmp_path, changes(tmp_path, said=CITY | {"price_per_kwh": [0.2, 0.21, 0.22, 0.23]}))
    said = json.loads(path.read_text())
    del said["tariffs"]
    priced = json.loads((tmp_path / "city.json").read_text())
    said.pop("scenarios", None)
    for site in said["sites"]:
        del site["tariff"]
    path.write_text(json.dumps(said))
    found = read(path)
    assert found.instance.tariffs["city"].energy[0].price_per_kwh == 0.21
    rows = {one.path: one for one in register(found)}
    assert rows["tariffs.city.energy[0].price_per_kwh"].source == "city run"
    (tmp_path / "city.json").write_text(json.dumps(priced | {"currency": "INR"}))
    with pytest.raises(InstanceError, match="has prices in INR, the plan is in USD"):
        read(path)
    (tmp_path / "city.json").unlink()
    with pytest.raises(InstanceError, match="no such file") as told:
        read(path)
    assert str(told.value).count("variant.yaml:1") == 1  # one fault, none that follow from it


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"years": []}, "years must follow one another"),
        ({"years": [2026, 2028, 2029, 2030]}, "years must follow one another"),
        ({"urban_kwh_per_day": [1.0]}, "urban_kwh_per_day must have a figure for each"),
        ({"urban_kwh_per_day": [1e5, -1, 1, 1]}, "urban_kwh_per_day.1: Input should be greater than or equal to 0"),
        ({"kwh_per_session": None}, "kwh_per_session: Input should be a valid"),
        ({"format": 2}, "format: Input should be 1"),
        ({"price_per_kwh": [0.2]}, "price_per_kwh must have a figure for each"),
        (
            {"kwh_per_session": [0.0] * 4, "urban_kwh_per_day": [0.0] * 4},
            "madrid has no charging in 2027 to take a share of",
        ),
    ],
)
def test_a_damaged_context_is_told(tmp_path, change, told):
    with pytest.raises(InstanceError, match=told):
        read(variant(tmp_path, changes(tmp_path, said=CITY | change)))


def test_what_the_site_says_itself_wins(tmp_path):
    said = changes(tmp_path)
    said["sites[gate-city].demand"] |= {"energy_kwh": {"mean": 40.0, "sd": 10.0}, "growth_per_year": 0.1}
    said["catalogue.vehicle"] = {"mean_age_years": 6.0}
    found = read(variant(tmp_path, said)).instance
    assert found.sites[0].demand.sessions_per_day == pytest.approx(50.0) and found.sites[0].demand.level(
        3
    ) == pytest.approx(1.21)
    assert found.catalogue.vehicle.mean_age_years == 6.0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"context": None}, "needs context.file"),
        ({"context": {"file": "nowhere.json"}}, "context.file: no such file"),
        ({"horizon.start": "2035-01-01"}, "knows 2026 to 2029; the plan begins in 2035"),
        ({"sites[gate-city].demand.sessions_per_day": 5}, "cannot stand beside context_share"),
    ],
)
def test_slips_are_told(tmp_path, more, told):
    with pytest.raises(InstanceError, match=told):
        read(variant(tmp_path, changes(tmp_path, **more)))


def test_a_file_that_is_no_context_is_told(tmp_path):
    with pytest.raises(InstanceError, match=r"is no city\.json"):
        read(variant(tmp_path, changes(tmp_path, said={"kind": "plan"})))
