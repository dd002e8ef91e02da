"""World files: read whole, or every fault at once with its place."""

from __future__ import annotations

import pytest
from garages import WORLD, scene
from support import ROOT

from evplan.errors import InputError
from evplan.instance.faults import InstanceError
from evplan.v2x.read import TEMPLATE, json_schema, read_world
from evplan.v2x.run import NAMES, policy_named


def written(tmp_path, text):
    path = tmp_path / "w.yaml"
    path.write_text(text)
    return path


def test_the_shipped_world_is_the_template_and_sound():
    shipped = (ROOT / "instances" / "v2x.yaml").read_text().split("\n", 1)[1]
    assert shipped == TEMPLATE.read_text()
    assert "30 ports" in read_world(ROOT / "instances" / "v2x.yaml").told


def test_the_schema_is_fresh():
    assert (ROOT / "instances" / "v2x-schema.json").read_text() == json_schema()


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    text = TEMPLATE.read_text()
    for old, new in (
        ("place: residents", "place: resident"), ("step_minutes: 15", "step_minutes: 7"), ("start_hour: [17, 20]", "start_hour: [20, 17]"),
        ("transformers:", "transformers:\n  - {name: house, limit_kw: 5}"), ("Europe/Amsterdam", "Europe/Amsterdan"),
    ):  # fmt: skip
        text = text.replace(old, new)
    with pytest.raises(InstanceError) as told:
        read_world(written(tmp_path, text))
    said = str(told.value)
    for words in (
        "did you mean 'residents'",
        "must divide an hour",
        "the earlier first",
        "names 'house' twice",
        "Europe/Amsterdam",
    ):
        assert words in said
    assert "w.yaml:" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("limit_kw: 90", "limit_kw: -90", "limit_kw"),
        ("behaviour: home", "behaviour: houses", "behaviour"),
        ("battery_kwh: 58", "battery_kwh: 0", "battery_kwh"),
        ("reduction: 0.35", "reduction: 1.5", "reduction"),
        ("hours: 24", "hours: 24.1", "whole steps"),
        ("kind: v2x", "kind: v3x", "kind"),
        ("places:\n  residents: {arrivals_per_day: 30, behaviour: home}\n", "", "places"),
    ],
)
def test_faults_name_their_field(tmp_path, old, new, words):
    text = TEMPLATE.read_text()
    assert old in text
    with pytest.raises(InputError, match=words):
        read_world(written(tmp_path, text.replace(old, new)))


def test_unknown_policies_are_told_with_those_that_are_known():
    with pytest.raises(InputError, match=r"did you mean 'as-fast'.*optimum"):
        policy_named("as-fest", scene([1]))
    with pytest.raises(InputError, match="no such file"):
        policy_named("nowhere.zip", scene([1]))
    for name in NAMES:
        assert callable(policy_named(name, scene([1])))


def test_a_start_that_clocks_skip_is_told(tmp_path):
    text = TEMPLATE.read_text()
    begin = next(line for line in text.splitlines() if line.startswith("start:"))
    with pytest.raises(InstanceError, match="clocks in Europe/Amsterdam skip"):
        read_world(written(tmp_path, text.replace(begin, "start: 2026-03-29T02:30")))


def test_prices_that_do_not_cover_the_days_are_told():
    with pytest.raises(InputError, match=r"prices.*the plan runs"):
        scene([1], prices={"values": [0.1] * 24})


def test_a_garage_of_the_tests_is_sound():
    assert WORLD["kind"] == "v2x"
