"""Prices of plans that begin later: the claim takes what `later` writes, of every kind of base, and nothing else."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
from support import variant

from evplan.instance.later import later
from evplan.instance.read import read
from evplan.instance.source import plain, read_source
from evplan.region.priced import as_priced

YEARS = [2027, 2028, 2029, 2030]
CITY = {
    "kind": "city-context", "format": 1, "city": "own", "years": YEARS, "urban_kwh_per_day": [1e5] * 4, "rural_kwh_per_day": [1e4] * 4,
    "kwh_per_session": [25.0] * 4, "mean_age_years": [2.0] * 4, "grid_kg_per_kwh": 0.1, "price_per_kwh": [0.2, 0.21, 0.22, 0.23],
}  # fmt: skip
RATES = {"finance.electricity_escalation": 0.05, "finance.om_escalation": 0.0, "horizon.start": "2027-01-01"}
ROW = {"run": "out", "opens": 2029, "setting": "urban", "state": "pays by itself"}


def claimed(folder, path, bend=lambda said: None, city=None):
    """Return whether the claim holds of a plan that begins two years after its base. city : folder of the region's city."""
    base = read(path)
    said = json.loads(json.dumps(later(plain(read_source(path).tree), base.instance, 2), default=str))
    bend(said)
    (folder / "out").mkdir(exist_ok=True)
    for one in folder.glob("*.*sv"), folder.glob("city.json"):
        for file in one:
            shutil.copy(file, folder / "out")
    (folder / "out" / "plan.yaml").write_text(json.dumps(said))
    return as_priced(SimpleNamespace(base=base, city_folder=lambda folder: city), ROW, folder)


def lines(said):
    return said["tariffs"][next(iter(said["tariffs"]))]


def test_what_is_written_is_claimed_and_what_is_not_is_refused(tmp_path):
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    whole = {
        f"tariffs.{name}": {
            "energy": [{"tiers": [{"up_to_kwh": 100.0, "price_per_kwh": 0.2}, {"price_per_kwh": 0.3}]}],
            "demand": [{"tiers": [{"up_to_kw": 50.0, "price_per_kw_month": 4.0}, {"price_per_kw_month": 8.0}]}],
            "contract": {"price_per_kva_month": 2.0, "power_factor": 0.9}, "export_per_kwh": 0.04, "minimum_per_month": 5.0,
        },
        "tariffs.shipped": {"use": "pge-bev-2-s/pge-bev-2-s"}, "catalogue.chargers[dc50].cost_change_per_year": -0.05,
    }  # fmt: skip
    path = variant(tmp_path, {**RATES, **whole})
    assert claimed(tmp_path, path)
    for bend in (
        lambda said: lines(said)["energy"][0]["tiers"][1].update(price_per_kwh=0.3),  # not risen
        lambda said: lines(said)["energy"][0]["tiers"][0].update(up_to_kwh=110.25),  # risen, and no price
        lambda said: lines(said)["contract"].update(price_per_kva_month=2.0),
        lambda said: lines(said).update(export_per_kwh=0.05),
        lambda said: said["tariffs"].pop("shipped"),
        lambda said: said["sites"][0].update(tariff="shipped"),
        lambda said: lines(said)["energy"][0].update(start="02:00"),
        lambda said: said["sites"][0]["connection"].update(existing_kw=1.0),
        lambda said: said["sites"][0].update(land_cost_per_year=7.0),
        lambda said: said["catalogue"]["chargers"].pop(),
        lambda said: said["catalogue"].update(battery=None),
        lambda said: said["finance"].update(inflation=0.03),
    ):
        assert not claimed(tmp_path, path, bend)


def test_a_series_of_prices_rises_by_its_scale(tmp_path):
    (tmp_path / "price.csv").write_text("\n".join(["p", *["0.2"] * 8760]))
    name = next(iter(plain(read_source(variant(tmp_path)).tree)["tariffs"]))
    path = variant(tmp_path, {**RATES, f"tariffs.{name}": {"energy_series": {"file": "price.csv", "column": "p"}}})
    assert claimed(tmp_path, path)
    assert not claimed(tmp_path, path, lambda said: lines(said)["energy_series"].update(scale=1.0))


@pytest.mark.parametrize("battery", [True, False])
def test_a_base_that_buys_at_its_citys_prices_has_those_of_the_later_year(tmp_path, battery):
    (tmp_path / "city.json").write_text(json.dumps(CITY))
    path = variant(
        tmp_path,
        {**RATES, "context": {"file": "city.json"}, **({} if battery else {"catalogue.battery": None})},
    )
    said = json.loads(path.read_text())
    del said["tariffs"]
    for site in said["sites"]:
        site.pop("tariff")
    path.write_text(json.dumps(said))
    assert claimed(tmp_path, path)
    own = read(tmp_path / "out" / "plan.yaml").instance
    assert [line.price_per_kwh for tariff in own.tariffs.values() for line in tariff.energy] == [0.22]
    assert not claimed(tmp_path, path, lambda said: said["catalogue"]["chargers"][0].update(cost=1.0))
    assert not claimed(tmp_path, path, lambda said: said["horizon"].update(start="2028-01-01"))  # at 0.21
    cheap = {"city": {"energy": [{"price_per_kwh": 0.01}]}}
    assert not claimed(tmp_path, path, lambda said: said.update(tariffs=cheap))
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "city.json").write_text(json.dumps(CITY | {"price_per_kwh": [0.3, 0.3, 0.3, 0.01]}))
    assert not claimed(tmp_path, path, city=tmp_path / "there")
