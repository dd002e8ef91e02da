"""Use hour by hour: equal to a steady duty where it is steady, to step-by-step integration where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from evplan.degradation.duty import Duty
from evplan.degradation.history import Use, fade_of_use, read_use
from evplan.degradation.predict import load_model
from evplan.degradation.wear import wear_of
from evplan.errors import InputError

HOURS = np.arange(8760)
DAY = np.interp(HOURS % 24, [0, 8, 12, 20, 24], [0.1, 0.9, 0.9, 0.1, 0.1])  # 0.1 up to 0.9 at 0.1/h, and down again


@pytest.fixture(scope="module")
def model():
    return load_model("lfp")


def test_a_day_of_one_cycle_is_found_as_one_cycle_of_its_depth_and_rate():
    cycles = Use(np.full(8760, 25.0), DAY).cycles
    assert cycles.fec.sum() == pytest.approx(365 * 0.8)
    assert cycles.depth == pytest.approx(np.full(len(cycles.depth), 0.8))
    assert cycles.c_rate == pytest.approx(np.full(len(cycles.depth), 0.1))
    assert cycles.temperature_c == pytest.approx(np.full(len(cycles.depth), 25.0))


def test_small_swings_inside_a_large_one_are_cycles_of_their_own():
    # 0.2 up to 0.8, down to 0.5, up to 0.7, down to 0.2: one cycle of 0.6 and one of 0.2 (ASTM E1049, by hand).
    cycles = Use(np.full(4, 20.0), np.array([0.8, 0.5, 0.7, 0.2])).cycles
    by_depth = {round(d, 6): cycles.count[np.isclose(cycles.depth, d)].sum() for d in cycles.depth}
    assert by_depth == {0.6: 1.0, 0.2: 1.0}


SLOW_OUT_FAST_IN = np.interp(np.arange(1, 25), [0, 16, 18, 24], [0.9, 0.1, 0.9, 0.9])  # 0.05/h down, 0.4/h up again
WARM_OUT_COLD_IN = np.where(np.arange(24) < 16, 30.0, 5.0)


def test_a_cycle_is_rated_by_both_legs_and_warmed_by_the_one_that_charges():
    # By hand: 0.8 out at 0.05/h and 0.8 in at 0.4/h, weighted by what moves: 0.225/h; charged at 0.4/h, in the cold.
    cycles = Use(np.tile(WARM_OUT_COLD_IN, 30), np.tile(SLOW_OUT_FAST_IN, 30)).cycles
    assert cycles.fec.sum() == pytest.approx(30 * 0.8)
    assert cycles.c_rate == pytest.approx(np.full(30, 0.225))
    assert cycles.charge_c_rate == pytest.approx(np.full(30, 0.4))
    assert cycles.temperature_c == pytest.approx(np.full(30, 5.0))


def test_a_deep_day_before_changes_nothing_about_the_days_after(model):
    deep = np.interp(np.arange(1, 25), [0, 16, 18, 24], [0.95, 0.0, 0.95, 0.9])
    days = [SLOW_OUT_FAST_IN] * 30
    plain, disturbed = (Use(np.tile(WARM_OUT_COLD_IN, len(d)), np.concatenate(d)).cycles for d in (days, [deep, *days]))
    usual = np.isclose(disturbed.depth, 0.8)
    assert usual.sum() >= 29
    assert disturbed.c_rate[usual].mean() == pytest.approx(plain.c_rate.mean(), rel=0.01)
    assert disturbed.temperature_c[usual] == pytest.approx(np.full(usual.sum(), 5.0), abs=0.5)


@pytest.mark.parametrize("hours", [0, 5, 11, 17, 23])
def test_where_a_repeating_use_begins_changes_nothing(model, hours):
    random = np.random.default_rng(4)
    soc = 0.2 + np.tile(DAY[:24], 20) * 0.6 + random.uniform(-0.1, 0.1, 480)  # no two alike: ties may pair either way
    temperature_c = 20 + 10 * np.sin(np.arange(480) / 24 * 2 * np.pi)
    fades = [
        fade_of_use(model.capacity, Use(np.roll(temperature_c, shift), np.roll(soc, shift))) for shift in (0, hours)
    ]
    assert fades[1].cycle_rate == pytest.approx(fades[0].cycle_rate, rel=1e-9)
    assert fades[1].calendar_rate == pytest.approx(fades[0].calendar_rate, rel=1e-9)


def test_every_swing_is_counted_once():
    random = np.random.default_rng(5)
    for _ in range(50):
        soc = random.uniform(0, 1, 200)
        moved = np.abs(np.diff(np.append(soc[-1], soc))).sum()
        assert Use(np.full(200, 20.0), soc).cycles.fec.sum() == pytest.approx(moved / 2, rel=1e-9)


def test_a_steady_use_ages_as_the_steady_duty(model):
    use = Use(np.full(8760, 30.0), DAY)
    fade = fade_of_use(model.capacity, use)
    duty = Duty(temperature_c=30.0, soc=0.5, depth=0.8, c_rate=0.1, cycles_per_year=365 * 0.8)
    steady = model.fade(duty)
    assert use.cycles_per_year == pytest.approx(duty.cycles_per_year)
    assert fade.cycle_rate == pytest.approx(steady.cycle_rate)
    assert fade.calendar_rate == pytest.approx(steady.calendar_rate, rel=0.03)  # soc about 0.5, not at 0.5


def test_the_closed_form_is_the_step_by_step_integration(model):
    temperature_c = 20 + 12 * np.sin(HOURS / 8760 * 2 * np.pi) + 5 * np.sin(HOURS / 24 * 2 * np.pi)
    soc = np.clip(DAY + 0.05 * np.sin(HOURS), 0, 1)
    use = Use(temperature_c, soc)
    fade, cycles = fade_of_use(model.capacity, use), use.cycles
    p, q = model.time_exponent, model.cycle_exponent
    calendar, cycling = 0.0, 0.0
    for _ in range(3):
        for k in model.calendar_rate(temperature_c, use.mean_soc):
            calendar = (calendar ** (1 / p) + k ** (1 / p) / 8760) ** p
        for k, fec in zip(
            model.cycle_rate(cycles.temperature_c, cycles.depth, cycles.c_rate, cycles.charge_c_rate),
            cycles.fec,
            strict=True,
        ):
            cycling = (cycling ** (1 / q) + k ** (1 / q) * fec) ** q
    assert fade.calendar_loss(3.0) == pytest.approx(calendar, rel=1e-9)
    assert fade.cycle_loss(3 * cycles.fec.sum()) == pytest.approx(cycling, rel=1e-9)


def test_order_does_not_matter_and_three_years_twice_are_six(model):
    warm = np.full(4380 + 12, 35.0)  # whole days
    cold = np.full(4380 - 12, 15.0)
    first, second = Use(np.append(warm, cold), DAY), Use(np.append(cold, warm), DAY)
    assert fade_of_use(model.capacity, first).calendar_rate == pytest.approx(
        fade_of_use(model.capacity, second).calendar_rate, rel=1e-12
    )
    fade, n = fade_of_use(model.capacity, first), first.cycles_per_year
    z = fade.cycle_loss(3 * n) ** (1 / model.cycle_exponent)
    assert (2 * z) ** model.cycle_exponent == pytest.approx(fade.cycle_loss(6 * n), rel=1e-12)


def test_finer_steps_of_the_same_use_age_the_same(model):
    fine = np.interp((np.arange(35040) + 1) / 4, np.arange(8761), np.append(DAY[-1], DAY))
    hourly, quarters = Use(np.full(8760, 30.0), DAY), Use(np.full(35040, 30.0), fine, 0.25)
    assert quarters.cycles_per_year == pytest.approx(hourly.cycles_per_year)
    assert fade_of_use(model.capacity, quarters).cycle_rate == pytest.approx(
        fade_of_use(model.capacity, hourly).cycle_rate
    )
    assert fade_of_use(model.capacity, quarters).calendar_rate == pytest.approx(
        fade_of_use(model.capacity, hourly).calendar_rate, rel=0.02
    )


def test_an_idle_battery_only_ages_on_the_shelf(model):
    use = Use(np.full(100, 25.0), np.full(100, 0.5))
    fade = fade_of_use(model.capacity, use)
    assert (fade.cycle_rate, use.cycles_per_year) == (0.0, 0.0)
    assert fade.calendar_rate == pytest.approx(float(model.calendar_rate(25.0, 0.5)))
    wear = wear_of(fade, 0.0, 0.8)
    assert (wear.calendar_share, wear.life_fraction_per_fec) == (1.0, 0.0)


def test_a_file_gives_the_use_it_holds_or_says_what_is_wrong(tmp_path):
    day = "temperature_c,soc\n" + "20,0.5\n" * 24
    (tmp_path / "use.csv").write_text(day)
    assert read_use(tmp_path / "use.csv").soc.tolist() == [0.5] * 24
    for text, said in (
        ("a,b\n1,2\n", "temperature_c"),
        (day + "20,x\n", "'x'"),
        (day + "20,2\n", "rows 25"),
        (day + "-300,0.5\n", "-60"),
        ("temperature_c,soc\n20,0.5\n", "has 1 rows"),
        ("temperature_c,soc\n", "a row or more|has 0 rows"),
    ):
        (tmp_path / "use.csv").write_text(text)
        with pytest.raises(InputError, match=said):
            read_use(tmp_path / "use.csv")


@pytest.mark.parametrize("soc", [[0.5, 1.2], [0.5, np.nan], [0.5]])
def test_a_use_that_cannot_be_is_refused(soc):
    with pytest.raises(InputError, match="use:"):
        Use(np.array([20.0, 20.0]), np.array(soc))
