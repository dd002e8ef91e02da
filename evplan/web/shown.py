"""How the API describes itself: problems, bodies, states; what FastAPI does not know because answers are made elsewhere."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from evplan.instance.schema import Instance
from evplan.web.forms import ScheduleRequest
from evplan.web.problem import MEDIA
from evplan.web.store import DONE, Job
from evplan.web.views import FaultView, Health, Made, OcppMessages, Problem, ScheduleAnswer, State

JSON = "application/json"
Version = Literal["1.6", "2.0.1", "2.1"]
REF = "#/components/schemas/{model}"
BODIES: tuple[type[BaseModel], ...] = (ScheduleRequest, Instance)
VIEWS: tuple[type[BaseModel], ...] = (Problem, FaultView, State, ScheduleAnswer, OcppMessages, Made, Health)
WORDS = {
    201: "The schedule.",
    202: "A job to ask about.",
    200: "What was asked for.",
    400: "The body is not JSON.",
    401: "The key is missing or wrong.",
    404: "There is none of this name.",
    408: "The body came too slowly.",
    409: "It is not done.",
    410: "It is gone.",
    413: "It is too large.",
    415: "It is of another media type.",
    422: "Something in it is wrong; every fault with its field.",
    503: "Too many wait, or the work was lost.",
    507: "The jobs' database cannot be written.",
}


def answers(
    *problems: int, done: Mapping[int, type[BaseModel]] | None = None, then: Mapping[int, tuple[str, ...]] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route.

    problems : its statuses that come with one.  done : models of the others.  then : operations that take the id of an answer.
    """
    found: dict[int | str, dict[str, Any]] = {}
    for status in (*problems, 401, 500, 507):
        words = WORDS.get(status, "It failed, and it is our fault.")
        found[status] = {"description": words, "content": {MEDIA: {"schema": {"$ref": REF.format(model="Problem")}}}}
    for status, model in (done or {}).items():
        schema = {"$ref": REF.format(model=model.__name__)}
        found[status] = {"description": WORDS[status], "content": {JSON: {"schema": schema}}}
    for status, operations in (then or {}).items():
        link = {"parameters": {"id": "$response.body#/id"}}
        found[status]["links"] = {name: {"operationId": name, **link} for name in operations}
    return found


def body_is(model: str, example: Any, *others: str) -> dict[str, Any]:
    """Return what OpenAPI says of a body. others : media types in which it may come as text."""
    content: dict[str, Any] = {JSON: {"schema": {"$ref": REF.format(model=model)}, "example": example}}
    content |= {media: {"schema": {"type": "string"}} for media in others}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the schemas of bodies and answers that routes only name."""
    if app.openapi_schema is None:
        said = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        _, bodies = models_json_schema([(model, "validation") for model in BODIES], ref_template=REF)
        _, views = models_json_schema([(model, "serialization") for model in VIEWS], ref_template=REF)
        own = said.setdefault("components", {}).setdefault("schemas", {})
        own.update(views["$defs"] | bodies["$defs"])
        for unused in ("HTTPValidationError", "ValidationError"):
            own.pop(unused, None)
        said["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        if app.state.guarded:
            said["security"] = [{"key": []}, {"bearer": []}]
        app.openapi_schema = said
    return app.openapi_schema


def state_of(job: Job) -> bytes:
    """Return how far a job is, JSON."""
    said: dict[str, Any] = {
        "id": job.id, "kind": job.kind, "state": job.state, "created": _utc(job.created), "started": _utc(job.started),
        "finished": _utc(job.finished), "attempts": job.attempts, "progress": orjson.loads(job.progress or "{}"), "gap": job.gap,
    }  # fmt: skip
    if job.ended and job.answer is not None:
        answer = orjson.loads(job.answer)
        said |= {"summary": answer, "gap": answer.get("gap")} if job.state == DONE else {"problem": answer}
    return orjson.dumps(said)


def _utc(second: float | None) -> str | None:
    return None if second is None else datetime.datetime.fromtimestamp(second, datetime.UTC).isoformat()
