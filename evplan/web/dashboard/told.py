"""What is told where something is wrong: the faults of a problem, line by line, in the words of the command line."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from dash import html

from evplan.errors import EvplanError
from evplan.web.problem import ProblemError

EXPECTED = (ProblemError, EvplanError)
MOST = 20


def wrong(error: Exception) -> Any:
    """Return what an error says, to be shown in place."""
    return lines_of(*said_by(error))


def said_by(error: Exception) -> tuple[str, list[str]]:
    """Return the title of an error and its lines."""
    if isinstance(error, ProblemError):
        return of_problem(error.body)
    return "It could not be done", str(error).splitlines()


def of_problem(body: bytes) -> tuple[str, list[str]]:
    """Return the title and the lines of a problem: its faults by field, or its detail."""
    said = orjson.loads(body)
    faults = said.get("faults") or []
    told = [f"{_place(one)}{one['field']}: {one['message']}" for one in faults if one["field"] != "query"]
    title = (
        "" if said["title"] == HTTPStatus(said["status"]).phrase else said["title"]
    )  # of HTTP, which no page's reader asked for
    return title, told or str(said["detail"]).splitlines()


def _place(fault: dict[str, Any]) -> str:
    return f"line {fault['line']}: " if fault.get("line") else ""


def lines_of(title: str, lines: list[str]) -> Any:
    """Return a title and lines under it."""
    shown = [html.Li(line) for line in lines[:MOST]]
    if len(lines) > MOST:
        shown.append(html.Li(f"and {len(lines) - MOST:,} more"))
    return html.Div([html.Strong(title), html.Ul(shown)] if title else html.Ul(shown), className="wrong")


def good(words: str) -> Any:
    """Return what went well."""
    return html.P(words, className="good")
