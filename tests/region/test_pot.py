"""Support goes where it brings most: the same as counting every way to give it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evplan.region.pot import Candidate, allocate, may_have, more_for_all
from evplan.region.study import Pot


def drawn(seed, count=9, phases=3):
    """Return a random pot and stations that lack money."""
    random = np.random.default_rng(seed)
    pot = Pot(
        by_phase=tuple(random.integers(0, 60, phases).astype(float)), carried=bool(seed % 2),
        favours=("energy", "stations")[seed // 2 % 2], rural_weight=float(random.choice([0.5, 1.0, 2.0])),
        settings=("urban", "rural") if seed % 3 else ("rural",), most_share=float(random.choice([0.4, 1.0])),
    )  # fmt: skip
    stations = [
        Candidate(f"s{k}", str(random.choice(["urban", "rural"])), int(random.integers(0, phases)), float(random.integers(1, 50)),
                  60.0, float(random.integers(1, 100)))
        for k in range(count)
    ]  # fmt: skip
    return pot, stations


def worth(pot, stations):
    weight = {"urban": 1.0, "rural": pot.rural_weight}
    return sum(weight[one.setting] * (one.counts if pot.favours == "energy" else 1.0) for one in stations)


def fits(pot, stations):
    given = np.array([sum(one.grant for one in stations if one.phase == t) for t in range(len(pot.by_phase))])
    there = np.array(pot.by_phase)
    return bool((np.cumsum(given) <= np.cumsum(there)).all() if pot.carried else (given <= there).all())


@pytest.mark.parametrize("seed", range(24))
def test_the_best_of_all_ways_to_give_is_found(seed):
    pot, stations = drawn(seed)
    may = [one for one in stations if one.setting in pot.settings and one.grant <= pot.most_share * one.capex]
    ways = [
        [one for one, take in zip(may, way, strict=True) if take]
        for way in itertools.product((False, True), repeat=len(may))
    ]
    best = max(worth(pot, way) for way in ways if fits(pot, way))
    names = allocate(pot, stations)
    chosen = [one for one in stations if one.name in names]
    assert fits(pot, chosen) and all(one in may for one in chosen)
    assert worth(pot, chosen) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(24))
def test_with_so_much_more_all_that_may_have_a_grant_get_it_and_with_less_not_all(seed):
    """More money in the first phase, or in each where none is carried on."""
    pot, stations = drawn(seed)
    may = [one for one in stations if may_have(pot, one)]
    more = more_for_all(pot, stations)
    short = [max(sum(one.grant for one in may if one.phase == t) - there, 0) for t, there in enumerate(pot.by_phase)]

    def given(less):
        added = [more - less, 0.0, 0.0] if pot.carried else [max(one - less, 0.0) for one in short]
        fuller = [there + add for there, add in zip(pot.by_phase, added, strict=True)]
        return fits(pot.model_copy(update={"by_phase": tuple(fuller)}), may)

    assert given(0.0) and (more == 0 or not given(0.5))
    assert pot.carried or more == pytest.approx(sum(short))
    assert more_for_all(None, stations) == sum(one.grant for one in stations)


def test_what_adds_no_energy_has_no_grant_where_energy_counts():
    pot, nothing = Pot(by_phase=(100.0,)), Candidate("nothing", "urban", 0, 5.0, 50.0, 0.0)
    assert not may_have(pot, nothing) and not allocate(pot, [nothing]) and more_for_all(pot, [nothing]) == 0
    assert allocate(Pot(by_phase=(100.0,), favours="stations"), [nothing]) == {"nothing"}


def test_of_what_is_worth_the_same_what_costs_less_is_chosen():
    pot = Pot(by_phase=(10.0,), favours="stations")
    assert allocate(
        pot, [Candidate("dear", "urban", 0, 9.0, 50.0, 5.0), Candidate("cheap", "urban", 0, 4.0, 50.0, 1.0)]
    ) == {"cheap"}
    assert allocate(pot, []) == set()
