"""One vehicle in plain words: the city's own ageing, an interval that measurements narrow, drivers, and tables of vehicles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evplan.city.ageing import aged
from evplan.city.prediction import AGES, drivers, ends, predict
from evplan.city.vehicles import predict_vehicles, read_vehicles
from evplan.city.words import air_of, described, features
from evplan.cli import app
from evplan.errors import InputError

WORDS = {"climate": "hot", "usage": "heavy", "traffic": "jammed", "age": "4", "charging": "fast", "chemistry": "lfp"}
STEPS = 0.004  # of health: cycles counted by quarters of a year against whole years


def run(*words: str) -> int:
    return app(["predict", *words], result_action="return_value") or 0


def test_a_vehicle_ages_as_the_fleet_of_a_city_does():
    said = described({**WORDS, "age": "new"})
    fleet = aged(said.vehicle, said.fleet, air_of(said.place), said.fast)
    own = predict(said).ahead(np.arange(20) + 0.5)[:, 0]
    assert own == pytest.approx(fleet.health[:20], abs=STEPS)
    assert predict(said).fast_kw(np.arange(20) + 0.5) == pytest.approx(fleet.fast_kw[:20], rel=0.01)


def test_without_a_measurement_the_interval_is_that_of_the_model():
    found = predict(described({**WORDS, "age": "0"}))
    assert np.log(found.factors) == pytest.approx([0.0, found.model.log_interval, -found.model.log_interval])
    middle, fast, slow = found.ahead(np.array([8.0]))[0]
    assert fast < middle < slow < 1.0


def test_a_measurement_draws_the_forecast_to_it_and_narrows_it():
    # 96 % shown where the model says less: it goes on from there, more slowly than the model's middle battery, and surer.
    blind, seen = predict(described(WORDS)), predict(described({**WORDS, "health_today": "0.96"}))
    assert seen.ahead(np.zeros(1))[0] == pytest.approx([0.96] * 3)
    model_says, then = blind.ahead(np.array([0.0, 6.0])), seen.ahead(np.array([0.0, 6.0]))
    assert model_says[0, 0] - model_says[1, 0] > then[0, 0] - then[1, 0] > 0
    assert then[1, 2] - then[1, 1] < model_says[1, 2] - model_says[1, 1]
    assert then[1, 1] < then[1, 0] < then[1, 2]
    # By Bayes' rule, by hand on a fine line: ln f normal, the reading normal about health(f).
    f = np.exp(np.linspace(-1.2, 1.2, 2001))
    health = blind.wear.times(f).by_age(np.linspace(0, 4, 33)[1:])[0][-1]
    spread = blind.model.log_interval / 1.6448536
    weight = np.exp(-0.5 * (np.log(f) / spread) ** 2 - 0.5 * ((health - 0.96) / 0.02) ** 2)
    share = np.cumsum(weight) / weight.sum()
    by_hand = [f[np.searchsorted(share, chance)] for chance in (0.5, 0.95, 0.05)]
    assert seen.factors == pytest.approx(by_hand, rel=0.02)


@pytest.mark.parametrize(("age", "health"), [("1", "0.5"), ("12", "1.0")])
def test_a_reading_that_the_model_cannot_believe_is_flagged_and_kept(age, health, capsys):
    assert run("--climate", "mild", "--usage", "average", "--age", age, "--health-today", health) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "warning: the model expects" in said and "is the age right, and the reading?" in said
    found = predict(described({"climate": "mild", "age": age, "health_today": health}))
    assert found.ahead(np.zeros(1))[0] == pytest.approx([float(health)] * 3)


def test_a_life_beyond_what_is_predicted_is_told_as_such(capsys):
    words = ("--age", "28", "--chemistry", "lfp", "--usage", "gentle", "--climate", "cool", "--end-of-life-soh", "0.45")
    assert run(*words) == 0
    assert "and after 20" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(InputError, match="together must be at most 60"):
        run("--age", "30", "--years", "40")


def test_the_end_of_life_is_where_health_meets_the_limit():
    found = predict(described({"age": "2"}), 0.75)
    for course, years in enumerate(found.life_years):
        assert found.ahead(np.array([years]))[0, course] == pytest.approx(0.75, abs=1e-9)
    assert ends(np.ones((len(AGES) + 1, 1)), 0.8).tolist() == [60.0]
    worn = predict(described({**WORDS, "usage": "taxi", "age": "20"}))
    assert worn.life_years[0] == 0.0
    with pytest.raises(InputError, match="below it no vehicle is driven"):
        predict(described({}), 0.3)


def test_a_vehicle_that_shows_less_than_the_limit_has_no_life_left():
    found = predict(
        described({"climate": "hot", "usage": "gentle", "age": "0.5", "health_today": "0.6", "chemistry": "lfp"})
    )
    assert found.life_years.tolist() == [0.0, 0.0, 0.0]


def test_drivers_say_what_a_change_of_words_would_bring():
    found = dict(drivers(predict(described({**WORDS, "age": "0"}))))
    assert found["a climate 5 K cooler"] > 0 > found["a climate 5 K warmer"]
    assert found["gentle use"] > found["average use"] > 0 > found["taxi use"]
    assert found["slow charging (0% at fast chargers)"] > 0 and found["free traffic"] > found["normal traffic"] > 0
    other = predict(described({**WORDS, "age": "0", "usage": "gentle"})).life_years[0]
    assert found["gentle use"] == pytest.approx(other - predict(described({**WORDS, "age": "0"})).life_years[0])


def test_time_and_cycles_share_the_fade():
    idle = predict(described({"km_per_year": "1"}))
    assert idle.time_share == pytest.approx(1.0, abs=0.05)
    assert 0 < predict(described({"usage": "taxi"})).time_share < 0.5


def test_every_word_that_is_not_understood_is_told_at_once():
    with pytest.raises(InputError) as told:
        described({"climate": "hut", "usage": "taxy", "traffic": "x", "age": "-3", "battery_kwh": "big", "soc": "2"})
    for part in (
        "did you mean 'hot'",
        "did you mean 'taxi'",
        "free, normal, jammed",
        "0 to 30 years",
        "1 to 2000 kWh",
        "soc",
    ):
        assert part in str(told.value)
    with pytest.raises(InputError, match="a new vehicle has all of its health"):
        described({"health_today": "0.9"})


def test_words_stand_for_cities_and_numbers():
    assert described({"climate": "Hot"}).place.name == "dubai" and described({"climate": "delhi"}).place.name == "delhi"
    assert described({"charging": "70%"}).fast == described({"charging": "fast"}).fast == 0.7
    assert {one.name for one in features()} >= {"climate", "usage", "traffic", "age", "charging", "chemistry"}


def test_many_vehicles_are_what_each_is_alone(tmp_path):
    frame = pd.DataFrame({
        "climate": ["hot", "berlin", "mild"], "usage": ["taxi", "average", "gentle"], "traffic": ["jammed", "free", "normal"],
        "age": ["3", "new", "8"], "health_today": [0.85, None, None], "chemistry": ["lfp", "nmc", "nmc"], "years": [5, 10, 1],
    })  # fmt: skip
    vehicles, years = read_vehicles(tmp_path / "x.csv", frame, 10, "field")
    found = predict_vehicles(vehicles, years, 0.8)
    for row, (one, ahead) in enumerate(zip(vehicles, years, strict=True)):
        alone = predict(one)
        assert found["health_now"][row] == pytest.approx(alone.ahead(np.zeros(1))[0, 0])
        then = alone.ahead(np.array([ahead]))[0]
        assert [found[name][row] for name in ("soh", "soh_low", "soh_high")] == pytest.approx(then)
        assert found["resistance"][row] == pytest.approx(alone.ahead(np.array([ahead]), 1)[0, 0])
        assert [found[name][row] for name in ("life_years", "life_low", "life_high")] == pytest.approx(alone.life_years)


def test_a_table_is_read_and_written_from_the_command_line(tmp_path, capsys):
    path = tmp_path / "fleet.csv"
    path.write_text("plate,climate,usage,traffic,age\nA 1,hot,taxi,jammed,3\nB 2,madrid,average,normal,new\n")
    assert run("--bulk", str(path)) == 0
    written = pd.read_csv(tmp_path / "fleet-predicted.csv")
    assert written["plate"].tolist() == ["A 1", "B 2"] and written["soh"][0] < written["soh"][1] < 1
    assert written["soh_low"][1] < written["soh"][1] and "2 vehicles" in capsys.readouterr().out
    path.write_text("climate,usage,traffic,age,years\nhut,taxi,jammed,3,5\nhot,taxi,jammed,200,five\n")
    with pytest.raises(InputError) as told:
        run("--bulk", str(path))
    for part in ("fleet.csv:2: climate: 'hut'", "fleet.csv:3: age: '200'", "fleet.csv:3: years must be"):
        assert part in str(told.value)
    path.write_text("climate,usage,traffic,age,chemisty\n,taxi,jammed,3,lfp\n")
    with pytest.raises(InputError, match="is column 'chemisty' meant to be 'chemistry'"):
        run("--bulk", str(path))
    path.write_text("climate,usage,traffic,age,soh\nhot,taxi,jammed,3,1\n")
    with pytest.raises(InputError, match="column 'soh' is one that is predicted"):
        run("--bulk", str(path))
    path.write_text("Climate,usage,traffic,age\n,taxi,jammed,3\n")
    with pytest.raises(InputError, match=r"fleet\.csv:2: climate is empty"):
        run("--bulk", str(path))
    path.write_text("climate;usage;traffic;age\nhot;taxi;jammed;3\n")
    with pytest.raises(InputError, match="commas, not semicolons"):
        run("--bulk", str(path))
    path.write_text("climate,usage\nhot,taxi\n")
    with pytest.raises(InputError, match="missing: traffic, age"):
        run("--bulk", str(path))


def test_a_forecast_is_told_and_written(tmp_path, capsys):
    assert run("--climate", "hot", "--usage", "taxi", "--age", "1", "--output", str(tmp_path / "f.csv")) == 0
    said = " ".join(capsys.readouterr().out.split())
    for part in (
        "dubai's climate",
        "end of life at 80%",
        "90 % of such vehicles",
        "a climate 5 K cooler",
        "time alone causes",
    ):
        assert part in said
    written = pd.read_csv(tmp_path / "f.csv")
    assert list(written) == ["years", "soh", "soh_low", "soh_high", "resistance", "kwh_per_km"]
    assert (np.diff(written["soh"]) <= 0).all()


def test_a_vehicle_and_cells_are_not_mixed():
    with pytest.raises(InputError, match="--climate speaks of a vehicle, --c-rate of cells"):
        run("--climate", "hot", "--c-rate", "fast")


def test_at_a_terminal_a_vehicle_is_asked_for_in_words(monkeypatch, capsys):
    answers = iter(["", "boiling", "hot", "taxi", "", "", "used"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert run() == 0
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "'boiling' is none of them" in said
        and "dubai's climate" in said
        and "taxi use" in said
        and "5 years old" in said
    )
