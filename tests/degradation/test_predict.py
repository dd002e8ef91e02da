"""The loaded model: what it answers, what it warns of, what it refuses to load."""

import dataclasses
import json
import pickle
import shutil
import zipfile
from itertools import pairwise

import numpy as np
import pytest

from evplan.degradation.duty import Duty
from evplan.degradation.exchange import read_exchange, write_exchange
from evplan.degradation.fade import mean_rate
from evplan.degradation.predict import load_model
from evplan.degradation.store import read_estimators, read_model, sha256
from evplan.errors import InputError
from evplan.paths import models_dir


class WritesAFile:
    """Unpickling an instance creates a file: the stand-in for hostile code."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture
def copied_model(tmp_path):
    """Return the path of a copy of the LFP model that may be spoilt."""
    for name in ("lfp.npz", "lfp.json"):
        shutil.copy(models_dir() / name, tmp_path / name)
    return tmp_path / "lfp.npz"


def test_life_shortens_when_cells_are_hotter_above_25_c(model, duty):
    gentle = dataclasses.replace(duty, cycles_per_year=50, c_rate=0.3)
    lives = [model.life_years(dataclasses.replace(gentle, temperature_c=t), 0.8) for t in (25, 30, 35, 40, 45)]
    assert all(cooler > hotter for cooler, hotter in pairwise(lives))


def test_cold_charging_shortens_an_lfp_life():
    model = load_model("lfp")
    duty = Duty(temperature_c=0.0, soc=0.5, depth=0.8, c_rate=0.9, cycles_per_year=300.0)
    assert model.life_years(duty, 0.8) < model.life_years(dataclasses.replace(duty, temperature_c=15.0), 0.8)
    assert model.life_years(duty, 0.8) < model.life_years(dataclasses.replace(duty, charge_c_rate=0.2), 0.8)


def test_life_shortens_with_more_cycles(model, duty):
    lives = [model.life_years(dataclasses.replace(duty, cycles_per_year=n), 0.8) for n in (0, 100, 300, 700)]
    assert all(rested > worked for rested, worked in pairwise(lives))


def test_life_shortens_with_a_stricter_end_of_life(model, duty):
    assert model.life_years(duty, 0.8) < model.life_years(duty, 0.7)


def test_state_of_health_starts_at_one_and_only_falls(model):
    soh = model.state_of_health(np.arange(21), 100, model.calendar_rate(25, 0.5), model.cycle_rate(25, 0.8, 0.5))
    assert soh[0] == 1.0
    assert (np.diff(soh) < 0).all()


def test_lfp_battery_after_ten_years_by_hand():
    # 25 °C, s 0.5: 0.0425158 * 10^0.5 = 0.134447; d 0.6, C 0.5, 3000 fec:
    # (0.0315 + 0.0971) * 1.0923 / 100 * 3000^0.5 = 0.00140470 * 54.7723 = 0.0769385; SoH 0.788614
    model = load_model("lfp")
    soh = model.state_of_health(10, 300, model.calendar_rate(25, 0.5), model.cycle_rate(25, 0.6, 0.5))
    assert soh == pytest.approx(0.788614, abs=0.002)  # the learned model's 1 % of a 21 % loss


def test_rates_broadcast_and_scalars_stay_scalars(model):
    assert np.shape(model.calendar_rate(25.0, 0.5)) == ()
    assert model.calendar_rate(np.zeros((3, 1)) + 25, np.array([0.2, 0.8])).shape == (3, 2)
    assert model.cycle_rate(25.0, np.array([0.2, 0.5, 0.9]), 0.5).shape == (3,)


def test_rates_stay_positive_far_outside_the_valid_range(model):
    assert model.calendar_rate(np.array([-40.0, 90.0]), 1.0).min() > 0
    assert model.cycle_rate(-40.0, 0.01, np.array([0.01, 3.0])).min() > 0


def test_hours_of_temperature_are_folded_in_the_law_s_own_mean(model, duty):
    hours_c = 25 + 15 * np.sin(np.arange(8760) / 8760 * 2 * np.pi)
    fade = model.fade(dataclasses.replace(duty, temperature_c=hours_c))
    hourly = model.calendar_rate(hours_c, 0.5)
    assert fade.calendar_rate == pytest.approx(mean_rate(hourly, model.time_exponent))
    assert model.calendar_rate(25, 0.5) < fade.calendar_rate < hourly.max()  # heat harms more than cold spares


def test_a_duty_inside_the_range_gives_no_warning(model, duty):
    assert model.warnings(duty) == []


def test_warnings_name_each_feature_outside_its_range(model):
    outside = Duty(np.array([-12.0, 31.0]), soc=0.5, depth=0.01, c_rate=3.0, cycles_per_year=300)
    temperature, depth, c_rate, charging = model.warnings(outside)
    low, high = model.valid_range["temperature_c"]
    assert temperature.startswith(f"cell temperature: -12 to 31 °C leaves {low:g} to {high:g} °C")
    assert depth.startswith("depth of cycle: 0.01 leaves ")
    assert c_rate.startswith("C-rate: 3 1/h leaves ")
    assert charging.startswith("charging rate: 3 1/h leaves ")


def test_the_field_outlook_never_slows_down_over_the_years(model):
    years = np.array([1.0, 5.0, 15.0])
    lab, field = (m.calendar_rate(25.0, 0.5) * years**m.time_exponent for m in (model, model.outlook("field")))
    assert (np.diff(field / lab) >= -1e-12).all()


def test_the_field_outlook_of_lfp_is_gentler_at_first_and_harsher_later():
    model = load_model("lfp")
    lab, field = (
        m.calendar_rate(25.0, 0.5) * np.array([1.0, 15.0]) ** m.time_exponent for m in (model, model.outlook("field"))
    )
    assert field[0] < lab[0] and field[1] > lab[1]
    with pytest.raises(InputError, match="lab, field"):
        model.outlook("hopeful")


def test_the_interval_holds_the_prediction_and_widens_with_the_loss(model):
    low, high = model.interval(np.array([0.0, 0.1, 0.3]))
    assert low[0] == high[0] == 1.0
    assert (low[1:] < [0.9, 0.7]).all() and (high[1:] > [0.9, 0.7]).all()
    assert (np.diff(high - low) > 0).all()


def test_a_faulty_duty_reports_every_fault_at_once():
    with pytest.raises(InputError) as caught:
        Duty(temperature_c=np.array([20.0, np.nan]), soc=1.2, depth=0.0, c_rate=-1.0, cycles_per_year=-5.0)
    for name in ("temperature_c", "soc", "depth", "c_rate", "cycles_per_year"):
        assert name in str(caught.value)


def test_tampered_estimators_are_refused_before_they_are_unpickled(copied_model, tmp_path):
    trace = tmp_path / "trace"
    (tmp_path / "lfp-direct.joblib").write_bytes(pickle.dumps(WritesAFile(trace)))
    with pytest.raises(InputError, match="evplan train"):
        read_estimators(copied_model)
    assert not trace.exists()


def test_a_pickle_in_the_place_of_the_arrays_is_never_run(copied_model, tmp_path):
    trace = tmp_path / "trace"
    np.savez(copied_model, calendar=np.array([WritesAFile(trace)], dtype=object), cycle=np.zeros(1))
    card = json.loads(copied_model.with_suffix(".json").read_text())
    card["artefact_sha256"] = sha256(copied_model)  # even where the card vouches for it
    copied_model.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="evplan train"):
        load_model(copied_model)
    assert not trace.exists()


def test_a_card_that_does_not_fit_its_arrays_is_refused(copied_model):
    card = json.loads(copied_model.with_suffix(".json").read_text())
    card["rates"] = {"calendar": card["rates"]["calendar"]}
    copied_model.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="do not fit"):
        load_model(copied_model)


def test_a_single_flipped_bit_is_refused(copied_model):
    content = bytearray(copied_model.read_bytes())
    content[len(content) // 2] ^= 1
    copied_model.write_bytes(content)
    with pytest.raises(InputError, match="SHA-256"):
        load_model(copied_model)


@pytest.mark.parametrize("text", ["", "[1, 2]", "{}", None])
def test_a_missing_or_damaged_card_is_refused(copied_model, text):
    card = copied_model.with_suffix(".json")
    card.unlink() if text is None else card.write_text(text)
    with pytest.raises(InputError, match="card"):
        load_model(copied_model)


def test_an_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="lfp, nca, nmc, nmc622, sodium"):
        load_model("lto")


def test_the_card_says_where_the_model_holds(model):
    assert json.loads(json.dumps(model.card))["valid_range"] == {k: list(v) for k, v in model.valid_range.items()}


def test_estimators_to_give_away_come_back_the_same(tmp_path):
    given = read_estimators("lfp")
    found = read_exchange(write_exchange(given, tmp_path / "lfp.skops"))
    rows = np.random.default_rng(3).uniform(size=(50, given["trees"].n_features_in_))
    for name in given:
        assert (found[name].predict(rows) == given[name].predict(rows)).all()


def test_estimators_of_unknown_types_are_refused_before_they_are_made(tmp_path):
    trace = tmp_path / "trace"
    write_exchange({"trees": WritesAFile(trace)}, tmp_path / "strange.skops")
    with pytest.raises(InputError, match="WritesAFile, which may run code"):
        read_exchange(tmp_path / "strange.skops")
    assert not trace.exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + 18 * b"\0"])
def test_what_is_no_file_of_skops_is_refused_in_words(content, tmp_path):
    (tmp_path / "bad.skops").write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.skops"):
        read_exchange(tmp_path / "bad.skops")


def test_a_model_that_unpacks_without_end_is_not_read(copied_model):
    with zipfile.ZipFile(copied_model, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("calendar.npy", bytes(300_000_000))
    card = json.loads(copied_model.with_suffix(".json").read_text())
    card["artefact_sha256"] = sha256(copied_model)
    copied_model.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="unpacks to more than"):
        read_model(copied_model)
