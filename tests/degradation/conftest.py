"""Fixtures of the degradation room: the shipped models and a steady duty."""

import pytest

from evplan.degradation.duty import Duty
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import load_model


@pytest.fixture(params=list(LAWS))
def chemistry(request):
    return request.param


@pytest.fixture
def model(chemistry):
    return load_model(chemistry)


@pytest.fixture
def duty():
    return Duty(temperature_c=25.0, soc=0.5, depth=0.8, c_rate=0.5, cycles_per_year=300.0)
