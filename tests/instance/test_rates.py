"""A tariff as a whole: every hour has a price, and buying to sell never pays."""

import pytest

from evplan.instance.rates import edge_faults, tariff_faults

ALWAYS = {"price_per_kwh": 0.1}


def told(*energy, **tariff):
    return [f"{'.'.join(f.loc)}: {f.message}" for f in tariff_faults({"energy": list(energy), **tariff}, ("t",))]


@pytest.mark.parametrize(
    "lines",
    [
        [{}],
        [{"end": "12:30"}, {"start": "12:30"}],
        [{"start": "22:00", "end": "06:00"}, {"start": "06:00", "end": "22:00"}],
        [{"start": "09:00", "end": "09:00"}],
        [{"start": "00:00", "end": "00:00"}],
        [{"days": "weekday"}, {"days": "weekend"}],
        [{"months": [1, 2, 3]}, {"months": [4, 5, 6, 7, 8, 9, 10, 11, 12]}],
    ],
)
def test_windows_that_cover_the_year_are_accepted(lines):
    assert told(*({**ALWAYS, **line} for line in lines)) == []


@pytest.mark.parametrize(
    ("lines", "gap"),
    [
        ([{"start": "00:01"}], "weekdays in January, 00:00 to 00:01"),
        ([{"end": "23:59"}], "weekdays in January, 23:59 to 24:00"),
        ([{"start": "22:00", "end": "06:00"}], "weekdays in January, 06:00 to 22:00"),
        ([{"days": "weekday"}], "weekends in January, 00:00 to 24:00"),
        ([{}, {"months": [2]}][1:], "weekdays in January, 00:00 to 24:00"),
        ([{"months": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]}], "weekdays in November, 00:00 to 24:00"),
        ([{"end": "12:00"}, {"start": "13:00"}], "weekdays in January, 12:00 to 13:00"),
    ],
)
def test_first_gap_is_told_to_the_minute(lines, gap):
    assert told(*({**ALWAYS, **line} for line in lines)) == [
        f"t.energy: leaves hours without a price, the first on {gap}; open the list with a line without a window"
    ]


def test_export_price_equal_to_the_cheapest_energy_price_is_accepted():
    assert told(ALWAYS, export_per_kwh=0.1) == []


def test_export_price_above_the_cheapest_energy_price_is_refused():
    night = {"price_per_kwh": 0.04, "start": "00:00", "end": "05:00"}
    (fault,) = told(ALWAYS, night, export_per_kwh=0.05)
    assert fault.startswith("t.export_per_kwh: must be at most the cheapest energy price, 0.04, or 0 for no export")


def test_price_that_a_later_line_overrides_everywhere_does_not_count():
    assert told({"price_per_kwh": 0.01}, ALWAYS, export_per_kwh=0.05) == []


@pytest.mark.parametrize(
    ("step", "edge", "finer"), [(60, "13:30", 30), (60, "13:15", 15), (30, "13:10", 10), (15, "13:05", 5)]
)
def test_a_window_edge_between_steps_is_refused_with_the_step_that_would_do(step, edge, finer):
    (fault,) = edge_faults({"energy": [ALWAYS, {"price_per_kwh": 0.2, "start": edge}]}, ("t",), step)
    assert fault.loc == ("t", "energy", 1, "start")
    assert fault.message.endswith(f"set horizon.step_minutes: {finer}")
    assert list(edge_faults({"energy": [ALWAYS, {"price_per_kwh": 0.2, "start": edge}]}, ("t",), finer)) == []


@pytest.mark.parametrize("tariff", [None, [], 3, {"energy": []}, {"energy": {}}, {"energy": [3]}])
def test_tariff_of_the_wrong_shape_is_left_to_the_schema(tariff):
    assert list(tariff_faults(tariff, ("t",))) == []


@pytest.mark.parametrize("export", [None, "free", [], True])
def test_export_price_of_the_wrong_kind_is_left_to_the_schema(export):
    assert told(ALWAYS, export_per_kwh=export) == []
