"""Whatever is put in the place of a value, in a file of any kind, is refused in words for people, or taken."""

from __future__ import annotations

import copy
import itertools
import json

import pytest
from spoiled import JARGON, places
from support import ROOT

from evplan.city.read import read_study
from evplan.errors import InputError
from evplan.feeder.read import validated as feeder
from evplan.instance.source import plain, read_source
from evplan.region.read import validated as region
from evplan.schedule.read import validated as schedule
from evplan.siting.read import validated as siting
from evplan.v2x.read import validated as v2x

KINDS = {"feeder": feeder, "region": region, "schedule": schedule, "siting": siting, "v2x": v2x}
WRONG = ("flase", "", -1, 1.5, 10**30, True, float("nan"), None, [], {}, ["x"], {"x": 1})


def spoilings(tree):
    """Yield each tree with a wrong value in the place of one of its own, and where."""
    for *way, last in places(tree)[1:]:
        for value in WRONG:
            spoiled = copy.deepcopy(tree)
            node = spoiled
            for part in way:
                node = node[part]
            node[last] = value
            yield spoiled, (*way, last, value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_wrong_value_is_refused_in_words(kind):
    tree = plain(read_source(ROOT / "instances" / f"{kind}.yaml").tree)
    study, faults = KINDS[kind](copy.deepcopy(tree))
    assert study is not None and not faults
    refused = 0
    for spoiled, what in spoilings(tree):
        _, faults = KINDS[kind](spoiled)
        told = "\n".join(fault.message for fault in faults)
        assert not JARGON.search(told), (what, told)
        refused += bool(faults)
    assert refused > len(places(tree))


def test_every_wrong_value_in_a_city_file_is_refused_in_words_with_its_line(tmp_path):
    tree, told = plain(read_source(ROOT / "instances" / "city.yaml").tree), []
    path = tmp_path / "city.yaml"
    for spoiled, _ in itertools.islice(
        spoilings(tree), 0, None, 5
    ):  # of twelve values, in turn: every file is read whole
        path.write_text(json.dumps(spoiled, default=str, indent=1))
        told += refusal(path)
    assert len(told) > len(places(tree))
    assert not [said for said in told if JARGON.search(said) or str(path) not in said]


def refusal(path):
    """Return what a city file is refused with, nothing where it is taken."""
    try:
        read_study(path)
    except InputError as error:
        return [str(error)]
    return []
