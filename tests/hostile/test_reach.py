"""Files that a file may name: those in its folder or below, and evplan's own data; others where its user says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from support import ROOT, TINY, variant

from evplan.city.read import read_study
from evplan.errors import InstanceError
from evplan.feeder.read import read_feeder
from evplan.instance.read import read
from evplan.instance.scenarios import put
from evplan.paths import ALLOWED, anywhere
from evplan.schedule.read import read_site
from evplan.siting.read import read_siting
from evplan.v2x.read import read_world

SERIES = "kw\n" + "1.0\n" * 8760
PLACES = {
    "weather.file": "FILE", "sites[0].load_kw": {"file": "FILE", "column": "kw"}, "catalogue.battery.ageing_model": "MODEL",
    "sites[0].programmes": [{"name": "PROGRAMME"}], "context": {"file": "FILE"},
    "carbon": {"grid_series": {"file": "FILE", "column": "kw"}},
    "scenarios": {"a": {"weather.file": "FILE"}}, "futures": {"cases": {"a": {"changes": {"weather.file": "FILE"}}}},
}  # fmt: skip


@pytest.fixture
def apart(tmp_path):
    """Return a folder for instances, and a file beside it that is none of theirs."""
    (tmp_path / "secret.csv").write_text(SERIES)
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def named(said, name):
    """Return a tree in which a file is called so."""
    if isinstance(said, dict):
        return {key: named(value, name) for key, value in said.items()}
    if isinstance(said, list):
        return [named(value, name) for value in said]
    return {"FILE": f"{name}.csv", "MODEL": f"{name}.npz", "PROGRAMME": f"{name}.yaml"}.get(said, said)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "~/../secret/../../secret"])
@pytest.mark.parametrize("place", PLACES)
def test_a_plan_may_not_name_what_lies_outside_its_folder(place, name, apart):
    path = variant(apart)
    said = json.loads(path.read_text())
    changes = named(PLACES[place], name)
    if place == "scenarios":
        said["scenarios"] = changes
    else:
        put(said, place, changes)
    path.write_text(json.dumps(said))
    with pytest.raises(InstanceError, match=r"leads out of the folder .* --allow-outside") as told:
        read(path)
    assert len(told.value.faults) == 1  # and nothing is said of what is in that file, or whether it is there


def test_a_link_that_leads_out_is_followed_before_it_is_judged(apart):
    (apart / "inside.csv").symlink_to(apart.parent / "secret.csv")
    with pytest.raises(InstanceError, match="leads out of the folder"):
        read(variant(apart, {"sites[0].load_kw": {"file": "inside.csv", "column": "kw"}}))


def test_a_file_in_its_folder_or_below_may_be_named(apart):
    (apart / "series").mkdir()
    shutil.move(apart.parent / "secret.csv", apart / "series" / "load.csv")
    assert read(variant(apart, {"sites[0].load_kw": {"file": "series/load.csv", "column": "kw"}}))


def test_a_folder_that_is_called_alike_is_another(apart):
    (apart.parent / "own-2").mkdir()
    (apart.parent / "own-2" / "load.csv").write_text(SERIES)
    with pytest.raises(InstanceError, match="leads out of the folder"):
        read(variant(apart, {"sites[0].load_kw": {"file": "../own-2/load.csv", "column": "kw"}}))


def test_every_shipped_file_may_name_the_shipped_data():
    assert read_feeder(ROOT / "instances" / "feeder.yaml")


@pytest.mark.parametrize(
    ("reader", "file", "old", "new"),
    [
        (read_siting, "siting.yaml", "../data/valley/areas.geojson", "../secret.geojson"),
        (read_feeder, "feeder.yaml", "../data/village/lines.csv", "../secret.csv"),
        (read_site, "schedule.yaml", "grid_kg_per_kwh: 0.25", "solar: {file: ../secret.csv, column: kw}"),
        (read_world, "v2x.yaml", "start: 2026-06-01T12:00", "start: 2026-06-01T12:00\nsessions: ../secret.csv"),
        (read_study, "city.yaml", "  - use: berlin", "  - {use: berlin, weather: {file: ../secret.csv}}"),
    ],
    ids=["siting", "feeder", "schedule", "v2x", "city"],
)
def test_files_of_every_kind_are_kept_to_their_folder(reader, file, old, new, apart):
    text = (ROOT / "instances" / file).read_text()
    assert old in text
    (apart / file).write_text(text.replace(old, new))
    with pytest.raises(InstanceError, match="leads out of the folder"):
        reader(apart / file)


def test_what_evplan_wrote_itself_may_name_any(apart):
    path = variant(apart, {"sites[0].load_kw": {"file": "../secret.csv", "column": "kw"}})
    with anywhere():
        assert read(path)
    with pytest.raises(InstanceError):
        read(path)


def test_the_flag_allows_it_on_the_command_line(apart):
    path = variant(apart, {"sites[0].load_kw": {"file": "../secret.csv", "column": "kw"}})
    command = [sys.executable, "-m", "evplan", "check", str(path)]
    alone = {name: value for name, value in os.environ.items() if name != ALLOWED}
    refused = subprocess.run(command, capture_output=True, text=True, env=alone, check=False)
    assert refused.returncode == 2
    assert f"{path}:1:" in refused.stderr
    assert subprocess.run([*command, "--allow-outside"], capture_output=True, env=alone, check=False).returncode == 0


def test_tiny_names_nothing():
    assert read(TINY)
