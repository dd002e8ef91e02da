"""What a worker does for the server, by the name of the task. Every answer is a status, a body, and the files that came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evplan.worker import Tell


@dataclass(frozen=True)
class Result:
    """What a task gives. status : as of HTTP; from 400 on the body is a problem.  files : by name."""

    status: int
    body: bytes
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Return whether it is what was asked for."""
        return self.status < 400


def do(name: str, arguments: tuple[Any, ...], tell: Tell) -> Result:
    """Do a task. What it needs is imported when it first comes: a worker for schedules knows nothing of reports."""
    if name == "warm":
        return _warm()
    if name == "schedule":
        from evplan.web.schedule_task import schedule

        return Result(*schedule(*arguments))
    if name == "ocpp":
        from evplan.web.schedule_task import ocpp

        return Result(*ocpp(*arguments))
    if name == "synthetic":
        from evplan.web.synthetic_task import synthetic

        return Result(*synthetic(*arguments))
    if name == "picture":
        from evplan.web.picture_task import picture

        return Result(*picture(*arguments))
    if name == "rows":
        from evplan.web.upload_task import rows

        return Result(*rows(*arguments))
    if name == "site":
        from evplan.web.upload_task import site

        return Result(*site(*arguments))
    if name == "check plan":
        from evplan.web.plan_task import check

        return check(*arguments)
    if name == "plan":
        from evplan.web.plan_task import plan

        return plan(*(*arguments, tell))
    if name == "dispatch":
        from evplan.web.dispatch_task import dispatch

        return Result(*dispatch(*arguments))
    if name == "report":
        from evplan.web.plan_task import report

        return report(*arguments)
    raise ValueError(f"there is no task {name!r}")


def _warm() -> Result:
    """Import what a schedule needs, and solve a small one, so that the first request does not wait."""
    from evplan.web.example import SCHEDULE
    from evplan.web.schedule_task import schedule
    from evplan.web.settings import Limits

    return Result(*schedule("warm", SCHEDULE, {}, Limits()))
