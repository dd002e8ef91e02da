"""The schedule file: a schema that is fresh and fits the example, slips told with their line."""

from __future__ import annotations

import json

import jsonschema
import pytest
from ruamel.yaml import YAML
from support import ROOT

from evplan.errors import InstanceError
from evplan.schedule.read import json_schema, read_site

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
        (("kind: schedule", "kind: city"), "is city, for `evplan city`; here a schedule file is wanted"),
    ],
)
def test_slips_are_told(tmp_path, change, told):
    path = tmp_path / "site.yaml"
    path.write_text(FILE.read_text().replace(*change))
    with pytest.raises(InstanceError, match=told):
        read_site(path)
