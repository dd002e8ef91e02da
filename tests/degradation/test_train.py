"""Training: repeatable, accurate, described by its card."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from evplan.degradation import quality
from evplan.degradation.dataset import beyond_range, fingerprint, monte_carlo, read_distributions
from evplan.degradation.direct import direct_loss
from evplan.degradation.fade import Fade
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import load_model
from evplan.degradation.store import read_estimators
from evplan.degradation.train import train
from evplan.errors import InputError
from evplan.paths import models_dir

FEW = {
    "samples": 800,
    "surrogate_years": 60,
    "direct": False,
}  # every line runs; accuracy is tested on the shipped models


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the folder and the card of a small model."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, train("lfp", folder, **FEW)


def test_training_twice_gives_the_same_model(trained, tmp_path):
    assert train("lfp", tmp_path, **FEW) == trained[1]


def test_the_card_on_disk_is_the_card_returned_and_vouches_for_its_arrays(trained):
    folder, card = trained
    assert json.loads((folder / "lfp.json").read_text(encoding="utf-8")) == card
    assert hashlib.sha256((folder / "lfp.npz").read_bytes()).hexdigest() == card["artefact_sha256"]
    assert load_model(folder / "lfp.npz").chemistry == "lfp"


def test_the_dataset_is_written_as_it_was_learned_from(trained):
    folder, card = trained
    frame = pd.read_parquet(folder / "datasets" / "lfp.parquet")
    assert fingerprint(frame) == card["training_data_sha256"]


@pytest.mark.parametrize("wrong", [{"samples": 50}, {"seed": -1}, {"chemistry": "lead"}])
def test_what_cannot_be_trained_is_refused_before_anything_is_written(tmp_path, wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        train(**{"chemistry": "lfp", "out_dir": tmp_path, **wrong})
    assert not list(tmp_path.iterdir())


def test_shipped_card_describes_the_shipped_model_and_its_data(chemistry):
    card = json.loads((models_dir() / f"{chemistry}.json").read_text(encoding="utf-8"))
    assert hashlib.sha256((models_dir() / card["artefact"]).read_bytes()).hexdigest() == card["artefact_sha256"]
    assert fingerprint(monte_carlo(chemistry, card["samples"], card["seed"])) == card["training_data_sha256"]


def test_shipped_model_follows_the_law_in_and_out_of_its_range(chemistry, model):
    law = LAWS[chemistry]
    inside = quality.rate_errors(model, law, monte_carlo(chemistry, 5000, seed=99))
    outside = quality.rate_errors(model, law, beyond_range(chemistry, 5000, seed=98))
    for rate in ("calendar_rate_mape", "cycle_rate_mape"):
        assert inside[rate] <= 0.01
        assert outside[rate] <= 0.06


def test_more_wear_never_gives_less_loss_in_or_out_of_range(chemistry, model):
    ranges = read_distributions().ranges(LAWS[chemistry])
    found = quality.violations(
        lambda rows: quality.learned_loss(model, LAWS[chemistry], rows), ranges, seed=5, pairs=20_000
    )
    assert found == dict.fromkeys(quality.MUST_RISE, 0)


def test_the_direct_estimators_do_break_it_so_the_test_can_fail(chemistry):
    trees = read_estimators(chemistry)["trees"]
    ranges = read_distributions().ranges(LAWS[chemistry])
    assert sum(quality.violations(lambda rows: direct_loss(trees, rows), ranges, seed=5, pairs=2000).values()) > 0


def test_the_interval_holds_nine_of_ten_unseen_batteries(chemistry, model):
    frame = monte_carlo(chemistry, 20_000, seed=97)
    predicted = quality.learned_loss(model, LAWS[chemistry], frame)
    alive = frame["fleet_loss"].to_numpy() < 1
    held = quality.coverage(frame["fleet_loss"].to_numpy()[alive], predicted[alive], model.log_interval)
    assert 0.88 <= held <= 0.92


def test_three_years_and_three_are_six(model):
    error = quality.additivity_error(
        model, float(model.calendar_rate(25, 0.5)), float(model.cycle_rate(25, 0.8, 0.5)), 300.0
    )
    assert error <= 1e-12


def test_a_half_width_of_known_scores_is_their_quantile():
    # |ln| scores 0.01 ... 0.99 and n + 1 = 100: the ninetieth of them is 0.90.
    scores = np.arange(1, 100) / 100
    assert quality.half_width(np.exp(scores), np.ones(99)) == pytest.approx(0.90)
    assert quality.coverage(np.exp(scores), np.ones(99), 0.9) == pytest.approx(90 / 99)


def test_a_fade_further_on_equals_a_step_by_step_integration():
    fade, lost = Fade(0.03, 0.002, 0.6, 0.5), (0.01, 0.02)
    calendar, cycle = fade.further(lost, 2.0, 500.0)
    q, steps = list(lost), 200_000
    for _ in range(steps):  # dQ = p k^(1/p) Q^(1 - 1/p) dx, by the midpoint rule
        for i, (k, p, x) in enumerate(((0.03, 0.6, 2.0), (0.002, 0.5, 500.0))):
            half = q[i] + 0.5 * x / steps * p * k ** (1 / p) * q[i] ** (1 - 1 / p)
            q[i] += x / steps * p * k ** (1 / p) * half ** (1 - 1 / p)
    assert (calendar, cycle) == pytest.approx(tuple(q), abs=1e-9)
