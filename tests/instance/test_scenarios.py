"""Scenarios: which paths lead somewhere, what they may set, and where their faults are told."""

import pytest

from evplan.errors import InputError, InstanceError
from evplan.instance.read import read


def test_list_items_go_by_name(scenario):
    instance = scenario("sites[rock-creek].demand.growth_per_year: 0.2")
    assert [site.demand.growth_per_year for site in instance.sites] == [0.0, 0.2]


def test_list_items_go_by_number_from_0(scenario):
    instance = scenario("sites[0].connection.steps[1].cost: 5")
    assert [step.cost for step in instance.sites[0].connection.steps] == [60000, 5]


def test_charger_taken_from_shipped_figures_goes_by_its_entry(scenario):
    chargers = scenario("catalogue.chargers[dc150].cost: 1").catalogue.chargers
    assert [charger.cost for charger in chargers] == [38000, 1]


def test_tariff_goes_by_name_with_dots_or_brackets(scenario):
    for path in ("tariffs.general-service.export_per_kwh", "tariffs[general-service].export_per_kwh"):
        assert scenario(f"{path}: 0.01").tariffs["general-service"].export_per_kwh == 0.01


def test_null_removes_what_may_be_absent(scenario):
    assert scenario("catalogue.battery: null").catalogue.battery is None


def test_null_leaves_the_other_scenarios_alone(sound):
    assert read(sound, "no-battery").instance.catalogue.battery is None
    assert read(sound, "growth").instance.catalogue.battery is not None
    assert read(sound).instance.catalogue.battery is not None


def test_figure_over_shipped_figures_wins_and_the_rest_stays(scenario, sound):
    before, after = read(sound).instance.catalogue.solar, scenario("catalogue.solar.cost_per_kw: 7").catalogue.solar
    assert after == before.model_copy(update={"cost_per_kw": 7})


def test_whole_block_may_be_given(scenario):
    solar = scenario("catalogue.solar: {cost_per_kw: 900, tilt_deg: 30}").catalogue.solar
    assert (solar.cost_per_kw, solar.tilt_deg, solar.om_per_kw_year) == (900, 30, 0)


def test_block_may_name_shipped_figures(scenario):
    battery = scenario("catalogue.battery: {use: us/battery-large}").catalogue.battery
    assert "source" in battery.model_fields_set


def test_optional_block_left_out_of_the_file_may_be_changed(scenario):
    assert scenario("catalogue.vehicle.soc: 0.3").catalogue.vehicle.soc == 0.3
    without = ("solver:\n  gap: 0.001\n", "")
    assert scenario("solver.time_limit_s: 9", changes=[without]).solver.time_limit_s == 9


def test_later_line_sees_what_an_earlier_one_set(scenario):
    steps = "sites[rock-creek].connection.steps: [{power_kw: 90, cost: 1}]"
    site = scenario(steps, "sites[rock-creek].connection.steps[0].cost: 2").sites[1]
    assert (site.connection.steps[0].power_kw, site.connection.steps[0].cost) == (90, 2)


def test_scenario_that_changes_a_scenario_is_refused(scenario):
    with pytest.raises(InstanceError, match="must not lead into the scenarios themselves"):
        scenario("scenarios.growth: {}")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("sites[gate-town].setting", "leads nowhere: no item 'gate-town'; did you mean 'gate-city'?"),
        ("sites[9].setting", "leads nowhere: no item '9'; known here: gate-city, rock-creek"),
        ("sites[0].connection.steps[2].cost", "leads nowhere: no item '2'; the list has 2 items, from 0"),
        ("sites.setting", "leads nowhere: no item 'setting'; known here: gate-city, rock-creek"),
        ("catalog.battery", "leads nowhere: no 'catalog' on the way; did you mean 'catalogue'?"),
        ("catalogue.batery.soc_min", "leads nowhere: no 'batery' on the way; did you mean 'battery'?"),
        ("horizon.years.first", "leads nowhere: no 'first' on the way (years is no block)"),
        ("horizon.start.year", "leads nowhere: no 'year' on the way (start is no block)"),
        ("horizon..years", "is not a dotted path such as sites[NAME].price_per_kwh"),
        (".horizon", "is not a dotted path such as sites[NAME].price_per_kwh"),
        ("sites[]", "is not a dotted path such as sites[NAME].price_per_kwh"),
        ("sites[rock-creek", "is not a dotted path such as sites[NAME].price_per_kwh"),
        ("sites[rock-creek]demand", "is not a dotted path such as sites[NAME].price_per_kwh"),
        ("", "is not a dotted path such as sites[NAME].price_per_kwh"),
        ("weathr", "is not a field here; did you mean 'weather'?"),
    ],
)
def test_path_that_leads_nowhere_is_told_at_its_line(scenario, path, message):
    with pytest.raises(InstanceError) as refused:
        scenario(f'"{path}": 1')
    fault = str(refused.value).split("\n")[0]
    assert ":61:5: scenarios.asked" in fault
    assert fault.endswith(message)


def test_fault_of_a_value_is_told_where_the_scenario_says_it(scenario):
    with pytest.raises(InstanceError, match=r":61:51: scenarios\.asked\.catalogue\.solar\.losses: must be at least 0"):
        scenario("catalogue.solar: {cost_per_kw: 900, losses:   -1}")


def test_fault_that_a_scenario_brings_elsewhere_names_the_scenario(scenario):
    with pytest.raises(InstanceError, match=r":60:3: scenarios\.asked: makes sites\[rock-creek\]\.chargers\[1\] wrong"):
        scenario("catalogue.chargers: [{use: us/dc50}]")


def test_every_scenario_is_checked_although_none_is_asked_for(spoil):
    path = spoil(("growth_per_year: 0.25", "growth_per_year: 9"), ("battery: null", "battery: 4"))
    with pytest.raises(InstanceError, match="2 faults in"):
        read(path)


def test_unknown_scenario_is_told_with_the_nearest(sound):
    with pytest.raises(InputError, match="there is no scenario 'grow'; did you mean 'growth'"):
        read(sound, "grow")


def test_file_without_scenarios_says_so(spoil, sound):
    block = sound.read_text()[sound.read_text().index("scenarios:") :]
    with pytest.raises(InputError, match="there is no scenario 'growth'; the file has none"):
        read(spoil((block, "")), "growth")


def test_hash_tells_a_scenario_from_its_base(sound):
    assert len({read(sound).hash, read(sound, "growth").hash, read(sound, "no-battery").hash}) == 3
    assert read(sound).hash == read(sound).hash
