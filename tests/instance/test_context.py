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
    # 1 % of 200,000 kWh a day in 2027, 25 kWh a session: 80 sessions; 200,000 to 450,000 in two years: 50 % a year.
    found = read(variant(tmp_path, changes(tmp_path)))
    demand = found.instance.sites[0].demand
    assert (
        demand.sessions_per_day == pytest.approx(80.0)
        and demand.energy_kwh.mean == 25.0
        and demand.energy_kwh.sd == 12.5
    )
    assert demand.growth_per_year == pytest.approx(0.5)
    assert found.instance.catalogue.vehicle.mean_age_years == 3.0
    rows = {one.path: one for one in register(found)}
    assert rows["sites[gate-city].demand.sessions_per_day"].source == "city run"
    assert rows["sites[gate-city].demand.sessions_per_day"].place == "city.json"
    assert rows["sites[rock-creek].demand.sessions_per_day"].source == "instance file"


def test_what_the_site_says_itself_wins(tmp_path):
    said = changes(tmp_path)
    said["sites[gate-city].demand"] |= {"energy_kwh": {"mean": 40.0, "sd": 10.0}, "growth_per_year": 0.1}
    said["catalogue.vehicle"] = {"mean_age_years": 6.0}
    found = read(variant(tmp_path, said)).instance
    assert (
        found.sites[0].demand.sessions_per_day == pytest.approx(50.0) and found.sites[0].demand.growth_per_year == 0.1
    )
    assert found.catalogue.vehicle.mean_age_years == 6.0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"context": None}, "needs context.file"),
        ({"context": {"file": "nowhere.json"}}, "context.file: cannot be read"),
        ({"horizon.start": "2035-01-01"}, "knows 2026 to 2029; the plan begins in 2035"),
        ({"sites[gate-city].demand.sessions_per_day": 5}, "cannot stand beside context_share"),
    ],
)
def test_slips_are_told(tmp_path, more, told):
    with pytest.raises(InstanceError, match=told):
        read(variant(tmp_path, changes(tmp_path, **more)))


def test_a_file_that_is_no_context_is_told(tmp_path):
    with pytest.raises(InstanceError, match=r"it is no city\.json"):
        read(variant(tmp_path, changes(tmp_path, said={"kind": "plan"})))
