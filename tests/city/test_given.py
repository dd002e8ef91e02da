"""Hours that a city takes from files: a meteorological year, temperatures, yields; what is wrong with them is told with its line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from cityscape import MADRID
from support import ROOT

from evplan.assets.solar import read_weather
from evplan.city.given import NOTHING, Given, hourly, read_given
from evplan.city.read import read_study
from evplan.city.run import key_of, run_study
from evplan.city.simulate import simulate
from evplan.city.weather import hourly_weather
from evplan.errors import InputError, InstanceError
from evplan.instance.base import SeriesFile

TEXT = (ROOT / "instances" / "city.yaml").read_text()
TMY = "pvlib:723170TYA.CSV"


def city_file(tmp_path, place: str):
    head, tail = TEXT[: TEXT.index("  - use: berlin")], TEXT[TEXT.index("fleet:") :]
    path = tmp_path / "own.yaml"
    path.write_text(
        (head + place + tail).replace("years: 10", "years: 2").replace("dispatch: both", "dispatch: rule-based")
    )
    return path


GREENSBORO = f"""  - name: greensboro
    country: US
    latitude: 36.1
    longitude: -79.95
    timezone: America/New_York
    weather: {{file: "{TMY}"}}
    population: 300000
    vehicles_per_1000: 800
    electric_share: 0.02
    price_per_kwh: 0.12
"""


def test_a_meteorological_year_takes_the_place_of_months(tmp_path):
    found = read_study(city_file(tmp_path, GREENSBORO))
    run_study(found, tmp_path / "run", lambda *_: None)
    hours = pd.read_parquet(tmp_path / "run" / "greensboro" / "hourly.parquet")
    year = read_weather(TMY, tmp_path)
    assert hours["air_c"][:8760].to_numpy() == pytest.approx(year.air_c)
    # Greensboro: about 1,400 kWh a year from a kW of panels (NREL PVWatts, fixed tilt).
    yearly = pd.read_csv(tmp_path / "run" / "greensboro" / "yearly.csv")
    assert 1250 < yearly["solar_kwh"][0] / yearly["solar_kw"][0] < 1500
    said = json.loads((tmp_path / "run" / "greensboro" / "city.json").read_text())
    assert said["weather"]["temperature_c"][0] == pytest.approx(year.air_c[: 31 * 24].mean(), abs=1e-3)
    assert sum(said["weather"]["ghi_kwh_m2"]) == pytest.approx(year.ghi_w_m2.sum() / 1000, abs=0.01)


def test_series_of_temperature_and_yields_are_used_as_they_are(tmp_path):
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {"t": rng.uniform(-20, 35, 8760), "sun": rng.uniform(0, 1, 8760), "wind": rng.uniform(0, 1, 8760)}
    )
    table.to_csv(tmp_path / "hours.csv", index=False)
    own = "".join(
        f"    {name}: {{file: hours.csv, column: {column}}}\n"
        for name, column in (("air_c", "t"), ("solar_yield", "sun"), ("wind_yield", "wind"))
    )
    found = read_study(city_file(tmp_path, f"  - use: madrid\n{own}"))
    given = read_given(found.study.cities[0], tmp_path)
    city = simulate(found.study, found.study.cities[0], given)
    assert city.weather.air_c == pytest.approx(table["t"].to_numpy())
    assert city.solar[:, 1] == pytest.approx(table["sun"].to_numpy() * city.capacities.solar_kw[1])
    assert city.wind[:, 1] == pytest.approx(table["wind"].to_numpy() * city.capacities.wind_kw[1])
    made = hourly_weather(found.study.cities[0], 1)
    assert city.weather.ghi_w_m2 == pytest.approx(made.ghi_w_m2)  # known temperatures leave the sun as it was


def test_a_changed_file_makes_a_city_run_again(tmp_path):
    air = np.full(8760, 10.0)
    keys = {key_of(read_study(city_file(tmp_path, "  - use: madrid\n")).study, MADRID, given)
            for given in (NOTHING, Given(air_c=air), Given(air_c=air + 1), Given(wind_yield=air))}  # fmt: skip
    assert len(keys) == 4


def test_finer_rows_are_averaged_and_a_leap_day_is_left_out(tmp_path):
    days = np.repeat(np.arange(366.0), 48)
    pd.DataFrame({"x": days}).to_csv(tmp_path / "half.csv", index=False)
    series = SeriesFile(file="half.csv", column="x", step_minutes=30)
    found = hourly(series, tmp_path, (0.0, 400.0))
    assert found is not None and len(found) == 8760
    assert found[58 * 24] == 58.0 and found[59 * 24] == 60.0 and found[-1] == 365.0


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (GREENSBORO.replace(TMY, "pvlib:723170TY.CSV"), "pvlib ships no weather file '723170TY.CSV'; did you mean"),
        (GREENSBORO.replace(f'    weather: {{file: "{TMY}"}}\n', ""), "needs temperature_c, a year of weather, or air_c from a file"),
        ("  - use: madrid\n    air_c: {file: none.csv, column: t}\n", "air_c.file: no such file"),
        ("  - use: madrid\n    air_c: {file: short.csv, column: t}\n", r"air_c.file: must hold one year .* \(got 3\)"),
        ("  - use: madrid\n    wind_yield: {file: short.csv, column: t}\n", r"must hold numbers from 0 to 1.2; see row 2 \('-5'\)"),
        ("  - use: madrid\n    air_c: {file: short.csv, column: t, scale: 300}\n", r"from -90 to 60; see row 2 \('-5', times 300\)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path, place, told):
    (tmp_path / "short.csv").write_text("t\n-5\n0\n1\n")
    with pytest.raises(InstanceError, match=told):
        read_study(city_file(tmp_path, place))


def test_weather_of_another_time_zone_is_refused(tmp_path):
    found = read_study(city_file(tmp_path, GREENSBORO.replace("America/New_York", "America/Los_Angeles")))
    with pytest.raises(InputError, match="is of a place at UTC-5, America/Los_Angeles at UTC-8"):
        read_given(found.study.cities[0], tmp_path)
