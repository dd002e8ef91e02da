"""The Monte Carlo dataset: repeatable, inside the law's range, scattered about the law."""

import numpy as np
import pytest

from evplan.degradation.dataset import CELL_SCATTER_SIGMA, fingerprint, monte_carlo
from evplan.degradation.laws import LAWS
from evplan.errors import InputError


def test_same_seed_draws_the_same_cells(chemistry):
    assert fingerprint(monte_carlo(chemistry, 300, seed=4)) == fingerprint(monte_carlo(chemistry, 300, seed=4))


def test_another_seed_draws_other_cells(chemistry):
    assert fingerprint(monte_carlo(chemistry, 300, seed=4)) != fingerprint(monte_carlo(chemistry, 300, seed=5))


def test_every_feature_fills_its_valid_range(chemistry):
    frame = monte_carlo(chemistry, 2000)
    for name, (low, high) in LAWS[chemistry].ranges.items():
        assert low <= frame[name].min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < frame[name].max() <= high


def test_measured_rates_scatter_about_the_law_by_the_named_sigma(chemistry):
    frame = monte_carlo(chemistry, 5000)
    law_rate = LAWS[chemistry].calendar_rate(frame["temperature_c"], frame["soc"])
    scatter = np.log(frame["calendar_rate_per_year_p"] / law_rate)
    assert scatter.mean() == pytest.approx(0, abs=4 * CELL_SCATTER_SIGMA / 5000**0.5)  # four standard errors
    assert scatter.std() == pytest.approx(CELL_SCATTER_SIGMA, rel=0.05)


def test_no_cell_loses_more_than_its_capacity(chemistry):
    assert monte_carlo(chemistry, 2000)["capacity_loss"].between(0, 1).all()


def test_an_unknown_chemistry_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="lfp, nmc"):
        monte_carlo("lead-acid")
