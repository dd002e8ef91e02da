"""Support goes where it brings most: the same as counting every way to give it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evplan.region.pot import Candidate, allocate
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


def test_of_what_is_worth_the_same_what_costs_less_is_chosen():
    pot = Pot(by_phase=(10.0,), favours="stations")
    assert allocate(
        pot, [Candidate("dear", "urban", 0, 9.0, 50.0, 5.0), Candidate("cheap", "urban", 0, 4.0, 50.0, 1.0)]
    ) == {"cheap"}
    assert allocate(pot, []) == set()
