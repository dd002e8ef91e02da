"""Errors as problem+json (RFC 9457): what is wrong as a whole, and every fault with its field, what was found and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import orjson

from evplan.errors import CheckError, EvplanError, InfeasibleError, InputError, InstanceError, LostError, NoPlanError
from evplan.instance.faults import Fault, shown_loc

MEDIA = "application/problem+json"
NAMES = {
    InputError: (422, "invalid-input", "The input is wrong"),
    InfeasibleError: (422, "infeasible", "No plan satisfies the inputs"),
    NoPlanError: (504, "no-plan-in-time", "Time ran out before a plan was found"),
    LostError: (503, "work-lost", "The process that worked on it is gone"),
    CheckError: (500, "plan-refused", "The plan does not add up, so it is refused"),
}
ROW, COLUMN = re.compile(r"\brow (?P<row>\d+)"), re.compile(r"column '(?P<name>[^']+)'")
FORM = re.compile(
    r"must be (?P<allowed>.*?) \(got (?P<found>.*)\)(?:; (?:did you mean (?P<suggestion>.*?)\?|(?P<advice>.*)))?$"
)
MEANT = re.compile(r"did you mean (?P<suggestion>.*?)\?")
MOST_FAULTS = 100  # shown; a slip in a long list would fill pages with the same line


class ProblemError(Exception):
    """What a request is answered with instead of what it asked for. body : of the answer, JSON."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        super().__init__(body.decode())
        self.status, self.body, self.headers = status, body, headers or {}


def refusal(status: int, name: str, detail: str, faults: Iterable[dict[str, Any]] = (), **headers: str) -> ProblemError:
    """Return the error that answers a request; names of headers with _ for -."""
    body = problem(status, name, HTTPStatus(status).phrase, detail, faults)
    return ProblemError(status, body, {key.replace("_", "-"): value for key, value in headers.items()})


def problem(status: int, name: str, title: str, detail: str, faults: Iterable[dict[str, Any]] = ()) -> bytes:
    """Return a problem as JSON. name : of its type.  faults : by field."""
    said = {"type": f"urn:evplan:problem:{name}", "title": title, "status": status, "detail": detail}
    return orjson.dumps(said | {"faults": list(faults)[:MOST_FAULTS]})


def status_of(body: bytes) -> int:
    """Return the status that a problem says."""
    return int(orjson.loads(body)["status"])


def of_error(error: EvplanError, faults: Iterable[dict[str, Any]] = ()) -> tuple[int, bytes]:
    """Return an error's status and its problem."""
    for kind, (status, name, title) in NAMES.items():
        if isinstance(error, kind):
            return status, problem(status, name, title, str(error), faults)
    return 500, problem(500, "failed", "It failed", str(error), faults)


def of_faults(faults: list[Fault], tree: Any) -> tuple[int, bytes]:
    """Return the status and the problem of faults of a tree."""
    shown = [of_fault(fault, tree) for fault in faults]
    lines = [f"{one['field']}: {one['message']}" for one in shown[:MOST_FAULTS]]
    return of_error(InstanceError("\n".join(lines)), shown)


def of_fault(fault: Fault, tree: Any) -> dict[str, Any]:
    """Return one fault: its field as the command line writes it, as a JSON pointer, and what it says in parts."""
    found = FORM.match(fault.message) or MEANT.search(fault.message)
    parts = {key: value.strip("'") for key, value in (found.groupdict() if found else {}).items() if value}
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in fault.loc)
    return {
        "field": shown_loc(fault.loc, tree) or "the body",
        "pointer": f"#{pointer}",
        "message": fault.message,
        **parts,
    }


def of_lines(error: InputError, field: str) -> list[dict[str, Any]]:
    """Return the faults of an error that says them in lines, all of one field; a line that names a row points at its first."""
    lines = [line.removeprefix(f"{field}: ") for line in str(error).splitlines()]
    return [of_fault(Fault(_place(field, line), line), {}) for line in lines]


def _place(field: str, line: str) -> tuple[str | int, ...]:
    """Return where a line's fault lies: rows are counted from 1 where they are told, and from 0 where they are pointed at."""
    found = ROW.search(line)
    if found is None:
        return (field,)
    column = COLUMN.search(line)
    return (field, int(found["row"]) - 1, *([column["name"]] if column else []))
