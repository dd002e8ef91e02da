"""One battery's future, and many at once."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evplan.degradation.bulk import checked_duties, open_table, predict_many, read_measured
from evplan.degradation.forecast import drivers, forecast
from evplan.degradation.plain import QUESTIONS, question
from evplan.degradation.predict import load_model
from evplan.errors import InputError


def read_duties(path):
    return checked_duties(open_table(path), path)


COLUMNS = "temperature_c,soc,depth,c_rate,cycles_per_year,years"


def test_a_used_battery_continues_where_a_new_one_would_be(model, duty):
    new = forecast(model, duty)
    used = forecast(model, duty, initial_soh=float(new.soh(2.0)))
    assert used.age_years == pytest.approx(2.0)
    assert float(used.soh(3.0)) == pytest.approx(float(new.soh(5.0)))


def test_life_ends_where_health_reaches_the_limit_and_the_interval_holds_it(model, duty):
    gentle = dataclasses.replace(duty, cycles_per_year=60.0)
    future = forecast(model, gentle, 0.8)
    low, high = future.life_interval
    assert low < future.life_years < high
    if future.life_years < 60:
        assert float(future.soh(future.life_years)) == pytest.approx(0.8)
    worst, best = future.soh_interval(low)
    assert float(worst) == pytest.approx(0.8, abs=1e-6)
    assert float(best) > 0.8


def test_resistance_starts_at_one_and_grows_where_a_law_says_so(model, duty):
    found = forecast(model, duty).resistance(np.arange(5.0))
    if model.resistance is None:
        assert found is None
    else:
        assert found[0] == 1.0
        assert (np.diff(found) > 0).all()


def test_fewer_cycles_and_half_the_rate_never_cost_life(model, duty):
    found = dict(drivers(forecast(model, duty), duty))
    assert found["a third fewer cycles"] > 0
    assert found["half the C-rate"] >= 0
    assert found["half the depth of cycle, the same energy"] >= 0


@pytest.mark.parametrize("soh", [0.0, 1.1, -1.0])
def test_an_initial_health_that_cannot_be_is_refused(model, duty, soh):
    with pytest.raises(InputError, match="initial_soh"):
        forecast(model, duty, initial_soh=soh)


def test_a_table_is_predicted_row_by_row_as_one_battery_is(tmp_path, model, duty):
    (tmp_path / "duties.csv").write_text(f"{COLUMNS}\n25,0.5,0.8,0.5,300,6\n31,0.9,0.4,1,100,3\n")
    found = predict_many(model, read_duties(tmp_path / "duties.csv"), 0.8)
    one = forecast(model, duty, 0.8)
    assert found["soh"][0] == pytest.approx(float(one.soh(6.0)))
    assert found["life_years"][0] == pytest.approx(one.life_years, abs=1e-6)
    if model.resistance:
        assert found["resistance"][0] == pytest.approx(float(one.resistance(6.0)))
    assert ((found["soh_low"] < found["soh"]) & (found["soh"] < found["soh_high"])).all()
    assert found["in_range"].tolist()[0]


def test_a_parquet_table_is_read_as_well(tmp_path):
    frame = pd.DataFrame([[25, 0.5, 0.8, 0.5, 300, 6]], columns=COLUMNS.split(","))
    frame.to_parquet(tmp_path / "duties.parquet")
    assert read_duties(tmp_path / "duties.parquet")["charge_c_rate"][0] == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "missing: temperature_c, soc"),
        (f"{COLUMNS}\n", "missing: rows"),
        (f"{COLUMNS}\n25,1.5,0.8,0.5,300,6\n", "soc must be a number, 0 to 1; see lines 2"),
        (f"{COLUMNS}\n25,0.5,0,0.5,300,6\n", "depth must be a number, above 0 to 1; see lines 2"),
        (f"{COLUMNS}\n25,0.5,0.8,fast,300,6\n25,0.5,0.8,0.5,300,-1\n", "c_rate must be"),
        (f"{COLUMNS}\nnan,0.5,0.8,0.5,300,6\n", "temperature_c must be"),
        ("", "cannot be read"),
    ],
)
def test_a_faulty_table_is_told_with_its_lines(tmp_path, text, said):
    (tmp_path / "duties.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_duties(tmp_path / "duties.csv")


def test_files_that_are_not_there_say_what_belongs_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_duties(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="years and soh"):
        read_measured(tmp_path / "absent.csv")
    (tmp_path / "m.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match="years and soh"):
        read_measured(tmp_path / "m.csv")


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.name)
def test_every_word_lies_in_the_range_of_its_numbers(asked):
    assert asked.usual in asked.words
    for word, value in asked.words.items():
        assert asked.answer(word.upper()) == value
        assert asked.low <= value <= asked.high


def test_numbers_and_percentages_answer_too_and_nonsense_is_told_the_choices():
    assert question("soc").answer("80%") == pytest.approx(0.8)
    assert question("temperature_c").answer(" 31.5 ") == 31.5
    for nonsense in ("hotter", "nan", "", "1e9"):
        with pytest.raises(InputError, match=r"cool \(12\)"):
            question("temperature_c").answer(nonsense)


def test_predictions_by_the_hundred_thousand_equal_predictions_one_by_one(model):
    random, names = np.random.default_rng(3), list(model.valid_range)
    rows = {name: random.uniform(*model.valid_range[name], 50) for name in names}
    rows |= {"years": random.uniform(0, 20, 50), "cycles_per_day": random.uniform(0, 2, 50)}
    together = model.soh_of(rows)
    alone = [float(model.soh_of({name: values[i : i + 1] for name, values in rows.items()})[0]) for i in range(50)]
    assert together == pytest.approx(alone)


def test_models_are_loaded_by_name():
    assert load_model("sodium").card["cell"].endswith("assumed")
