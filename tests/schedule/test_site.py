"""The schedule file: a schema that is fresh and fits the example, slips told with their line."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from ruamel.yaml import YAML
from support import ROOT

from evplan.cli import app
from evplan.errors import InstanceError
from evplan.schedule.read import json_schema, read_site, site_from

FILE = ROOT / "instances" / "schedule.yaml"


def test_the_committed_schema_is_fresh_and_fits_the_example():
    committed = (ROOT / "instances" / "schedule-schema.json").read_text(encoding="utf-8")
    assert committed == json_schema(), "run: evplan schema --kind schedule"
    jsonschema.validate(YAML(typ="safe", pure=True).load(FILE.read_text()), json.loads(committed))
    assert "120 kW" in read_site(FILE).told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("limit_kw: 120", "limit_kw: -1"), "must be greater than 0"),
        (("timezone: America/Los_Angeles", "timezone: Amerika/Los_Angeles"), "is not an IANA time zone"),
        (("step_minutes: 15", "step_minute: 15"), "did you mean 'step_minutes'"),
        (
            ("connection: {limit_kw: 120}", "connection: {limit_kw: 120, limit: {minutes: 30}}"),
            "needs either a file and a column, or values",
        ),
        (
            ("power_kw: 7.4", "power_kw: 7.4, taper: [{soc: 0, share: 0.5}, {soc: 1, share: 0.9}]"),
            "share fall ever faster",
        ),
        (
            ("power_kw: 7.4", "power_kw: 7.4, taper: [{soc: 0.5, share: 1}, {soc: 0.8, share: 0.1}]"),
            "must begin at soc 0 and end at soc 1",
        ),
        (
            ("peak_so_far_kw: 40", "battery: {energy_kwh: 10, power_kw: 5, stored_kwh: 20}"),
            "must be at most energy_kwh, 10",
        ),
        (("power_kw: 7.4", "power_kw: 7.4, shared: [{name: A}]"), "needs power_kw or at_once"),
        (("step_minutes: 15", "step_minutes: 15\ngoals: [cost, cost]"), "names a goal twice"),
        (("power_kw: 7.4", "power_kw: 7.4, min_power_kw: 8"), "min_power_kw.*must be at most power_kw, 7.4"),
        (("power_kw: 7.4", "power_kw: 7.4, setpoints_kw: [11, 22]"), "must hold one up to power_kw, 7.4"),
        (("peak_so_far_kw: 40", "peak_so_far_kw: [40, 30, 20]"), "one for each demand charge: 1 .got 3."),
        (("peak_so_far_kw: 40", "load: {file: nowhere.csv, column: kw}"), "no such file: .*nowhere.csv"),
        (("kind: schedule", "kind: city"), "is city, for `evplan city`; here a schedule file is wanted"),
    ],
)
def test_slips_are_told(tmp_path, change, told):
    path = tmp_path / "site.yaml"
    path.write_text(FILE.read_text().replace(*change))
    with pytest.raises(InstanceError, match=told):
        read_site(path)


def test_a_site_from_a_program_is_checked_as_a_file_is_and_opens_none():
    said = YAML(typ="safe", pure=True).load(FILE.read_text())
    assert site_from(said) == read_site(FILE).site
    with pytest.raises(InstanceError, match=r"connection\.limit_kw: must be greater than 0"):
        site_from(said | {"connection": {"limit_kw": -1.0}})
    with pytest.raises(
        InstanceError, match=r"prices\.file: opens a file, which is not done here; give `values` instead"
    ):
        site_from(said | {"prices": {"file": "/etc/passwd", "column": "x"}})


def test_a_new_file_is_sound_and_can_be_planned_with(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        app(["new", str(tmp_path / "site.yaml"), "--kind", "schedule"])
    assert ended.value.code == 0
    assert f"evplan schedule SESSIONS --site {tmp_path / 'site.yaml'}" in capsys.readouterr().out
    assert read_site(tmp_path / "site.yaml").site.connection.limit_kw == 120
    written = (tmp_path / "site.yaml").read_text()
    hints = r"^(\s*)# (phase_limit_kw|count|setpoints_kw|least_on_minutes|taper|battery|giving|goals|limit):"
    (tmp_path / "all.yaml").write_text(re.sub(hints, r"\1\2:", written, flags=re.MULTILINE))
    site = read_site(tmp_path / "all.yaml").site
    assert (
        site.battery is not None
        and site.chargers.count == 20
        and site.chargers.min_current_a == 6
        and site.goals == ("cost", "fairness")
    )
