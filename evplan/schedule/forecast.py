"""What the past says of vehicles: of those not there yet, and of when those that are leave, whatever their drivers say."""

from __future__ import annotations

import datetime
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from evplan.schedule.problem import Problem
from evplan.schedule.sessions import HOUR_S, Sessions

DAYS = 5  # the mean of so many
RECENT = 500  # stays that are over: so many of the last say when drivers leave
ASSUMED = (0.2, 0.4, 0.6, 0.8, 0.95, 1.0, 1.05, 1.2, 1.6, 2.5)  # parts of announced stays, before any is over
LASTING = 2  # stays that outlast all others: who is there may stay
SATURDAY = 5
DAY_S = 86400.0


class Past:
    """Sessions that a site has seen; it tells of a moment what was known then, and nothing of what came after."""

    def __init__(self, sessions: Sessions, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        moments = [datetime.datetime.fromtimestamp(s, self._zone) for s in sessions.arrival_s.tolist()]
        self._date = np.array([moment.date().toordinal() for moment in moments])
        self._order = np.argsort(sessions.left_s, kind="stable")
        self._sessions = sessions
        self._stayed = (sessions.left_s - sessions.arrival_s) / (sessions.departure_s - sessions.arrival_s)

    def expected(self, now_s: float) -> Sessions | None:
        """Return the sessions that are expected until midnight, as in the mean of the last days of the same kind.

        Each past one counts for a part, in energy and in power. Without a day of the same kind nothing is expected.
        """
        number = datetime.datetime.fromtimestamp(now_s, self._zone).date().toordinal()
        known = range(int(self._date.min(initial=number)), number)
        days = [day for day in known if _weekend(day) == _weekend(number)][-DAYS:]
        if not days:
            return None
        chosen = np.isin(self._date, days)
        past, ahead, part = self._sessions.of(chosen), DAY_S * (number - self._date[chosen]), 1.0 / len(days)
        none = np.zeros(len(past))
        moved = replace(
            past, arrival_s=past.arrival_s + ahead, departure_s=past.departure_s + ahead, energy_kwh=part * past.energy_kwh,
            max_kw=part * past.max_kw, min_kw=none, gives=none > 0, phase=none.astype(int), phases=none.astype(int) + 3,
            battery_kwh=none + np.nan, arrival_soc=none + np.nan, charger=np.full(len(past), ""),
        )  # fmt: skip
        return moved.of(moved.arrival_s > now_s)

    def gone(self, problem: Problem, arrival_s: np.ndarray, leaves_s: np.ndarray) -> np.ndarray:
        """Return the chance that each column's vehicle has left by the column's middle, as it is there now, shape (columns,).

        What counts is the part of its announced stay that has passed, among the stays that are over.
        arrival_s, leaves_s : of each session, when it came and says to leave.
        """
        stayed = self._over(problem.begin_s)
        session, stay_s = problem.columns.session, np.maximum(leaves_s - arrival_s, 1.0)
        middle_s = problem.begin_s + HOUR_S * problem.step_h * (problem.columns.step + 0.5)

        def over_by(second: np.ndarray) -> np.ndarray:
            return np.searchsorted(stayed, (second - arrival_s[session]) / stay_s[session])

        now = over_by(np.full(len(session), problem.begin_s))
        return (over_by(middle_s) - now) / (len(stayed) - now + LASTING)

    def _over(self, now_s: float) -> np.ndarray:
        """Return the stays that are over, the last of them, as parts of what was announced, rising; at first what is assumed of them."""
        over = np.searchsorted(self._sessions.left_s[self._order], now_s)
        return np.sort(np.append(ASSUMED, self._stayed[self._order[max(0, over - RECENT) : over]]))


def _weekend(day: int) -> bool:
    return datetime.date.fromordinal(day).weekday() >= SATURDAY
