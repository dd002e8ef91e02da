"""Energy is kept, whatever is asked: what batteries get is what is drawn times efficiency, and the site's books close in every step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from days import sessions_of, site_of
from hypothesis import given, settings
from hypothesis import strategies as some

from evplan.schedule.answer import figures
from evplan.schedule.flows import delivered_kwh, flows
from evplan.schedule.policies import POLICIES, follow
from evplan.schedule.prepare import prepare
from evplan.schedule.solve import solve

EXACT = 1e-9  # relative: the bar on energy
session = some.tuples(
    some.floats(0, 23.9), some.floats(1 / 60, 20), some.floats(0, 80), some.sampled_from([3.7, 7.4, 11.0, 22.0, 50.0])
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    some.lists(session, min_size=1, max_size=12), some.sampled_from([5, 15, 60]), some.floats(1, 300), some.floats(0.5, 1),
    some.floats(0, 40),
)  # fmt: skip
def test_what_batteries_get_is_what_is_drawn_times_efficiency(sessions, minutes, limit_kw, efficiency, load_kw):
    arrival, stay, energy, power = map(np.array, zip(*sessions, strict=True))
    site = site_of(
        48.0, step_minutes=minutes, connection={"limit_kw": limit_kw}, load_kw=load_kw,
        chargers={"power_kw": 50.0, "efficiency": efficiency},
    )  # fmt: skip
    problem = prepare(site, sessions_of(arrival, arrival + stay, energy, power), Path())
    for decision in (solve(problem).decision, follow(problem, POLICIES["least-laxity"])):
        got, own = delivered_kwh(problem, decision), flows(problem, decision)
        billed = own.drawn - problem.base_kwh
        assert got.sum() == pytest.approx(efficiency * billed.sum(), rel=EXACT, abs=EXACT)
        assert (got <= energy * (1 + EXACT) + EXACT).all() and (decision.drawn >= 0).all()
        kw = decision.drawn / problem.columns.hours
        assert (kw <= power[problem.columns.session] * (1 + EXACT)).all()
        said = figures(problem, decision)
        assert 0 <= said["satisfaction"] <= 1 and 0 <= said["least_satisfaction"] <= 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(some.lists(session, min_size=1, max_size=8), some.floats(1, 60))
def test_who_leaves_at_the_last_step_gets_all_that_there_is_room_for(sessions, limit_kw):
    arrival, _, energy, power = map(np.array, zip(*sessions, strict=True))
    problem = prepare(
        site_of(connection={"limit_kw": limit_kw}),
        sessions_of(arrival, np.full(len(arrival), 24.0), energy, power),
        Path(),
    )
    decision = solve(problem).decision
    room = problem.limit_kwh - problem.by_step(decision.drawn)
    left = problem.most_kwh - decision.drawn
    lacks = (problem.want_kwh - delivered_kwh(problem, decision))[problem.columns.session] > 1e-4
    assert not (lacks & (left > 1e-4) & (room[problem.columns.step] > 1e-4)).any()
