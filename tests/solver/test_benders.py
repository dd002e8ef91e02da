"""The decomposition against the whole program solved at once, and against another solver."""

from __future__ import annotations

import numpy as np
import pytest
from support import TINY, three_step_site, variant

from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.solver import benders, highs
from evplan.solver.around import Around
from evplan.solver.benders import Decomposition
from evplan.solver.blocks import bounded, find_blocks
from evplan.solver.compile import Program, compile_model
from evplan.solver.master import Master
from evplan.solver.outcome import Options
from evplan.solver.run import run
from evplan.solver.search import Search

GAP = 1e-6


def compiled(site) -> tuple[Program, np.ndarray]:
    model = formulation.build(site)
    program = compile_model(model)
    return program, Values(program.columns).mark(formulation.sizes(model))


def feasible(program: Program, x: np.ndarray) -> float:
    """Return the worst violation of rows, bounds and integers."""
    activity = program.matrix @ x
    worst = max(np.max(program.row_lower - activity, initial=0), np.max(activity - program.row_upper, initial=0))
    worst = max(worst, np.max(program.lower - x, initial=0), np.max(x - program.upper, initial=0))
    return max(worst, np.abs(x - np.round(x))[program.integer].max(initial=0))


@pytest.mark.parametrize("seed", range(9))
def test_decomposition_finds_the_optimum_of_the_whole(seed, tmp_path):
    random = np.random.default_rng(seed)
    changes = {
        "catalogue.battery.cost_per_kwh": float(random.uniform(50, 400)),
        "catalogue.solar.cost_per_kw": float(random.uniform(500, 2500)),
        "sites[gate-city].price_per_kwh": float(random.uniform(0.2, 0.6)),
        "sites[rock-creek].demand.min_served": float(random.choice([0.0, 0.5, 0.95])),
        "sites[gate-city].demand.seed": int(seed),
        "sites[gate-city].demand.turned_away_cost_per_kwh": float(random.choice([0.0, 1.0])),
        "catalogue.chargers[dc150].efficiency": float(random.choice([0.94, 0.9])),
        "horizon.weeks": ["2027-01-11", "2027-07-12"],
    }
    for site in prepare(read(variant(tmp_path, changes))).sites:
        program, linking = compiled(site)
        whole = highs.run(program, Options(GAP, 120.0))
        parts = benders.run(program, linking, Options(GAP, 120.0))
        assert parts.status == "optimal"
        assert parts.objective == pytest.approx(whole.objective, rel=3 * GAP, abs=0.01)
        assert parts.bound <= whole.objective + 3 * GAP * abs(whole.objective) + 0.01
        assert feasible(program, parts.x) < 1e-6
        assert program.cost @ parts.x + program.offset == pytest.approx(parts.objective, rel=1e-9, abs=1e-6)


def test_scip_agrees_with_the_decomposition():
    pytest.importorskip("pyscipopt", reason="the solvers extra is not installed")
    for site in prepare(read(TINY)).sites:
        program, linking = compiled(site)
        ours = run(program, linking, "highs", Options(GAP, 120.0))
        scip = run(program, linking, "scip", Options(GAP, 120.0))
        assert scip.objective == pytest.approx(ours.objective, rel=5 * GAP)


def test_sizes_are_all_that_links_the_months():
    program, linking = compiled(three_step_site())
    blocks, master = find_blocks(program, linking)
    assert len(blocks) == 3  # January, February, and the stored energy of February, whose one step cannot change it
    assert sum(len(block.rows) for block in blocks) + len(master) == len(program.rows)
    assert sum(len(block.columns) for block in blocks) == (~linking).sum()


def test_bounds_implied_by_rows_cut_off_no_feasible_point():
    program, _ = compiled(three_step_site())
    tight = bounded(program)
    assert (tight.upper <= program.upper).all()
    assert highs.run(tight, Options(0.0, 60.0)).objective == pytest.approx(
        highs.run(program, Options(0.0, 60.0)).objective
    )


def test_a_time_out_keeps_the_best_plan_and_an_honest_bound(tmp_path):
    site = prepare(read(TINY)).sites[0]
    program, linking = compiled(site)
    best = benders.run(program, linking, Options(1e-9, 60.0)).objective
    for seconds in (0.02, 0.1, 0.2):
        outcome = benders.run(program, linking, Options(1e-9, seconds))
        assert outcome.bound <= best + 1e-6 * abs(best)
        if outcome.x is not None:
            assert outcome.objective >= best - 1e-6 * abs(best)
            assert feasible(program, outcome.x) < 1e-6


def test_a_bound_beyond_a_plan_that_exists_is_no_bound():
    decomposition = object.__new__(Decomposition)
    decomposition.search = Search(Options(1e-4, 1.0), None, best=100.0)
    assert decomposition.beyond(101.0)
    assert not decomposition.beyond(100.0)
    assert not decomposition.beyond(99.0)


def test_a_careful_master_gives_the_same_answer():
    from scipy.sparse import csc_array

    program = Program(
        matrix=csc_array(np.array([[1.0, 1.0]])), cost=np.array([2.0, 3.0]), offset=0.0, row_lower=np.array([1.5]),
        row_upper=np.array([np.inf]), lower=np.zeros(2), upper=np.array([1.0, 4.0]), integer=np.array([False, True]),
        columns=[None, None], rows=[None],
    )  # fmt: skip
    master = Master(program, Around(np.ones(1)))
    master.at_least(np.array([0.0]))
    first = master.solve(10.0, 0.0)
    master.careful()
    again = master.solve(10.0, 0.0)
    assert first.bound == pytest.approx(4.0)  # one half of the first at 2, one whole of the second at 3
    assert again.bound == pytest.approx(first.bound)
    assert again.x == pytest.approx(first.x)


def test_a_search_that_begins_at_known_sizes_finds_the_same_plan(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    program, linking = compiled(site)
    fresh, warm = (benders.run(program, linking, Options(1e-6, 60.0, start=start)) for start in (None, plan.sizes))
    assert warm.objective == pytest.approx(fresh.objective, rel=2e-6)
    assert warm.status == fresh.status == "optimal"
