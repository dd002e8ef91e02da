"""Fixtures named after instances: `tiny` is instances/tiny.yaml, solved once for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import ROOT, solved

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")


@pytest.fixture(scope="session")
def tiny():
    """Return the solved run of instances/tiny.yaml."""
    return solved(ROOT / "instances" / "tiny.yaml")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the project, or skip: it does not travel with the product."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data beside the project is absent")
    return folder
