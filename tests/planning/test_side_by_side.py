"""Sites of a portfolio solved in processes are the sites solved in threads."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import variant

from evplan.errors import InfeasibleError, LostError
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.planning import side_by_side
from evplan.planning.sites import solve_one
from evplan.solver.outcome import Options

SMALL = {"horizon.operating_years": [1], "catalogue.battery": None}


@pytest.fixture
def two_cores(monkeypatch):
    """Let two cores be there, and every portfolio be worth a process for each."""
    monkeypatch.setattr(side_by_side, "cores", lambda: 2)
    monkeypatch.setattr(side_by_side, "WORTH_A_CREW", 0)


def test_processes_and_threads_give_the_same_plans(tmp_path, two_cores, monkeypatch):
    path, told = variant(tmp_path, SMALL), []
    apart = solve(path, progress=lambda what, known: told.append((what, known)))
    monkeypatch.setattr(side_by_side, "WORTH_A_CREW", np.inf)
    together = solve(path)
    for one, other in zip(apart.plans, together.plans, strict=True):
        assert (one.name, one.chargers, one.objective) == (other.name, other.chargers, other.objective)
        assert np.array_equal(one.import_kw, other.import_kw)
    assert {"gate-city", "rock-creek"} <= {what for what, known in told if known.startswith("best")}
    assert all(apart.seconds[part] >= 0 for part in ("build", "compile", "solve"))


def test_a_site_without_a_plan_is_explained_from_its_process(tmp_path, two_cores):
    impossible = {"sites[rock-creek].demand.min_served": 1.0, "sites[rock-creek].connection": {"existing_kw": 1}}
    path = variant(tmp_path, {**SMALL, **impossible})
    with pytest.raises(InfeasibleError, match="clashes with"):
        solve(path)


def test_small_portfolios_and_single_cores_start_no_process(tmp_path, monkeypatch):
    sites = prepare(read(variant(tmp_path, SMALL))).sites
    asked = partial(side_by_side.crew_for, read(variant(tmp_path, SMALL)), "highs")
    monkeypatch.setattr(side_by_side, "cores", lambda: 2)
    assert asked(sites) is None  # two weeks, in seconds
    monkeypatch.setattr(side_by_side, "WORTH_A_CREW", 0)
    assert asked(sites[:1]) is None
    assert asked(sites) is not None
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    assert asked(sites) is None


def test_a_site_whose_process_was_killed_is_named(tmp_path):
    class Killed:
        def run(self, *_, **__):
            raise LostError("the process was killed")

    found = read(variant(tmp_path, SMALL))
    site, options = prepare(found).sites[1], replace(Options(1e-3, 60.0), crew=Killed())
    with pytest.raises(LostError, match="site rock-creek: the process was killed; with EVPLAN_CORES=1"):
        solve_one(found, site, "highs", options, lambda *_: None)


def test_options_travel_without_what_belongs_to_this_process():
    options = Options(1e-3, 60.0, settings={"presolve": "off"})
    options.stop.set()
    found = pickle.loads(pickle.dumps(options))
    assert (found.gap, found.settings, found.stop.is_set(), found.crew) == (1e-3, {"presolve": "off"}, False, None)
