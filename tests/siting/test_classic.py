"""p-median and maximal cover: the best of all that can be counted, and published optima where the instances are at hand."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from evplan.errors import InputError
from evplan.siting.classic.cover import maximal_cover
from evplan.siting.classic.median import p_median
from evplan.siting.classic.orlib import is_orlib, read_pmed


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("p", [1, 2, 4])
def test_medians_are_the_best_that_can_be_counted(seed, p):
    random = np.random.default_rng(seed)
    cost = random.integers(1, 40, (14, 10)).astype(float) if seed % 2 else random.uniform(0, 9, (14, 10))
    best = min(cost[:, list(chosen)].min(axis=1).sum() for chosen in itertools.combinations(range(10), p))
    found = p_median(cost, p)
    assert found.value == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert cost[:, found.sites].min(axis=1).sum() == pytest.approx(best)


def test_hard_medians_are_proved():
    random = np.random.default_rng(5)
    at = random.random((60, 2))
    cost = np.rint(100 * np.hypot(*(at[:, None] - at).transpose(2, 0, 1)))
    best = min(cost[:, list(chosen)].min(axis=1).sum() for chosen in itertools.combinations(range(60), 3))
    found = p_median(cost, 3, weight=np.ones(60))
    assert (found.value, found.bound) == (best, best)


@pytest.mark.parametrize("seed", range(10))
def test_covers_are_the_best_that_can_be_counted(seed):
    random = np.random.default_rng(seed)
    covers, weight = random.random((30, 9)) < 0.2, random.uniform(0, 5, 30)
    best = max(weight[covers[:, list(chosen)].any(axis=1)].sum() for chosen in itertools.combinations(range(9), 3))
    found = maximal_cover(csr_array(covers), weight, 3)
    assert found.value == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert weight[covers[:, found.sites].any(axis=1)].sum() == pytest.approx(best)


def test_of_an_edge_that_stands_twice_the_last_counts(tmp_path):
    (tmp_path / "g.txt").write_text(" 3 3 1\n 1 2 5\n 2 3 1\n 2 1 9\n")
    graph = read_pmed(tmp_path / "g.txt")
    assert is_orlib(tmp_path / "g.txt")
    assert graph.distance.tolist() == [[0, 9, 10], [9, 0, 1], [10, 1, 0]]
    assert p_median(graph.distance, graph.sites).value == 10


@pytest.mark.parametrize(
    "text", ["3 3 1\n1 2 5\n", "3 1 1\n1 2 5\n", "3 2 9\n1 2 5\n2 3 1\n", "2 1 1\n1 7 5\n", "2 1 1\n1 2 x\n"]
)
def test_what_is_no_instance_is_told(tmp_path, text):
    (tmp_path / "g.txt").write_text(text)
    with pytest.raises(InputError, match=r"g\.txt"):
        read_pmed(tmp_path / "g.txt")


def test_published_optima_are_found():
    folder = Path(os.environ.get("ORLIB", ""))
    published = {1: 5819, 2: 4093, 6: 7824}  # Beasley 1985, European Journal of Operational Research 21(2), table 2
    there = [n for n in published if os.environ.get("ORLIB") and (folder / f"pmed{n}.txt").is_file()]
    if not there:
        pytest.skip("OR-Library's instances are not at hand; ORLIB names their folder")
    for n in there:
        graph = read_pmed(folder / f"pmed{n}.txt")
        found = p_median(graph.distance, graph.sites)
        assert (found.value, found.bound) == (published[n], published[n])
