"""Who comes: at measured rates, whatever the step; once at a port; with what classes and places say."""

from __future__ import annotations

import numpy as np
import pytest
from garages import WORLD, setting

from evplan.v2x.behaviour import LEVELS, behaviour
from evplan.v2x.stays import of_world

WIDE = [{**WORLD["stations"][0], "count": 400, "power_kw": 22}]


def drawn(seeds, **changes):
    own = setting(stations=WIDE, **changes)
    return own, own.draw(seeds)


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_arrivals_come_at_the_rate_of_the_file_whatever_the_step(minutes):
    # 100 vehicles on a weekday, on 1,500 weekdays: the mean of a Poisson number of 150,000 has an error of 0.26 %.
    _, traces = drawn(range(1500), step_minutes=minutes, days=1, places={"office": {"arrivals_per_day": 100}})
    count = traces.stays.there.sum() + traces.refused.sum()
    assert count / 1500 == pytest.approx(100, rel=0.02)
    hours = np.histogram(traces.stays.arrival_h[traces.stays.there], bins=24, range=(0, 24))[0] / 1500
    expected = 100 * behaviour("workplace").weekday
    assert np.abs(hours - expected).max() < 4 * np.sqrt(expected.max() / 1500)


def test_a_seed_draws_the_same_vehicles_at_any_step():
    quarter, hour = (drawn([1, 2], step_minutes=minutes)[1].stays for minutes in (15, 60))
    one, two = (np.sort(own.arrival_h[own.there]) for own in (quarter, hour))
    assert len(one) > 10
    assert np.array_equal(one, two)


def test_weekends_follow_their_factor():
    # 2026-06-06 is a Saturday.
    _, traces = drawn(range(3000), start="2026-06-06T00:00", days=1, places={"office": {"arrivals_per_day": 100}})
    count = traces.stays.there.sum() + traces.refused.sum()
    assert count / 3000 == pytest.approx(100 * behaviour("workplace").weekend_factor, rel=0.02)


def test_stays_and_energies_have_the_quantiles_of_the_place():
    place = {"home": {"arrivals_per_day": 60, "behaviour": "home"}}
    own, traces = drawn(range(800), hours=96.0, days=1, places=place | {"office": {"arrivals_per_day": 0}},
                        vehicles=[{"name": "big", "battery_kwh": 900}])  # fmt: skip
    assert traces.stays.there.sum() == 0  # its stations are of the office
    own = setting(
        stations=[{**WIDE[0], "place": "home"}],
        hours=96.0,
        days=1,
        places=place,
        vehicles=[{"name": "big", "battery_kwh": 900}],
    )
    stays = own.draw(range(800)).stays
    first_day = stays.there & (stays.arrival_h >= 18) & (stays.arrival_h < 21)
    lengths = (stays.departure_h - stays.arrival_h)[first_day]
    wanted = (stays.target - stays.came)[first_day] / stays.efficiency[first_day]  # at the port, where it was measured
    told = behaviour("home")
    for level in (0.2, 0.5, 0.8):
        assert np.quantile(lengths, level) == pytest.approx(np.interp(level, LEVELS, told.stay_h[6]), rel=0.04)
        assert np.quantile(wanted, level) == pytest.approx(np.interp(level, LEVELS, told.energy_kwh), rel=0.06)


def test_no_port_is_taken_twice_and_who_finds_none_is_counted():
    own = setting(places={"office": {"arrivals_per_day": 150}})
    traces = own.draw(range(20))
    assert traces.refused.sum() > 0
    for world in range(20):
        stays = of_world(traces.stay_table, world)
        assert (np.diff(stays.first) >= 0).all()
        for port in np.unique(stays.port):
            mine = stays.port == port
            order = np.argsort(stays.first[mine])
            assert (stays.first[mine][order][1:] > stays.last[mine][order][:-1]).all()
            assert (stays.arrival_h[mine][order][1:] >= stays.departure_h[mine][order][:-1] - 1e-9).all()


def test_hours_of_a_stay_are_those_between_arrival_and_departure():
    own, traces = drawn(range(20))
    stays, h = traces.stays, own.calendar.step_h
    there = stays.there
    whole = np.where(
        stays.last > stays.first, (stays.last - stays.first - 1) * h + stays.first_h + stays.last_h, stays.first_h
    )
    assert np.abs(whole - (stays.departure_h - stays.arrival_h))[there].max() < 1e-9


def test_consent_reserve_and_wishes_are_as_the_class_says():
    vehicle = {
        "name": "a",
        "battery_kwh": 60,
        "v2g_kw": 8,
        "consents": 0.3,
        "reserve_soc": 0.4,
        "target_soc": [0.7, 0.9],
        "most_soc": 0.95,
    }
    _, traces = drawn(range(300), vehicles=[vehicle])
    stays, there = traces.stays, traces.stays.there
    gives = stays.give_kw[there] > 0
    assert gives.mean() == pytest.approx(0.3, abs=0.03)
    assert set(np.unique(stays.give_kw[there])) == {0.0, 8.0}
    assert (stays.least[there] == np.minimum(stays.came, 24.0)[there]).all()
    assert (stays.most[there] == 57.0).all()
    assert (stays.target[there] <= 54.0 + 1e-9).all()


def test_a_one_phase_charger_has_a_third_of_a_three_phase_ports_power():
    one = {"name": "one", "battery_kwh": 40, "ac_kw": 7.4, "phases": 1}
    three = {"name": "three", "battery_kwh": 40, "ac_kw": 22, "phases": 3}
    own = setting(stations=[{**WIDE[0], "port_kw": 22}], vehicles=[one, three])
    assert own.equipment.charge_kw[:, 0] == pytest.approx([22 / 3, 22])
    single = setting(stations=[{**WIDE[0], "port_kw": 7.4, "phases": 1}], vehicles=[one, three])
    assert single.equipment.charge_kw[:, 0] == pytest.approx([7.4, 22 / 3])


def test_who_cannot_charge_from_direct_current_leaves():
    own = setting(
        stations=[{**WIDE[0], "current": "dc", "power_kw": 150, "port_kw": 150}],
        vehicles=[{"name": "ac", "battery_kwh": 40}],
    )
    traces = own.draw(range(5))
    assert traces.stays.there.sum() == 0
    assert traces.refused.sum() > 0


def test_the_last_vehicles_leave_at_the_end_with_a_wish_in_proportion():
    own = setting(places={"office": {"arrivals_per_day": 60, "behaviour": "home"}}, stations=WIDE)
    stays = own.draw(range(50)).stays
    there = stays.there
    assert stays.departure_h[there].max() == pytest.approx(24.0)
    cut = there & (stays.departure_h > 24 - 1e-9)
    rest = there & ~cut
    assert (stays.target - stays.came)[cut].mean() < 0.7 * (stays.target - stays.came)[rest].mean()


def test_events_reduce_limits_and_are_known_with_their_notice():
    event = {"per_day": 2, "start_hour": [10, 12], "minutes": 45, "reduction": 0.5, "notice_minutes": 30}
    own = setting(events=[event])
    traces = own.draw(range(50))
    low = traces.nodes.limit_kw < traces.usual_kw
    assert low.any(axis=(0, 2)).mean() > 0.8
    assert set(np.unique(traces.nodes.limit_kw)) == {30.0, 60.0}
    step = np.nonzero(low)[0]
    assert step.min() >= 40
    assert step.max() <= 51
    lead = step - traces.notice[low]
    assert lead.min() >= 1
    assert lead.max() <= 6


def test_of_events_that_overlap_the_lowest_limit_is_known_by_its_own_notice():
    slight = {"per_day": 24, "start_hour": [10, 10], "minutes": 120, "reduction": 0.2, "notice_minutes": 600}
    deep = {"per_day": 24, "start_hour": [11, 11], "minutes": 30, "reduction": 0.5, "notice_minutes": 15}
    for events in ([slight, deep], [deep, slight]):
        traces = setting(days=1, events=events).draw([0])
        assert traces.nodes.limit_kw[40:48, 0, 0].tolist() == [48.0] * 4 + [30.0] * 2 + [48.0] * 2
        assert traces.notice[40:48, 0, 0].tolist() == [0] * 4 + [43] * 2 + [0] * 2


@pytest.mark.parametrize(("day", "step"), [("2026-03-28", 24 + 9), ("2026-03-29", 9), ("2026-10-25", 11)])
def test_events_are_at_hours_of_the_clock(day, step):
    # Clocks go forward on 29 March and back on 25 October: ten o'clock is nine or eleven hours after midnight.
    event = {"per_day": 24, "start_hour": [10, 10], "minutes": 60, "reduction": 0.5}
    traces = setting(start=f"{day}T00:00", days=1, hours=48.0, step_minutes=60, events=[event]).draw([0])
    assert step in np.flatnonzero(traces.nodes.limit_kw[:, 0, 0] < 60)
    assert len(np.flatnonzero(traces.nodes.limit_kw[:, 0, 0] < 60)) == 2
