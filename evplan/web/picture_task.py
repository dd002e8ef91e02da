"""The work of a picture: when each vehicle is there, what it has got by the end of each step, and what each step's energy costs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import orjson

from evplan.schedule.flows import Decision, stored_gain
from evplan.schedule.problem import Problem
from evplan.schedule.sessions import HOUR_S
from evplan.web.schedule_task import RefusedError, problem_of
from evplan.web.settings import Limits

DIGITS = 5
FORM = orjson.OPT_SERIALIZE_NUMPY


def picture(body: bytes, done: bytes, limits: Limits) -> tuple[int, bytes]:
    """Return the status and the picture of a schedule that is done, from its request and its answer."""
    try:
        _, problem = problem_of(body, limits)
    except RefusedError as refused:  # by a version that takes less than the one that made it
        return refused.answer
    answer = orjson.loads(done)
    own, station = problem.sessions, {name: np.array(values, float) for name, values in answer["station"].items()}
    paid = problem.step_h * (problem.price * station["import_kw"] - problem.export_price * station["export_kw"])
    said = {
        "come_h": np.round((own.arrival_s - problem.begin_s) / HOUR_S, DIGITS),
        "leave_h": np.round((own.departure_s - problem.begin_s) / HOUR_S, DIGITS),
        "kwh": _running(problem, answer["sessions"]),
        "paid": np.round(paid, DIGITS),
    }
    return 200, orjson.dumps(said, option=FORM)


def _running(problem: Problem, rows: list[dict[str, Any]]) -> list[list[float]]:
    """Return what each session has in its battery more than when it came, at the end of each of its steps, kWh."""
    energy = np.concatenate([np.asarray(one["power_kw"], float) for one in rows]) * problem.columns.hours
    nothing = np.zeros(problem.steps)
    gained = stored_gain(
        problem, Decision(np.maximum(energy, 0.0), np.maximum(-energy, 0.0), nothing, nothing, nothing)
    )
    bounds = np.searchsorted(problem.columns.session, np.arange(len(problem.sessions) + 1)).tolist()
    return [np.round(np.cumsum(gained[first:last]), DIGITS).tolist() for first, last in pairwise(bounds)]
