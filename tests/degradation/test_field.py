"""The field's figures, and how a law is calibrated to them."""

import numpy as np
import pytest

from evplan.degradation import field
from evplan.degradation.duty import Duty
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import load_model
from evplan.errors import InputError


def test_a_calibrated_law_meets_the_fleet_within_a_point():
    fleet = field.field_data()["fleet"]
    model, duty = load_model(fleet["chemistry"]).outlook("field"), Duty(**fleet["duty"])
    years, soh = np.array(fleet["years"], float), np.array(fleet["soh"])
    factor = field.calibrate(model.capacity, duty, years, soh)
    found = field.scaled(model.fade(duty), factor).state_of_health(years, years * duty.cycles_per_year)
    assert found == pytest.approx(soh, abs=0.01)


@pytest.mark.parametrize("chemistry", ["lfp", "nca"])
def test_the_field_outlook_meets_published_calendar_fits_within_two_points(chemistry):
    law = LAWS[chemistry]
    errors = field.calendar_errors(law, field.FIELD_EXPONENT, field.calendar_scale(law))
    assert len(errors) >= 4
    assert np.mean(list(errors.values())) <= 2.0


@pytest.mark.parametrize("chemistry", ["lfp", "nca"])
def test_a_cell_left_out_of_the_calibration_is_met_within_four_points(chemistry):
    """Two cells of one chemistry differ by that much: 3.4 points on average at worst, NCR18650GA against NCR18650B."""
    law = LAWS[chemistry]
    for cell in {fit.cell for fit in field.calendar_fits(chemistry)}:
        scale = field.calendar_scale(law, left_out=cell)
        own = [
            error
            for said, error in field.calendar_errors(law, field.FIELD_EXPONENT, scale).items()
            if said.startswith(cell)
        ]
        assert np.mean(own) <= 4.0


def test_a_chemistry_without_fits_equals_the_laboratory_at_one_year():
    assert field.calendar_scale(LAWS["nmc622"]) == 1.0


def test_calibration_finds_the_factor_it_was_given(duty):
    model = load_model("lfp")
    years = np.array([1.0, 3.0, 5.0])
    soh = field.scaled(model.fade(duty), 1.3).state_of_health(years, years * duty.cycles_per_year)
    assert field.calibrate(model.capacity, duty, years, soh) == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("years", "soh"), [([], []), ([1.0], [1.2]), ([-1.0], [0.9]), ([1.0, 2.0], [0.9]), ([np.nan], [0.9])]
)
def test_measurements_that_cannot_be_are_refused(duty, years, soh):
    with pytest.raises(InputError, match="measured"):
        field.calibrate(load_model("lfp").capacity, duty, np.array(years), np.array(soh))


def test_published_cells_differ_far_more_than_the_model_errs(duty):
    spread = field.published_spread(duty, 8.0)
    assert set(spread) == set(LAWS)
    assert max(spread.values()) - min(spread.values()) > 0.2
