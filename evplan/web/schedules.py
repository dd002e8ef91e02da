"""`/schedules`: ask for a schedule, read it, its OCPP messages, and forget it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from evplan.web.body import body_of, tree_of
from evplan.web.desk import Desk
from evplan.web.example import REQUEST
from evplan.web.lanes import Ended
from evplan.web.problem import ProblemError, refusal
from evplan.web.shown import JSON, Version, answers, body_is, state_of
from evplan.web.store import DONE, Job
from evplan.web.views import OcppMessages, ScheduleAnswer, State

READ = ("readSchedule", "readProfiles", "deleteSchedule")
THEN = {201: READ, 202: READ}
Id = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="As the answer to the POST said it.", examples=["0" * 32])
]


def router(desk: Desk) -> APIRouter:
    """Return the routes of schedules."""
    routes = APIRouter(tags=["schedules"])
    _asking(routes, desk)
    _reading(routes, desk)
    return routes


def _asking(routes: APIRouter, desk: Desk) -> None:
    """Add what asks for a schedule."""
    limits = desk.settings.limits

    @routes.post(
        "/schedules", operation_id="makeSchedule", status_code=201, response_class=Response,
        summary="Plan when and at what power each vehicle charges",
        responses=answers(400, 408, 413, 415, 422, 503, done={201: ScheduleAnswer, 202: State}, then=THEN),
        openapi_extra=body_is("ScheduleRequest", REQUEST),
    )  # fmt: skip
    async def post(
        request: Request,
        compare: Annotated[bool, Query(description="Also what operators' policies come to, and what binds.")] = False,
        prefer: Annotated[str, Header(description="`respond-async`: a job to ask about later.")] = "",
    ) -> Response:
        """Answer with the whole plan (201), or, where it is large or takes long, with a job to ask about (202)."""
        body, _ = await body_of(request, limits, "application/json")
        sessions = tree_of(body).get("sessions")
        count = len(sessions) if isinstance(sessions, list) else 0
        if count > limits.sessions:
            raise refusal(413, "too-large", f"sessions: at most {limits.sessions:,} (got {count:,})")
        later, long = "respond-async" in prefer.lower(), count > limits.quick_sessions
        job, ended = await run_in_threadpool(desk.schedule, body, compare, long)
        if later or long:
            desk.jobs.unwatch(job.id)
            return _accepted(job)
        try:
            async with asyncio.timeout(limits.wait_s):
                found: Ended = await asyncio.wrap_future(ended)
        except TimeoutError:
            return _accepted(job)
        finally:
            desk.jobs.unwatch(job.id)
        if found.state != DONE:
            await run_in_threadpool(desk.jobs.remove, job.id, "schedule")  # its client knows what is wrong with it
            raise ProblemError(found.status, found.answer)
        return Response(found.answer, 201, {"Location": f"/schedules/{job.id}"}, JSON)


def _reading(routes: APIRouter, desk: Desk) -> None:
    """Add what reads and forgets schedules."""

    @routes.get(
        "/schedules/{id}", operation_id="readSchedule", response_class=Response, summary="Read a schedule, or how far it is",
        responses=answers(404, 422, done={200: ScheduleAnswer, 202: State}),
    )  # fmt: skip
    def get(id: Id) -> Response:
        """Answer with the same bytes as the POST (200), or with the state of the job (202; 200 where it failed)."""
        job = desk.job(id, "schedule", whole=True)
        if job.state == DONE:
            return Response(job.answer, media_type=JSON)
        return Response(state_of(job), 200 if job.ended else 202, None if job.ended else {"Retry-After": "1"}, JSON)

    @routes.get(
        "/schedules/{id}/profiles", operation_id="readProfiles", response_class=Response,
        summary="Read a schedule as OCPP SetChargingProfile requests",
        responses=answers(404, 409, 422, done={200: OcppMessages}),
    )  # fmt: skip
    def profiles(id: Id, version: Annotated[Version, Query(description="Of OCPP.")] = "2.0.1") -> Response:
        """Answer with the payload of a request for every session."""
        return Response(desk.profiles(id, version), media_type=JSON)

    @routes.delete(
        "/schedules/{id}",
        operation_id="deleteSchedule",
        status_code=204,
        summary="Stop and forget a schedule",
        responses=answers(404, 422),
    )
    def delete(id: Id) -> None:
        """Forget a schedule; one that is under way is stopped."""
        desk.remove(id, "schedule")


def _accepted(job: Job) -> Response:
    headers: dict[str, Any] = {"Location": f"/schedules/{job.id}", "Retry-After": "1"}
    return Response(state_of(job), 202, headers, JSON)
