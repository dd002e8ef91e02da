"""What a server does, without HTTP: the API and the dashboard both ask here, from any thread.

desk = Desk(settings); desk.start()
ended = desk.schedule(orjson.dumps({"site": ..., "sessions": [...]}), compare=True).result(30)    # the answer's bytes
job = desk.plan(text, PlanOptions(...)); desk.job(job.id, "plan"); desk.remove(job.id, "plan")
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import orjson

from evplan.errors import InputError
from evplan.paths import require_writable
from evplan.web.jobs import Arguments, Jobs
from evplan.web.keeping import Keeping
from evplan.web.lanes import Ended, Lane
from evplan.web.pool import Tasks, persistent
from evplan.web.presence import Presence
from evplan.web.problem import ProblemError, refusal
from evplan.web.settings import Settings
from evplan.web.store import DONE, Claim, Job, Store
from evplan.web.task import Result
from evplan.workers import Processes

QUICK, LONG = "quick", "long"


class Desk:
    """A server's store, its workers and its jobs."""

    def __init__(self, settings: Settings) -> None:
        require_writable(settings.data, "--data")
        settings.data.mkdir(parents=True, exist_ok=True)
        self.settings, self.presence = settings, Presence(settings.data / "servers")
        try:
            self.store = Store(settings.url, self.presence.name, settings.lease_s)
        except BaseException:
            self.presence.leave()
            raise
        self.keeping = Keeping(settings.data / "plans")
        self.quick, long = _workers(settings)
        arguments: dict[str, Arguments] = {"schedule": self._of_schedule, "plan": self._of_plan}
        lanes = [Lane(QUICK, self.quick), Lane(LONG, long)]
        self.jobs = Jobs(self.store, self.presence, self.keeping, lanes, settings.limits, arguments)
        self.warm = threading.Event()

    def start(self) -> None:
        """Begin to work; processes start beside."""
        self.jobs.start()
        threading.Thread(target=self._warm, daemon=True).start()

    def _warm(self) -> None:
        warm = getattr(self.quick, "warm", None)
        if warm is not None:
            warm()
        self.warm.set()

    def close(self) -> None:
        """Stop; what is under way waits for the next start."""
        self.jobs.close()
        self.store.close()
        self.presence.leave()

    def schedule(self, body: bytes, compare: bool = False, long: bool = False) -> tuple[Job, Future[Ended]]:
        """Return the job of a schedule, and what becomes of it. body : a request's JSON, an object.

        long : whether it may wait behind plans, instead of being done at once.
        """
        return self.jobs.add("schedule", LONG if long else QUICK, body, orjson.dumps({"compare": compare}).decode())

    def plan(self, text: bytes, scenario: str | None = None) -> Job:
        """Return the job of a plan, whose instance was found sound. text : of the instance, YAML or JSON.

        Raises: ProblemError with every fault of it.
        """
        self.ask("check plan", text, scenario, self.settings.limits)
        job, _ = self.jobs.add("plan", LONG, text, orjson.dumps({"scenario": scenario}).decode())
        self.jobs.unwatch(job.id)
        return job

    def job(self, id: str, kind: str, whole: bool = False) -> Job:
        """Return a job, with its answer if it is wanted whole. Raises: ProblemError where there is none."""
        job = self.store.get(id, kind, whole)
        if job is None:
            raise _unknown(id, kind)
        return job

    def done(self, id: str, kind: str, whole: bool = False) -> Job:
        """Return a job that is done. Raises: ProblemError where there is none, or it is not."""
        job = self.job(id, kind, whole)
        if job.state != DONE:
            why = "it failed; see its state" if job.ended else "it is not done yet; ask again later"
            raise refusal(409, "not-done", f"the {kind} {id}: {why}")
        return job

    def remove(self, id: str, kind: str) -> None:
        """Stop and forget a job. Raises: ProblemError where there is none."""
        if not self.jobs.remove(id, kind):
            raise _unknown(id, kind)

    def profiles(self, id: str, version: str) -> bytes:
        """Return the OCPP messages of a schedule that is done, JSON."""
        answer = self.done(id, "schedule", whole=True).answer
        return self.ask("ocpp", self.store.request_of(id), answer, version, self.settings.limits).body

    def report(self, id: str, format: str) -> bytes:
        """Return the report of a plan that is done."""
        return self.ask("report", self.folder(id), format).body

    def folder(self, id: str) -> Path:
        """Return the folder of a plan that is done, with its report. Raises: ProblemError where there is none."""
        folder = self.keeping.folder(id, self.done(id, "plan").attempts)
        if not folder.is_dir():
            raise refusal(410, "report-gone", f"the plan {id}: its report is not in this server's folder")
        return folder

    def synthetic(self, **asked: Any) -> bytes:
        """Return made-up sessions, JSON."""
        return self.ask("synthetic", asked).body

    def ask(self, name: str, *arguments: Any) -> Result:
        """Return what a small task gives, done at once. Raises: ProblemError for one that gives a problem."""
        result = persistent(self.quick, name, *arguments)
        if not result.good:
            raise ProblemError(result.status, result.body)
        return result

    def _of_schedule(self, claim: Claim) -> tuple[Any, ...]:
        return claim.id, claim.request, orjson.loads(claim.options), self.settings.limits

    def _of_plan(self, claim: Claim) -> tuple[Any, ...]:
        return claim.id, claim.request, orjson.loads(claim.options)["scenario"], self.settings.limits


def _workers(settings: Settings) -> tuple[Tasks, Tasks]:
    """Return who does quick work and who does long work."""
    if settings.workers < 1:
        raise InputError(f"--workers must be at least 1 (got {settings.workers})")
    if settings.cluster is None:
        return Tasks(Processes(settings.workers)), Tasks(Processes(settings.workers))
    from evplan.cluster import Cluster

    return Tasks(Processes(settings.workers)), Tasks(Cluster(settings.cluster, settings.workers))


def _unknown(id: str, kind: str) -> ProblemError:
    return refusal(404, "unknown", f"there is no {kind} {id!r}")
