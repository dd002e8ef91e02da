"""Published studies of the field's reference, replayed from their hourly data: sizes, costs, business as usual."""

from __future__ import annotations

import sys

import pytest
from support import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import reopt_replay

STUDIES = sorted(reopt_replay.STUDIES.glob("*.json"))


@pytest.mark.skipif(not STUDIES, reason="the published studies are kept beside the project, not in it")
@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_published_study_is_met(path):
    found = reopt_replay.replay(path)
    for name, bar in {**reopt_replay.BARS, "lcc_bau_usd": reopt_replay.USUAL_USD}.items():
        assert found[f"off_{name}"] <= bar, name
    assert found["npv"] == pytest.approx(found["lcc_bau"] - found["lcc"], abs=1.0)  # cash flow and objective agree
