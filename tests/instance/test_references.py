"""`use: FILE/ENTRY`: figures from data/, where the instance's own fields win."""

import re

import pytest

from evplan.errors import InstanceError
from evplan.instance.catalogue import Charger
from evplan.instance.read import read
from evplan.instance.source import plain, read_source
from evplan.paths import data_dir

DC150 = "    - use: us/dc150\n      max_count: 8\n"


@pytest.fixture(scope="module")
def costs():
    return plain(read_source(data_dir() / "costs" / "us.yaml").tree)["entries"]


def dc150(path):
    return next(charger for charger in read(path).instance.catalogue.chargers if charger.power_kw == 150)


def test_every_figure_of_the_entry_is_taken(sound, costs):
    charger = dc150(sound).model_dump()
    figures = {name: value for name, value in costs["dc150"].items() if name in Charger.model_fields}
    assert len(figures) > 4
    assert {name: charger[name] for name in figures} == figures


def test_own_fields_win_over_the_entry(spoil, costs):
    charger = dc150(spoil((DC150, "    - {use: us/dc150, cost: 5, source: our quote}\n")))
    assert (charger.cost, charger.source) == (5, "our quote")
    assert charger.install_cost == costs["dc150"]["install_cost"]


def test_charger_is_called_after_its_entry_unless_it_has_a_name(spoil, sound):
    assert dc150(sound).name == "dc150"
    named = spoil((DC150, "    - {use: us/dc150, name: fast}\n"), ("[dc50, dc150]", "[dc50, fast]"))
    assert dc150(named).name == "fast"


def test_notes_of_the_data_file_are_no_fields_of_the_instance(sound, costs):
    assert {"kind", "notes", "year", "currency", "checked"} <= set(costs["dc150"])
    assert not {"kind", "notes", "year", "currency", "checked"} & set(dc150(sound).model_dump())


@pytest.mark.parametrize("file", sorted((data_dir() / "tariffs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_tariff_can_be_used(file, spoil, sound):
    text = sound.read_text()
    block = text[text.index("    energy:\n") : text.index("sites:\n")]
    entries = plain(read_source(file).tree)["entries"]
    for name, entry in entries.items():
        tariff = read(spoil((block, f"    use: {file.stem}/{name}\n"))).instance.tariffs["general-service"]
        assert [line.price_per_kwh for line in tariff.energy] == [line["price_per_kwh"] for line in entry["energy"]]


def test_every_shipped_charger_can_be_used(spoil, costs):
    names = [name for name, entry in costs.items() if entry["kind"] == "charger"]
    lines = "".join(f"    - use: us/{name}\n" for name in names if name != "dc50")
    chargers = read(spoil((DC150, lines))).instance.catalogue.chargers
    assert {charger.name for charger in chargers} == {*names, "dc50"}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("us", "must be FILE/ENTRY (got 'us'); known here: us/ac19"),
        ("us/dc150/cost", "must be FILE/ENTRY (got 'us/dc150/cost'); did you mean 'us/dc150'?"),
        ("150", "must be FILE/ENTRY (got 150)"),
        ("null", "must be FILE/ENTRY (got nothing)"),
        ("../costs/us", "must be FILE/ENTRY (got '../costs/us')"),
        ("eu/dc150", "there is no 'eu' in data/costs; did you mean 'us/dc150'?"),
        ("us/dc15", "'us' has no entry 'dc15'; did you mean 'us/dc150'?"),
        ("us/battery", "must be of kind charger (got kind battery); known here: us/ac19"),
    ],
)
def test_bad_reference_is_told_once_and_alone(spoil, reference, message):
    with pytest.raises(InstanceError) as refused:
        read(spoil((DC150, f"    - use: {reference}\n")))
    assert re.search(rf":18:12: catalogue\.chargers\[.+\]\.use: {re.escape(message)}", str(refused.value))
    assert len(refused.value.faults) == 1


def test_fault_in_a_figure_over_an_entry_is_told_at_the_figure(spoil):
    with pytest.raises(InstanceError, match=r":19:18: catalogue\.chargers\[dc150\]\.max_count: must be a whole number"):
        read(spoil(("max_count: 8", "max_count: 8.5")))


def test_figures_of_another_currency_are_refused_also_in_a_scenario(scenario):
    with pytest.raises(InstanceError, match=r"makes catalogue\.solar\.use wrong: holds figures in USD, but .* EUR"):
        scenario("finance.currency: EUR")
