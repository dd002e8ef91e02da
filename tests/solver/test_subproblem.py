"""A block of a decomposed program against the same block with its rows as they stand, solved at fixed sizes."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
from scipy.sparse import csc_array
from support import variant

from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.solver.blocks import Block, find_blocks, part
from evplan.solver.compile import Program, compile_model
from evplan.solver.decomposition import take_apart
from evplan.solver.highs import load
from evplan.solver.subproblem import Subproblem

POINTS = 12


def at_sizes(program: Program, block: Block, x: np.ndarray) -> float:
    """Return the block's cost with sizes fixed and every row kept as a row; infinite if it cannot be. x : block's own links."""
    every = np.concatenate([block.columns, block.links])
    cost = np.append(program.cost[block.columns], np.zeros(len(x)))
    whole, own = part(program, block.rows, every, cost, integer=False), len(block.columns)
    highs = load(replace(whole, lower=np.append(whole.lower[:own], x), upper=np.append(whole.upper[:own], x)))
    highs.run()
    found = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return highs.getObjectiveValue() if found else np.inf


def test_cuts_touch_the_blocks_cost_where_they_are_taken_and_never_exceed_it(tmp_path):
    read_in = read(variant(tmp_path, {"horizon.weeks": ["2027-01-11", "2027-07-12"]}))
    random, checked = np.random.default_rng(3), [0, 0]
    for site in prepare(read_in).sites:
        model = formulation.build(site)
        program = compile_model(model)
        linking = Values(program.columns).mark(formulation.sizes(model))
        blocks, rows = find_blocks(program, linking)
        apart = take_apart(program, linking, blocks, rows, {})
        low, high = apart.sizes.lower, np.where(np.isfinite(apart.sizes.upper), apart.sizes.upper, 100.0)
        shares = [
            np.ones(len(low)),
            *(random.random(len(low)) ** random.choice([0.1, 4.0], len(low)) for _ in range(POINTS - 1)),
        ]
        points = [low + share * (high - low) for share in shares]
        for block, sub in zip(blocks[:2], apart.subproblems, strict=False):
            truth = np.array([at_sizes(apart.program, block, x[sub.place]) for x in points])
            cuts = [sub.visit(x) for x in points]
            for cut, own in zip(cuts, truth, strict=True):
                assert cut.feasible == np.isfinite(own)
                if cut.feasible:
                    assert cut.value == pytest.approx(own, rel=1e-7, abs=1e-6)
                else:
                    assert cut.slope @ cut.x < cut.value
                checked[cut.feasible] += 1
                for x, there in zip(points, truth, strict=True):
                    if not cut.feasible and np.isfinite(there):
                        assert cut.slope @ x[sub.place] >= cut.value - 1e-6 * max(1.0, abs(cut.value))
                    if cut.feasible:
                        assert cut.value + cut.slope @ (x[sub.place] - cut.x) <= there + 1e-6 * max(1.0, abs(there))
    assert min(checked) > 0, checked


def block_of(rows: list[list[float]], lower: list[float], upper: list[float], cost: float) -> Subproblem:
    """Return a block of one column x between 0 and 100 and two sizes z. rows : factors of x and z."""
    count = len(rows)
    program = Program(
        matrix=csc_array(np.array(rows)), cost=np.array([cost, 0.0, 0.0]), offset=0.0, row_lower=np.array(lower),
        row_upper=np.array(upper), lower=np.zeros(3), upper=np.full(3, 100.0), integer=np.zeros(3, bool),
    )  # fmt: skip
    block = Block(columns=np.array([0]), rows=np.arange(count), links=np.array([1, 2]))
    return Subproblem(program, block, np.array([0, 1]))


def test_the_tightest_wall_gives_the_slope_and_a_columns_own_bound_gives_none():
    # x as large as 2 z1 and 3 z2 allow, at a cost of -1 each.
    sub = block_of([[1.0, -2.0, 0.0], [-1.0, 0.0, 3.0]], [-np.inf, 0.0], [0.0, np.inf], cost=-1.0)
    cut = sub.visit(np.array([4.0, 5.0]))
    assert (cut.value, cut.slope.tolist()) == (-8.0, [-2.0, 0.0])
    cut = sub.visit(np.array([9.0, 5.0]))
    assert (cut.value, cut.slope.tolist()) == (-15.0, [0.0, -3.0])
    cut = sub.visit(np.array([80.0, 90.0]))
    assert (cut.value, cut.slope.tolist()) == (-100.0, [0.0, 0.0])


def test_walls_that_cross_cannot_be_and_those_that_cross_by_less_than_the_solvers_accuracy_can():
    # 1e-4 x <= z1 and 1e-4 x >= z2: a row is kept to 1e-7, so x may be off by a thousandth.
    sub = block_of([[1e-4, -1.0, 0.0], [1e-4, 0.0, -1.0]], [-np.inf, 0.0], [0.0, np.inf], cost=1.0)
    assert sub.visit(np.array([1e-3, 1e-3 + 5e-8])).feasible
    cut = sub.visit(np.array([1e-3, 3e-3]))
    assert not cut.feasible
    assert cut.slope @ cut.x < cut.value
