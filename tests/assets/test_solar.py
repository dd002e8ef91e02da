"""Solar yield against published figures for Greensboro."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evplan.assets.solar import read_weather, yield_per_kw
from evplan.errors import InputError

GREENSBORO = "pvlib:723170TYA.CSV"


@pytest.fixture(scope="module")
def weather():
    return read_weather(GREENSBORO, Path())


def test_yield_lies_where_published_maps_put_north_carolina(weather):
    # NREL's PVWatts gives about 1,350 to 1,500 kWh per kW and year for a fixed array in central North Carolina.
    assert 1300 < yield_per_kw(weather, None, 180.0, 0.14).sum() < 1550


def test_no_sun_at_night_and_never_more_than_the_rating(weather):
    power = yield_per_kw(weather, None, 180.0, 0.14)
    hour = np.arange(8760) % 24
    assert power[(hour < 4) | (hour > 21)].max() == 0.0
    assert power.max() <= 1.0


def test_losses_cost_their_share(weather):
    less, none = yield_per_kw(weather, None, 180.0, 0.5).sum(), yield_per_kw(weather, None, 180.0, 0.0).sum()
    assert less < 0.52 * none


def test_facing_south_beats_facing_north(weather):
    assert yield_per_kw(weather, 30.0, 180.0, 0.14).sum() > 1.3 * yield_per_kw(weather, 30.0, 0.0, 0.14).sum()


def test_a_warmer_climate_warms_the_air_and_lowers_the_yield(weather):
    hot = read_weather(GREENSBORO, Path(), 15.0)
    assert hot.air_c.mean() == pytest.approx(weather.air_c.mean() + 15.0)
    assert yield_per_kw(hot, None, 180.0, 0.14).sum() < yield_per_kw(weather, None, 180.0, 0.14).sum()


def test_a_file_that_is_not_weather_is_refused(tmp_path):
    (tmp_path / "weather.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"weather\.csv"):
        read_weather("weather.csv", tmp_path)
