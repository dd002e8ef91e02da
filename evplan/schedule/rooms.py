"""What is left of the connection, the phases and what sessions share, while a plan is made vehicle by vehicle."""

from __future__ import annotations

import numpy as np

from evplan.schedule.problem import Problem

NONE = 1e-9  # kWh
CROWD = 1.0  # of the median price, where all of the connection is taken: peaks are paid for, and blocks keep apart


class Rooms:
    """What is left in every step.

    left : kWh of the connection, of phases, of groups that share, shape (kinds, steps).  share : what a session's kWh takes of each,
    shape (kinds, sessions).  seats : how many more may charge, shape (groups, steps).  member : who needs one, shape (groups, sessions).
    """

    def __init__(self, problem: Problem, level_kwh: float) -> None:
        points = problem.points
        self._limit = np.maximum(problem.limit_kwh, NONE)
        left = [np.clip(problem.limit_kwh - problem.base_kwh + problem.solar_kwh, 0.0, level_kwh)]
        share = [np.ones(len(problem.sessions))]
        if points.phase is not None:
            site, phase = np.maximum(problem.base_kwh - problem.solar_kwh, 0.0) / 3, problem.phase_in_turn
            for one in (1, 2, 3):
                left.append(np.maximum(points.phase_limit_kwh - site, 0.0))
                share.append(np.where(phase == one, 1.0, np.where(phase == 0, 1 / 3, 0.0)))
        for group in points.groups:
            left.append(np.full(problem.steps, group.most_kwh))
            share.append(group.members.astype(float))
        turns = [group for group in points.groups if group.at_once is not None]
        self.left, self.share = np.array(left), np.array(share)
        self.seats = np.array([np.full(problem.steps, group.at_once, int) for group in turns]).reshape(
            -1, problem.steps
        )
        self.member = np.array([group.members for group in turns], bool).reshape(-1, len(problem.sessions))

    def fit(self, problem: Problem, v: int, own: np.ndarray, least: np.ndarray, cap_kw: float) -> np.ndarray:
        """Return the most that a session may draw in each of its columns within a power, 0 where that is less than its least, kWh."""
        steps, hours = problem.columns.step[own], problem.columns.hours[own]
        takes = self.share[:, v] > 0
        room = np.minimum(problem.most_kwh[own], cap_kw * hours)
        room = np.minimum(
            room, (np.maximum(self.left[takes][:, steps], 0.0) / self.share[takes, v][:, None]).min(axis=0)
        )
        room = np.where((self.seats[self.member[:, v]][:, steps] > 0).all(axis=0), room, 0.0)
        if problem.points.setpoints_kw:
            points = np.array([0.0, *problem.points.setpoints_kw])
            at = np.searchsorted(points, room / hours * (1 + NONE) + NONE, side="right") - 1
            room = points[at] * hours
        return np.where(room >= least - NONE, room, 0.0)

    def price(self, problem: Problem, own: np.ndarray) -> np.ndarray:
        """Return the price in each column, dearer where much of the connection is taken."""
        steps = problem.columns.step[own]
        usual = float(np.median(np.abs(problem.price)))
        return problem.price[steps] + CROWD * usual * (1 - self.left[0][steps] / self._limit[steps])

    def take(self, v: int, steps: np.ndarray, energy: np.ndarray) -> None:
        """Take room for a session."""
        self.left[:, steps] -= self.share[:, v, None] * energy
        self.seats[np.ix_(np.flatnonzero(self.member[:, v]), steps)] -= energy > NONE
