"""The JSON Schema: fresh, complete, and true of every instance that is shipped."""

import datetime
import json
from pathlib import Path

import pytest

from evplan.instance.new import TEMPLATE
from evplan.instance.read import read
from evplan.instance.schema import Instance, json_schema
from evplan.instance.source import plain, read_source
from evplan.paths import data_dir

SOUND = Path(__file__).parent / "sound.yaml"
ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "instances" / "schema.json"
PLANS = [
    path for path in sorted((ROOT / "instances").glob("*.yaml")) if "kind: plan" in path.read_text(encoding="utf-8")
]
SHIPPED = [*PLANS, TEMPLATE, SOUND]


def nouns():
    """Return every noun of the schema, by following the fields down from the instance."""
    return {"Instance": json.loads(json_schema()), **json.loads(json_schema())["$defs"]}


def test_committed_schema_is_the_one_the_code_writes():
    assert COMMITTED.read_text(encoding="utf-8") == json_schema(), "run: evplan schema --output instances/schema.json"


def test_schema_is_written_to_a_file_or_to_the_terminal(evplan, tmp_path):
    path = tmp_path / "schema.json"
    assert evplan("schema", "--output", path)[0] == 0
    assert path.read_text(encoding="utf-8") == evplan("schema")[1] == json_schema()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_instance_is_sound_with_every_scenario(path):
    names = read(path).instance.scenarios
    assert all(read(path, name).scenario == name for name in names)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_instance_fits_the_json_schema(path):
    jsonschema = pytest.importorskip("jsonschema")
    tree = json.loads(json.dumps(plain(read_source(path).tree), default=datetime.date.isoformat))
    jsonschema.validate(tree, json.loads(json_schema()))


@pytest.mark.parametrize("noun", sorted(nouns()))
def test_every_field_has_a_description(noun):
    known = nouns()
    for name, field in known[noun]["properties"].items():
        assert field.get("description") or known[field["$ref"].rpartition("/")[2]]["description"], name


@pytest.mark.parametrize("noun", sorted(nouns()))
def test_no_noun_takes_unknown_fields(noun):
    assert nouns()[noun]["additionalProperties"] is False


def test_catalogue_entry_may_name_shipped_figures_instead_of_giving_them():
    charger = nouns()["Charger"]
    assert charger["anyOf"] == [{"required": ["name", "power_kw", "cost"]}, {"required": ["use"]}]
    assert "FILE/ENTRY" in charger["properties"]["use"]["description"]


def test_fractions_carry_their_range_into_the_schema():
    assert nouns()["Demand"]["properties"]["min_served"]["maximum"] == 1
    assert nouns()["Charger"]["properties"]["availability"]["exclusiveMinimum"] == 0


def test_instance_survives_its_own_json():
    instance = read(SOUND).instance
    assert Instance.model_validate(instance.model_dump(mode="json", exclude_none=True)) == instance


@pytest.mark.parametrize("file", sorted((data_dir() / "costs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_charger_solar_and_battery_can_be_used(file, tmp_path):
    entries = plain(read_source(file).tree)["entries"]
    for kind, line in (("solar", "use: us/solar"), ("battery", "use: us/battery")):
        for name in (name for name, entry in entries.items() if entry["kind"] == kind):
            path = tmp_path / f"{name}.yaml"
            path.write_text(SOUND.read_text().replace(f"{line}\n", f"use: {file.stem}/{name}\n"))
            assert read(path).instance.catalogue.model_dump()[kind]["source"] == entries[name]["source"]
