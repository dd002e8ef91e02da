"""`/plans`: ask for the plan of an instance, see how far it is, read its report, and forget it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from evplan.web.body import body_of, tree_of
from evplan.web.desk import Desk
from evplan.web.example import INSTANCE
from evplan.web.schedules import Id
from evplan.web.shown import JSON, answers, body_is, state_of
from evplan.web.views import State

YAML = "application/yaml"
Format = Literal["html", "pdf", "xlsx", "csv", "json"]
MEDIA = {
    "html": "text/html; charset=utf-8", "pdf": "application/pdf", "csv": "application/zip", "json": JSON,
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
THEN = {202: ("readPlan", "readReport", "deletePlan")}
ALONE = "sandbox allow-scripts allow-popups allow-downloads allow-modals"  # a report's page is nobody's: it has no access to the API
SHOWN: dict[str, dict[str, Any]] = {
    "text/html": {},
    "application/pdf": {},
    "application/zip": {},
    JSON: {},
    MEDIA["xlsx"]: {},
}


def router(desk: Desk) -> APIRouter:
    """Return the routes of plans."""
    routes, limits = APIRouter(tags=["plans"]), desk.settings.limits

    @routes.post(
        "/plans", operation_id="makePlan", status_code=202, response_class=Response,
        summary="Plan what to build, prove it, and say whether it pays",
        responses=answers(400, 408, 413, 415, 422, 503, done={202: State}, then=THEN), openapi_extra=body_is("Instance", INSTANCE, YAML),
    )  # fmt: skip
    async def post(
        request: Request,
        scenario: Annotated[str | None, Query(max_length=64, description="Name of a scenario in the instance.")] = None,
    ) -> Response:
        """Take an instance, as JSON or as the YAML file it is; answer with the job of its plan, once it is found sound."""
        body, media = await body_of(request, limits, JSON, YAML, most=limits.instance_bytes)
        text = orjson.dumps(tree_of(body)) if media == JSON else body
        job = await run_in_threadpool(desk.plan, text, scenario)
        return Response(state_of(job), 202, {"Location": f"/plans/{job.id}", "Retry-After": "1"}, JSON)

    @routes.get(
        "/plans/{id}", operation_id="readPlan", response_class=Response, summary="See how far a plan is, or what it says",
        responses=answers(404, 422, done={200: State}),
    )  # fmt: skip
    def get(id: Id) -> Response:
        """Answer with its state, progress and gap; when it is done, with its summary."""
        return Response(state_of(desk.job(id, "plan", whole=True)), media_type=JSON)

    @routes.get(
        "/plans/{id}/report", operation_id="readReport", response_class=Response, summary="Read the report of a plan",
        responses=answers(404, 409, 410, 422) | {200: {"description": "The report.", "content": SHOWN}},
    )  # fmt: skip
    def report(
        id: Id, format: Annotated[Format, Query(description="csv: every table, in a zip.")] = "html"
    ) -> Response:
        """Answer with the report; it is made when it is first asked for in a format."""
        headers = {"Content-Security-Policy": ALONE, "X-Content-Type-Options": "nosniff"}
        return Response(desk.report(id, format), headers=headers, media_type=MEDIA[format])

    @routes.delete(
        "/plans/{id}",
        operation_id="deletePlan",
        status_code=204,
        summary="Stop and forget a plan",
        responses=answers(404, 422),
    )
    def delete(id: Id) -> None:
        """Forget a plan and its report; one that is under way is stopped."""
        desk.remove(id, "plan")

    return routes
