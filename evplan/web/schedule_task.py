"""The work of a schedule: from a request's bytes to the bytes of its answer; in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pydantic import ValidationError

from evplan.errors import EvplanError, InputError, InstanceError
from evplan.instance.faults import Fault
from evplan.instance.wording import schema_faults
from evplan.schedule.clock import span_of
from evplan.schedule.flows import Decision
from evplan.schedule.ocpp import Version, profiles
from evplan.schedule.prepare import prepare
from evplan.schedule.problem import Problem
from evplan.schedule.read import site_from, timed_of
from evplan.schedule.sessions import Sessions
from evplan.schedule.site import ScheduleSite
from evplan.schedule.solve import solve
from evplan.schedule.tables import sessions_from_rows
from evplan.web.answer import answer
from evplan.web.forms import ScheduleRequest
from evplan.web.problem import of_error, of_faults, of_lines
from evplan.web.sane import beyond, extremes, require_known_days
from evplan.web.settings import Limits

NOWHERE = Path("/nowhere")  # the folder of files that no request can name


class RefusedError(Exception):
    """A request that is refused. answer : status and problem."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.answer = (status, body)


def schedule(id: str, body: bytes, options: dict[str, Any], limits: Limits) -> tuple[int, bytes]:
    """Return the status and the answer of a request. options : `compare`, with what operators do."""
    try:
        site, problem = problem_of(body, limits)
        found = solve(problem, orjson.loads(body).get("solver", "auto"))
    except RefusedError as refused:
        return refused.answer
    except EvplanError as error:
        return of_error(error)
    return 201, answer(id, site, problem, found, bool(options.get("compare")))


def ocpp(body: bytes, done: bytes, version: Version, limits: Limits) -> tuple[int, bytes]:
    """Return the OCPP messages of a schedule that is done, from its request and its answer."""
    try:
        site, problem = problem_of(body, limits)
    except RefusedError as refused:  # by a version that takes less than the one that made it
        return refused.answer
    rows = orjson.loads(done)["sessions"]
    energy = np.concatenate([np.asarray(one["power_kw"], float) for one in rows]) * problem.columns.hours
    nothing = np.zeros(problem.steps)
    phase = None if rows[0]["phase"] is None else np.array([one["phase"] for one in rows])
    decision = Decision(np.maximum(energy, 0.0), np.maximum(-energy, 0.0), nothing, nothing, nothing, phase)
    return 200, orjson.dumps(profiles(problem, decision, site.chargers, version))


def problem_of(body: bytes, limits: Limits) -> tuple[ScheduleSite, Problem]:
    """Return the site and the problem of a request. Raises: RefusedError with everything that is wrong."""
    tree = orjson.loads(body)
    site, faults = _site(tree)
    faults = _request_faults(tree) + faults
    if faults or site is None:
        raise RefusedError(*of_faults(faults, tree))
    field = "sessions"
    try:
        sessions = sessions_from_rows(tree["sessions"], site.chargers, site.timezone)
        require_known_days(sessions)
        field = "site"
        _bounded(site, sessions, limits)
        return site, prepare(site, sessions, NOWHERE)
    except InputError as error:
        raise RefusedError(*of_error(error, of_lines(error, field))) from None


def _site(tree: dict[str, Any]) -> tuple[ScheduleSite | None, list[Fault]]:
    """Return the site of a request, or what is wrong with it as places in the request."""
    if not isinstance(tree.get("site"), dict):
        return None, []  # the schema of the request says so
    try:
        site = site_from(tree["site"])
    except InstanceError as error:
        return None, [Fault(("site", *fault.loc), fault.message, fault.at_key) for fault in error.faults]
    moments = {"site.start": site.start} | {f"site.{name}.begin": said.begin for name, said in timed_of(site).items()}
    return site, [*extremes(tree["site"], ("site",)), *beyond(moments)]


def _request_faults(tree: dict[str, Any]) -> list[Fault]:
    """Return what is wrong with everything but the inside of the site."""
    inside = isinstance(tree.get("site"), dict)
    try:
        ScheduleRequest.model_validate({**tree, "site": {}} if inside else tree)
    except ValidationError as error:
        faults = schema_faults(error, ScheduleRequest)
        return [fault for fault in faults if not inside or fault.loc[0] != "site"]
    return []


def _bounded(site: ScheduleSite, sessions: Sessions, limits: Limits) -> None:
    """Raise `InputError` for a schedule that is too large for this server."""
    begin_s, steps = span_of(site, sessions)
    step_s = 60.0 * site.step_minutes
    stay_s = np.minimum(sessions.departure_s, begin_s + step_s * steps) - np.maximum(sessions.arrival_s, begin_s)
    cells = float(np.ceil(np.maximum(stay_s, 0.0) / step_s).sum())
    if cells > limits.cells:
        raise InputError(f"step_minutes: sessions and the steps that they stay for make {cells:,.0f} pairs, and this server plans "
                         f"{limits.cells:,} at most; give fewer sessions, longer steps, or hours")  # fmt: skip
