"""A series that starts on a day of its own: every day of the plan has the rows of its weekday, near its date, at its civil time."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from evplan.instance.base import PeakDays, SeriesFile
from evplan.instance.schema import Horizon
from evplan.parameters.clock import make_clock
from evplan.parameters.series import series_on_clock

ZONE = "America/New_York"


def measured(folder, first, days=365):
    """Write a series whose rows are their own moments, in seconds of civil time; return what names it."""
    start = pd.Timestamp(first).tz_localize(ZONE).tz_convert("UTC")
    moments = pd.date_range(start, periods=24 * days, freq="h").tz_convert(ZONE).tz_localize(None)
    pd.DataFrame({"v": moments.as_unit("s").asi8}).to_csv(folder / "load.csv", index=False)
    return SeriesFile(file="load.csv", column="v", start=first)


def laid(series, folder, horizon, peak_days=None):
    """Return the clock of a horizon and the moments whose rows its steps have."""
    clock, year = make_clock(horizon), make_clock(horizon.model_copy(update={"weeks": ()}))
    values = series_on_clock(series, clock, year, folder, peak_days)
    return clock, pd.to_datetime(values, unit="s")


def horizon(year, **said):
    return Horizon(start=datetime.date(year, 1, 1), timezone=ZONE, **said)


@pytest.mark.parametrize(
    ("first", "days", "year"), [(2019, 365, 2027), (2020, 366, 2027), (2027, 365, 2032), (2027, 365, 2028), (2021, 365, 2027)]
)  # fmt: skip
def test_days_have_the_rows_of_the_nearest_same_weekday(tmp_path, first, days, year):
    clock, rows = laid(measured(tmp_path, datetime.date(first, 1, 1), days), tmp_path, horizon(year))
    own = clock.start.tz_localize(None)
    assert (rows.day_of_week == own.day_of_week).all()
    assert ((rows.hour == own.hour) | (own.month == 3) | (rows.month == 3)).all()  # but where clocks skip an hour
    assert (rows.hour != own.hour).sum() <= 1
    same = pd.to_datetime({"year": first, "month": own.month, "day": own.day})
    away = np.abs((rows.normalize() - pd.DatetimeIndex(same)).days)
    inner = (
        (own.day_of_year > 4)
        & (own.day_of_year < 362)
        & ~((own.month == 2) & (own.day > 24))
        & ~((own.month == 3) & (own.day < 5))
    )
    assert away[inner].max() <= 3 and away.max() <= 7  # at the year's ends and beside 29 February the next week's


def test_a_year_that_begins_in_summer_goes_round(tmp_path):
    """Rows from July 2026 to June 2027 for a plan of 2027 from January: spring is of 2027, autumn of 2026."""
    clock, rows = laid(measured(tmp_path, datetime.date(2026, 7, 1)), tmp_path, horizon(2027))
    own = clock.start.tz_localize(None)
    assert (rows.day_of_week == own.day_of_week).all()
    assert rows[own.month == 4].year.unique().tolist() == [2027] and rows[own.month == 10].year.unique().tolist() == [
        2026
    ]
    assert np.abs(rows.day_of_year - own.day_of_year)[(own.day_of_year > 10) & (own.day_of_year < 350)].max() <= 7


def test_weeks_and_finer_steps_have_the_rows_of_their_weekday(tmp_path):
    series = measured(tmp_path, datetime.date(2019, 1, 1))
    clock, rows = laid(series, tmp_path, horizon(2027, weeks=(datetime.date(2027, 7, 19),), step_minutes=15))
    assert clock.steps == 7 * 96
    assert rows[0] == pd.Timestamp("2019-07-22") and rows[-1] == pd.Timestamp("2019-07-28 23:00")  # Monday to Sunday


def test_the_start_of_the_plan_itself_changes_nothing(tmp_path):
    series = measured(tmp_path, datetime.date(2027, 1, 1))
    _, rows = laid(series, tmp_path, horizon(2027))
    _, without = laid(series.model_copy(update={"start": None}), tmp_path, horizon(2027))
    assert (rows == without).all()


@pytest.mark.parametrize(
    ("zone", "start", "day"), [("Australia/Sydney", (2027, 1, 1), (2027, 7, 15)), (ZONE, (2026, 7, 1), (2027, 3, 14))]
)
def test_peak_days_of_a_year_that_begins_in_summer_time_are_their_own(tmp_path, zone, start, day):
    pd.DataFrame({"v": np.zeros(8760)}).to_csv(tmp_path / "load.csv", index=False)
    pd.DataFrame({"v": np.ones(24)}).to_csv(tmp_path / "peak.csv", index=False)
    peak = PeakDays(file="peak.csv", column="v", days=(datetime.date(*day),), step_minutes=60)
    year = make_clock(Horizon(start=datetime.date(*start), timezone=zone))
    values = series_on_clock(SeriesFile(file="load.csv", column="v"), year, year, tmp_path, peak)
    noon = year.start[values > 0][12]
    assert values.sum() == 24 and noon.date() == datetime.date(*day) and noon.hour in (11, 12)


def test_a_year_whose_clocks_end_an_hour_late_has_its_weekdays(tmp_path):
    """366 rows from 14 March 2027, on which clocks skip an hour."""
    clock, rows = laid(measured(tmp_path, datetime.date(2027, 3, 14), 366), tmp_path, horizon(2030))
    assert (rows.day_of_week == clock.start.tz_localize(None).day_of_week).all()


def test_a_day_that_a_zone_never_had_costs_no_traceback(tmp_path):
    """Samoa skipped 30 December 2011."""
    (tmp_path / "load.csv").write_text("\n".join(["v", *map(str, range(8760))]))
    series = SeriesFile(file="load.csv", column="v", start=datetime.date(2011, 1, 1))
    own = Horizon(start=datetime.date(2027, 1, 1), timezone="Pacific/Apia")
    assert len(series_on_clock(series, make_clock(own), make_clock(own), tmp_path)) == 8760


def test_days_known_more_finely_go_with_the_series(tmp_path):
    """The 24th of January 2019 is a Thursday, known by the quarter hour; it stands for the 21st of January 2027."""
    moment = pd.Timestamp("2019-01-24").value // 10**9
    pd.DataFrame({"v": np.full(96, float(moment))}).to_csv(tmp_path / "peak.csv", index=False)
    peak = PeakDays(file="peak.csv", column="v", days=(datetime.date(2019, 1, 24),))
    series = measured(tmp_path, datetime.date(2019, 1, 1))
    clock, rows = laid(series, tmp_path, horizon(2027, step_minutes=15), peak)
    at = np.flatnonzero(rows == pd.Timestamp("2019-01-24"))
    assert sorted(set(clock.start[at].strftime("%m-%d"))) == ["01-21"] and len(at) == 96
