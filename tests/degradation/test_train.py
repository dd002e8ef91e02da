"""Training: repeatable, accurate, described by its card."""

import hashlib
import json

import numpy as np
import pytest

from evplan.degradation.dataset import fingerprint, monte_carlo
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import load_model
from evplan.degradation.train import FEATURES, train
from evplan.errors import InputError
from evplan.paths import models_dir

SAMPLES = 1000  # enough to run every line; accuracy is tested on the shipped models
BAR_PERCENT = 1.0  # a fifth of the scatter between cells


def test_training_twice_gives_the_same_model(chemistry, tmp_path):
    first = train(chemistry, tmp_path / "first", SAMPLES)
    second = train(chemistry, tmp_path / "second", SAMPLES)
    assert first == second


def test_the_card_on_disk_is_the_card_returned(chemistry, tmp_path):
    card = train(chemistry, tmp_path, SAMPLES)
    assert json.loads((tmp_path / f"{chemistry}.json").read_text(encoding="utf-8")) == card
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{chemistry}.joblib", f"{chemistry}.json"]


def test_a_freshly_trained_model_loads_by_path(chemistry, tmp_path):
    train(chemistry, tmp_path, SAMPLES)
    assert load_model(tmp_path / f"{chemistry}.joblib").chemistry == chemistry


def test_too_few_samples_are_refused(tmp_path):
    with pytest.raises(InputError, match="samples"):
        train("lfp", tmp_path, samples=50)
    assert not list(tmp_path.iterdir())


def test_shipped_model_follows_the_law_within_the_bar(chemistry, model):
    law, random = LAWS[chemistry], np.random.default_rng(99)
    drawn = {name: random.uniform(low, high, 3000) for name, (low, high) in law.ranges.items()}
    for rate, names in FEATURES.items():
        inputs = [drawn[name] for name in names]
        learned, true = getattr(model, f"{rate}_rate")(*inputs), getattr(law, f"{rate}_rate")(*inputs)
        assert 100 * np.abs(learned / true - 1).mean() < BAR_PERCENT


def test_shipped_card_describes_the_shipped_model_and_its_data(chemistry):
    card = json.loads((models_dir() / f"{chemistry}.json").read_text(encoding="utf-8"))
    artefact = (models_dir() / card["artefact"]).read_bytes()
    assert hashlib.sha256(artefact).hexdigest() == card["artefact_sha256"]
    assert fingerprint(monte_carlo(chemistry, card["samples"], card["seed"])) == card["training_data_sha256"]
