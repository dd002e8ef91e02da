"""Fixtures named after instances: `tiny` is instances/tiny.yaml, solved once for all tests."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from support import ROOT, solved

from evplan.worker import SELDOM

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

LONG = (  # files whose tests take minutes: they begin first, so that no process waits for them in the end
    "test_expected.py", "test_stations.py", "test_refine.py", "test_benders.py", "test_cli.py", "test_dashboard_browser.py",
    "test_train.py", "test_lookup.py", "test_stages.py", "test_funding.py", "test_offers.py", "test_survival.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first; the others stay in their order."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


def pytest_collection_finish() -> None:
    """Look for circles of garbage as seldom as the command line does, and not among what was imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


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
