"""A small study of one city, and its run."""

from __future__ import annotations

import pytest
from cityscape import MADRID, study_of

from evplan.city.simulate import simulate


@pytest.fixture(scope="session")
def study():
    return study_of()


@pytest.fixture(scope="session")
def city(study):
    return simulate(study, MADRID)
