"""The Monte Carlo dataset: repeatable, inside the law's range, scattered about the law."""

from dataclasses import replace

import numpy as np
import pytest

from evplan.degradation.dataset import (
    FEATURES,
    beyond_range,
    calendar_rates,
    fingerprint,
    monte_carlo,
    read_distributions,
)
from evplan.degradation.laws import LAWS
from evplan.errors import InputError


def test_same_seed_draws_the_same_batteries(chemistry):
    assert fingerprint(monte_carlo(chemistry, 300, seed=4)) == fingerprint(monte_carlo(chemistry, 300, seed=4))


def test_another_seed_draws_other_batteries(chemistry):
    assert fingerprint(monte_carlo(chemistry, 300, seed=4)) != fingerprint(monte_carlo(chemistry, 300, seed=5))


def test_every_feature_fills_its_range(chemistry):
    frame = monte_carlo(chemistry, 2000)
    for name, (low, high) in read_distributions().ranges(LAWS[chemistry]).items():
        assert low <= frame[name].min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < frame[name].max() <= high


def test_measured_rates_and_losses_scatter_by_the_named_sigmas(chemistry):
    drawn, frame = read_distributions(), monte_carlo(chemistry, 5000)
    cells = np.log(frame["calendar_rate"] / calendar_rates(LAWS[chemistry], frame))
    assert cells.mean() == pytest.approx(0, abs=4 * drawn.cell_scatter_sigma / 5000**0.5)  # four standard errors
    assert cells.std() == pytest.approx(drawn.cell_scatter_sigma, rel=0.05)
    alive = frame[frame["fleet_loss"] < 1]
    fleet = np.log(alive["fleet_loss"] / alive["capacity_loss"])
    assert fleet.std() == pytest.approx(drawn.fleet_scatter_sigma, rel=0.1)


def test_no_battery_loses_more_than_its_capacity(chemistry):
    frame = monte_carlo(chemistry, 2000)
    assert frame[["capacity_loss", "fleet_loss"]].ge(0).all(axis=None)
    assert frame[["capacity_loss", "fleet_loss"]].le(1).all(axis=None)


def test_beyond_the_range_every_battery_leaves_it_somewhere_and_none_leaves_physics(chemistry):
    frame = beyond_range(chemistry, 1000, seed=2)
    spans = read_distributions().ranges(LAWS[chemistry])
    outside = [(frame[name] < spans[name][0]) | (frame[name] > spans[name][1]) for name in FEATURES]
    assert np.any(outside, axis=0).all()
    assert frame["soc"].between(0, 1).all() and frame["depth"].between(0, 1).all() and (frame["years"] >= 0).all()


def test_a_file_of_distributions_shapes_and_narrows_what_is_drawn(tmp_path):
    (tmp_path / "own.yaml").write_text(SHAPED)
    own = read_distributions(tmp_path / "own.yaml")
    frame = monte_carlo("lfp", drawn_from=replace(own, samples=4000))
    assert frame["temperature_c"].between(20, 30).all()
    assert frame["soc"].mean() == pytest.approx(5 / 7, abs=0.02)  # mean of a beta(5, 2) over 0 to 1
    assert len(frame) == 4000


SHAPED = """
samples: 100
seed: 7
cell_scatter_sigma: 0.05
fleet_scatter_sigma: 0.25
features:
  temperature_c: {beta: [1, 1], low: 20, high: 30}
  soc: {beta: [5, 2]}
  depth: {beta: [1, 1]}
  c_rate: {beta: [1, 1]}
  charge_c_rate: {beta: [1, 1]}
  years: {beta: [1, 1], low: 0, high: 20}
  cycles_per_day: {beta: [1, 1], low: 0, high: 2}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("samples: 100", "sample: 100"), ("[5, 2]", "[5, -2]"), ("low: 20, high: 30", "low: 30, high: 20"), ("0.25", "-1"),
     ("  soc: {beta: [5, 2]}\n", ""), ("samples: 100", "samples: ["), ("[5, 2]", "[5]")],
)  # fmt: skip
def test_a_faulty_file_of_distributions_is_refused_by_name(tmp_path, old, new):
    (tmp_path / "own.yaml").write_text(SHAPED.replace(old, new))
    with pytest.raises(InputError, match=r"own\.yaml"):
        read_distributions(tmp_path / "own.yaml")


def test_an_unknown_chemistry_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="lfp, nmc"):
        monte_carlo("lead-acid")
