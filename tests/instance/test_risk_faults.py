"""What a file may not say of risk: told with its line, and with a way out."""

from __future__ import annotations

import pytest
from support import TINY, variant

from evplan.errors import InstanceError
from evplan.instance.read import read

ADOPTION = {"shape": "triangular", "low": 0.6, "mode": 1.0, "high": 1.4}
NORMAL = {"shape": "normal", "sd": 0.1}


def told(tmp_path, risk, **more) -> str:
    with pytest.raises(InstanceError) as refused:
        read(variant(tmp_path, {"risk": risk, **more}, path=TINY))
    return str(refused.value)


@pytest.mark.parametrize("mean", ["much", [1], {}, True])
def test_a_mean_that_is_no_number_is_a_fault(tmp_path, mean):
    said = told(tmp_path, {"drivers": {"adoption": {"shape": "lognormal", "sd": 0.1, "mean": mean}}})
    assert "risk.drivers.adoption.mean: must be a number" in said


def test_a_mean_left_empty_is_the_usual_one(tmp_path):
    path = variant(tmp_path, {"risk": {"drivers": {"adoption": {"shape": "lognormal", "sd": 0.1, "mean": None}}}})
    assert read(path).instance.risk.drivers["adoption"].mean is None


def test_figures_in_other_units_are_told(tmp_path):
    loan = {"finance.loan": {"rate": 0.06, "years": 10, "share": 0.5}}
    said = told(tmp_path, {"drivers": {"interest": {"shape": "normal", "sd": 1.0}}}, **loan)
    assert "0.01 is one point (got 1)" in said
    said = told(tmp_path, {"drivers": {"electricity-price": {"shape": "uniform", "low": 20, "high": 30}}})
    assert "electricity-price.low: must be" in said and "5 (got 20" in said


def test_correlations_that_contradict_each_other_are_told_with_their_line(tmp_path):
    drivers = {"adoption": ADOPTION, "construction": NORMAL, "upkeep": NORMAL}
    pairs = [("adoption", "construction", 0.9), ("construction", "upkeep", 0.9), ("adoption", "upkeep", -0.9)]
    together = [{"between": [one, other], "correlation": c} for one, other, c in pairs]
    assert "risk.together: these correlations contradict each other" in told(
        tmp_path, {"drivers": drivers, "together": together}
    )
    read(variant(tmp_path, {"risk": {"drivers": drivers, "together": together[:1]}}))


def test_streams_credits_and_schedules_that_mean_nothing_are_told(tmp_path):
    streams = [{"name": "ads"}, {"name": "carbon", "per_year": 5.0}, {"name": "carbon", "per_kwh_sold": 0.1}]
    law = {"depreciation": [0.5, 0.5], "bonus_depreciation": 0.4, "credit_cap": 100.0}
    with pytest.raises(InstanceError) as refused:
        read(variant(tmp_path, {"sites[gate-city].other_revenue": streams, "catalogue.solar.incentives": law}))
    said = str(refused.value)
    for text in ("it brings nothing", "another stream of income is already called 'carbon'", "which says what the first year takes",
                 "there is no credit to cut"):  # fmt: skip
        assert text in said
