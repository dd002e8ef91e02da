"""Every error as problem+json: ours with its faults, those of the framework in the same form, and what nobody thought of."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from evplan.errors import EvplanError
from evplan.web.problem import MEDIA, ProblemError, of_error, of_faults, problem
from evplan.web.query import query_faults
from evplan.web.table import StoreError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
LOG = logging.getLogger(__name__)


def add_handlers(app: FastAPI) -> None:
    """Answer every error with a problem."""
    app.add_exception_handler(ProblemError, _ours)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(EvplanError, _known)
    app.add_exception_handler(RequestValidationError, _fields)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unknown)


def _answer(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, MEDIA)


def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return _answer(error.status, error.body, error.headers)


def _store(_: Request, error: Exception) -> Response:
    LOG.error("%s", error)
    return _answer(507, problem(507, "store", "The jobs' database cannot be used", str(error)))


def _known(_: Request, error: Exception) -> Response:
    assert isinstance(error, EvplanError)
    return _answer(*of_error(error))


def _fields(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _answer(*of_faults(query_faults(error.errors()), {}))


def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    said, headers = f"{request.method} {request.url.path}: {error.detail}", dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return _answer(error.status_code, problem(error.status_code, "http", phrase, said), headers)


def _allowed(request: Request) -> set[str]:
    """Return the methods of every route at a path; the framework names those of the first only."""
    scope = {"type": "http", "path": request.url.path, "root_path": "", "headers": [], "path_params": {}}
    return {
        method
        for method in METHODS
        if any(route.matches(scope | {"method": method})[0] is Match.FULL for route in request.app.routes)
    }


def _unknown(request: Request, error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    said = f"evplan failed, and it is our fault: {type(error).__name__}"
    return _answer(500, problem(500, "our-fault", "It failed", said))
