"""A city from its months to its money: weather that keeps its means, cohorts, ageing, cost by hand, runs that go on."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest
from cityscape import CAR, MADRID, study_of
from ruamel.yaml import YAML
from support import ROOT

from evplan.city.ageing import aged, wear
from evplan.city.context import context
from evplan.city.demand import parts_by_day, spread, waiting
from evplan.city.least_cost import least_cost
from evplan.city.money import money
from evplan.city.prices import prices_of
from evplan.city.read import TEMPLATE, json_schema, read_study, shipped_cities
from evplan.city.renewables import solar_yield, wind_yield
from evplan.city.results import CityResult, city_summary
from evplan.city.run import dispatched, run_study
from evplan.city.simulate import cycles_given, simulate
from evplan.city.stock import cohorts, electric_share, survival
from evplan.city.study import Adoption, Charging, Fleet, Place
from evplan.city.weather import MONTH_DAYS, hourly_weather, month_means
from evplan.cli import app
from evplan.errors import InputError, InstanceError
from evplan.instance.profiles import arrival_profile

FILE = ROOT / "instances" / "city.yaml"


@pytest.mark.parametrize("name", ["madrid", "sydney", "toronto", "singapore"])
def test_weather_has_the_months_it_was_made_of(name):
    place = Place.model_validate(shipped_cities()[name])
    weather = hourly_weather(place, 1)
    assert month_means(weather.air_c) == pytest.approx(place.temperature_c, abs=1e-9)
    assert month_means(weather.ghi_w_m2) * 24 * MONTH_DAYS / 1000 == pytest.approx(place.ghi_kwh_m2, rel=1e-9)
    assert weather.wind_m_s.mean() == pytest.approx(place.wind_m_s) and weather.wind_m_s.min() >= 0
    assert (weather.ghi_w_m2 >= 0).all() and (weather.dni_w_m2 < 1200).all()
    warmest = weather.air_c.reshape(-1, 24).mean(axis=0).argmax()
    assert 13 <= warmest <= 16
    again = hourly_weather(place, 1)
    assert (again.air_c == weather.air_c).all() and (hourly_weather(place, 2).air_c != weather.air_c).any()


def test_yields_are_those_of_real_machines():
    # Phoenix 1,600 to 1,900 kWh/kW and Berlin 850 to 1,050 (NREL PVWatts, Fraunhofer ISE); no turbine gives more than its rating.
    for name, low, high in (("phoenix", 1600, 1900), ("berlin", 850, 1100)):
        given = solar_yield(hourly_weather(Place.model_validate(shipped_cities()[name]), 1))
        assert low < given.sum() < high and given.max() <= 1.0
    hub = 10.0 ** (1 / 7)
    assert wind_yield(np.array([2.0, 12.0, 26.0]) / hub).tolist() == [0.0, pytest.approx(0.9), 0.0]


def test_adoption_goes_through_its_first_year_and_its_middle():
    curve, years = Adoption(cap=0.8, midpoint_year=2034), np.array([2020, 2026, 2034, 2080])
    found = electric_share(curve, 0.05, 2026, years)
    assert found[1:] == pytest.approx([0.05, 0.4, 0.8], abs=1e-3) and 0 < found[0] < 0.05
    grown = electric_share(Adoption(growth_per_year=0.5), 0.3, 2026, np.array([2027, 2040]))
    assert grown == pytest.approx([0.45, 0.95])


def test_cohorts_fill_the_stock_and_thin_out_with_age():
    stock = cohorts(MADRID, Adoption(midpoint_year=2034), 1.0, 12.0, 2026, 8)
    share = electric_share(Adoption(midpoint_year=2034), 0.05, 2026, np.arange(2026, 2034))
    assert stock.sum(axis=1) == pytest.approx(1e5 * 0.45 * share)
    kept = survival(12.0)[1:] / survival(12.0)[:-1]
    assert stock[1:, 1:] == pytest.approx(stock[:-1, :-1] * kept)
    assert survival(12.0).sum() == pytest.approx(12.5, abs=0.1)  # mean life, and half a year of the first


def peak_at_home(health: float) -> float:
    """Return the highest hour of a week of charging at home, over its mean, worked out by the minute."""
    said = arrival_profile("home")
    hours = np.concatenate([np.array(said.weekday)] * 5 + [0.85 * np.array(said.weekend)] * 2)
    minutes, takes = np.repeat(hours, 60) / 60, round(60 * health * 30 / 0.9 / 7.4)
    ring = np.concatenate([minutes[-takes:], minutes])
    power = np.convolve(ring, np.ones(takes) / takes)[takes : takes + len(minutes)]
    by_hour = power.reshape(-1, 60).sum(axis=1)
    return float(by_hour.max() / by_hour.mean())


def test_health_of_seventy_per_cent_raises_energy_peak_and_cost(study, city):
    # Resistance 1.6 (twice the capacity lost), 5 % internal loss: 3 % more energy per km; capacity 0.7: 1.03 / 0.7 of the sessions.
    new, old = (aged(CAR, study.fleet, city.weather.air_c, held_at=health) for health in (1.0, 0.7))
    assert old.kwh_per_km / new.kwh_per_km == pytest.approx(1.03)
    assert old.sessions / new.sessions == pytest.approx(1.03 / 0.7)
    from evplan.city import simulate as module

    ample = {
        "solar_kw": ((2026, 0),),
        "wind_kw": ((2026, 0),),
        "storage_kwh": ((2026, 0),),
        "import_kw": ((2026, 400),),
    }
    study = study_of(charging=Charging(home=1.0, workplace=0.0, public=0.0, fast=0.0), supply=ample)

    def at(health):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                module, "aged", lambda own, fleet, air, fast, more_cycles: aged(own, fleet, air, fast, held_at=health)
            )
            found = simulate(study, MADRID)
        return found, money(study, found, found.by_rules)

    (fresh, cheap), (worn, dear) = at(1.0), at(0.7)
    assert worn.wanted.demand.sum() / fresh.wanted.demand.sum() == pytest.approx(1.03)
    # 3 % more energy, in charges of 0.7 the length (30 kWh / 0.9 at 7.4 kW take 4.5 h): the highest hour is counted minute by minute.
    assert worn.wanted.peak_kw[-1] / fresh.wanted.peak_kw[-1] == pytest.approx(
        1.03 * peak_at_home(0.7) / peak_at_home(1.0), rel=0.003
    )
    # The grid alone, at one price: 3 % more energy costs 3 % more, and charge points as much more as the peak is higher.
    assert dear.flow.energy / cheap.flow.energy == pytest.approx(1.03)
    assert dear.flow.capex.sum() / cheap.flow.capex.sum() == pytest.approx(
        worn.wanted.peak_kw[-1] / fresh.wanted.peak_kw[-1]
    )
    assert worn.wanted.usable_kwh == pytest.approx(0.7 * fresh.wanted.usable_kwh)


def test_the_learned_model_is_what_ages_the_fleet(study, city):
    # Of an older fleet less is left; a hot climate takes more than a cool one.
    own = aged(CAR, study.fleet, city.weather.air_c)
    assert (np.diff(own.health[:25]) < 0).all() and 0.7 < own.health[10] < 0.95
    hot = aged(CAR, study.fleet, city.weather.air_c + 15)
    assert (hot.health[1:20] < own.health[1:20]).all()
    assert city.wanted.health[0] < 1.0


def test_charging_moves_and_keeps_its_energy():
    plugged = np.zeros(8760)
    plugged[18] = 10.0
    late = waiting(plugged, 2.0, 10, np.where(np.arange(8760) % 24 < 6, 0.0, 1.0))
    assert late[24:26].tolist() == [5.0, 5.0] and late.sum() == pytest.approx(10.0)
    soon = spread(plugged, 1.0)
    assert soon[18:20] == pytest.approx([5.0, 5.0], abs=0.05) and soon.sum() == pytest.approx(10.0)


def test_nobody_charges_at_work_at_weekends_and_the_day_keeps_its_energy(study, city):
    # Of workplace chargers no weekend use is measured (weekend factor 0): the other places take its part of those days.
    parts = parts_by_day(Charging(), 3)  # 1 January 2026 is a Thursday
    weekend = (np.arange(365) + 3) % 7 >= 5
    assert (parts["workplace"][weekend] == 0).all() and parts["workplace"][~weekend] == pytest.approx(0.2)
    assert sum(parts.values()) == pytest.approx(1.0)
    assert sum(city.wanted.by_place.values()) == pytest.approx(city.wanted.demand.sum(axis=0))
    said = context(study, CityResult(city, {"rule-based": (city.by_rules, money(study, city, city.by_rules))}, {}))
    public, fast = (city.wanted.by_place[place] / 365 * 0.9 for place in ("public", "fast"))
    assert said["urban_kwh_per_day"] == pytest.approx((public + 0.7 * fast).tolist())
    assert said["rural_kwh_per_day"] == pytest.approx((0.3 * fast).tolist())


@pytest.mark.parametrize("strategy", ["night", "price-following", "solar-following", "v2g"])
def test_strategies_move_energy_and_make_none(strategy, study, city):
    moved = simulate(study_of(charging=Charging(strategy=strategy)), MADRID)
    assert moved.wanted.demand.sum(axis=0) == pytest.approx(city.wanted.demand.sum(axis=0), rel=1e-9)
    if strategy in ("solar-following", "v2g"):
        assert moved.by_rules.imported.sum() < city.by_rules.imported.sum()


def test_vehicles_that_give_back_are_paid_for_their_cells_and_do_less_where_cells_are_dear():
    def with_cells(cost):
        car = CAR.model_copy(update={"battery_cost_per_kwh": cost})
        study = study_of(
            charging=Charging(strategy="v2g", v2g_share=0.5), fleet=Fleet(classes=(car,), adoption=Adoption(midpoint_year=2034)),
            prices={"by_hour": [0.5] * 8 + [1.0] * 9 + [1.6] * 7},
        )  # fmt: skip
        city = simulate(study, MADRID)
        return study, city, least_cost(city.by_rules, prices_of(study, city))

    study, city, cheap = with_cells(115.0)
    # By hand, as for the vehicles of a plan: what as many cycles again as are driven take more over a life of 15 years, of batteries
    # that are worth nothing at 70 %; of each kWh out of storage the vehicles' part.
    own = wear(CAR, study.fleet, city.weather.air_c, 0.07)
    cycles, q = own.duty.cycles_per_year, own.fade.cycle_exponent
    extra = own.fade.cycle_rate * ((2 * cycles * 15) ** q - (cycles * 15) ** q)
    by_hand = 115.0 / 0.3 * extra / (cycles * 15)
    lent = 0.6 * 0.5 * city.wanted.usable_kwh
    assert city.wear_per_kwh == pytest.approx(by_hand * lent / (lent + city.capacities.storage_kwh))
    # What the reported dispatch takes out of vehicles ages them: least cost gives back by price, and less is left.
    plain = dispatched(study_of(charging=Charging(strategy="price-following")), MADRID)
    both = study.model_copy(update={"dispatch": "both"})
    given = dispatched(both, MADRID)
    assert next(iter(given.dispatch)) == "least-cost" and cycles_given(given.city, given.balance) > 1.0
    assert (given.city.wanted.health < plain.city.wanted.health - 1e-3).all()
    found = money(study, city, cheap)
    assert (
        found.flow.wear == pytest.approx(city.wear_per_kwh * cheap.discharge.sum(axis=0)) and found.flow.wear.min() > 0
    )
    assert found.grid_alone.wear.tolist() == [0.0] * 3
    dear = with_cells(1000.0)[2]
    assert dear.discharge.sum() < 0.9 * cheap.discharge.sum()


def one_city(tmp_path, name="one.yaml", **more):
    text = FILE.read_text().replace("years: 10", "years: 2").replace("dispatch: both", "dispatch: rule-based")
    keep = text.index("  - use: berlin")
    end = text.index("fleet:")
    path = tmp_path / name
    path.write_text(text[:keep] + "  - use: madrid\n  - use: delhi\n" + text[end:])
    return path


def test_a_run_that_was_cut_short_goes_on_and_ends_with_the_same_bytes(tmp_path):
    found = read_study(one_city(tmp_path))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run_study(found, whole, lambda *_: None)
    run_study(
        read_study(one_city(tmp_path), ("madrid",)), broken, lambda *_: None
    )  # as if delhi had never been reached
    (broken / "delhi").mkdir()
    (broken / "delhi" / "yearly.csv").write_text("half a line")
    again = run_study(found, broken, lambda *_: None)
    assert again.again == 1
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(broken) for path in broken.rglob("*") if path.is_file())
    for file in files:
        assert (whole / file).read_bytes() == (broken / file).read_bytes(), file


def test_the_share_of_renewables_is_what_the_grid_did_not_give(study, city):
    own = money(study, city, city.by_rules)
    said = city_summary(study, CityResult(city, {"rule-based": (city.by_rules, own)}, {}))
    imported, served = city.by_rules.imported.sum(), city.by_rules.served.sum()
    assert said["renewable_share"] == pytest.approx(1 - imported / served) and 0 < said["renewable_share"] < 1


def test_the_tables_add_up(tmp_path):
    folder = tmp_path / "run"
    run_study(read_study(one_city(tmp_path), ("madrid",)), folder, lambda *_: None)
    hourly, yearly = (
        pd.read_parquet(folder / "madrid" / "hourly.parquet"),
        pd.read_csv(folder / "madrid" / "yearly.csv"),
    )
    assert len(hourly) == 2 * 8760 and yearly["year"].tolist() == [2026, 2027]
    sums = hourly.groupby("year").sum()
    for name in ("demand", "solar", "wind", "import", "export", "curtailed", "served", "unmet"):
        assert sums[f"{name}_kwh"].tolist() == pytest.approx(yearly[f"{name}_kwh"].tolist())
    flows = hourly["solar_kwh"] + hourly["wind_kwh"] + hourly["import_kwh"] + hourly["discharge_kwh"]
    gone = hourly["served_kwh"] + hourly["charge_kwh"] + hourly["export_kwh"] + hourly["curtailed_kwh"]
    np.testing.assert_allclose(flows, gone, rtol=1e-9, atol=1e-6)


def test_from_the_command_line(tmp_path, capsys):
    command = [
        "city",
        str(one_city(tmp_path)),
        "--city",
        "madrid",
        "--against",
        "berlin",
        "--output",
        str(tmp_path / "pair"),
    ]
    assert app(command, result_action="return_value") == 0
    page = (tmp_path / "pair" / "report.html").read_text()
    assert "madrid and berlin" in page and "<title>madrid 2026: " in page
    assert "every hour checked" in capsys.readouterr().out


def test_the_shipped_study_is_the_example():
    lines = [line for line in FILE.read_text().splitlines() if "yaml-language-server" not in line]
    assert TEMPLATE.read_text().splitlines() == lines


def test_without_a_file_the_shipped_study_is_run_of_a_city_that_is_named_or_asked_for(monkeypatch):
    from evplan.commands import city as command

    with pytest.raises(InputError, match="name a file, or a city"):
        command.city()
    answers = iter(["atlantis", "Madrid", "madrid", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert command.asked() == ("madrid",)
    assert [place.name for place in read_study(TEMPLATE, ("madrid", "london")).study.cities] == ["madrid", "london"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("use: madrid", "use: madrit"), "there is no 'madrit' in data/cities; did you mean 'madrid'"),
        (("share: 0.90", "share: 0.80"), "the shares of all classes must sum to 1"),
        (("midpoint_year: 2036", "midpoint_yaer: 2036"), "did you mean 'midpoint_year'"),
        (("solar_per_kw: 1772", "solar_per_kw: -1"), "must be at least 0"),
        (("use: delhi", "use: delhi\n    timezone: Asia/Dehli"), "is not an IANA time zone"),
        (("use: delhi", "use: madrid"), "another city is already called 'madrid'"),
    ],
)
def test_a_slip_in_the_file_is_told_with_its_line(tmp_path, change, told):
    path = one_city(tmp_path)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(InstanceError, match=told):
        read_study(path)


def test_the_committed_schema_fits_the_shipped_file():
    said = json.loads(json_schema())
    assert (ROOT / "instances" / "city-schema.json").read_text(encoding="utf-8") == json_schema(), (
        "run: evplan schema --kind city"
    )
    jsonschema.validate(YAML(typ="safe", pure=True).load(FILE.read_text()), said)


def test_check_says_what_the_file_holds(capsys):
    assert app(["check", str(FILE)], result_action="return_value") in (0, None)
    assert "sound. Cities: 8 (berlin, delhi" in capsys.readouterr().out


def test_a_city_that_nobody_knows_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no city 'atlantis'"):
        read_study(one_city(tmp_path), ("atlantis",))
