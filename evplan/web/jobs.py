"""Jobs under way: threads that claim what waits, give it to workers, and write what came of it, once.

There are lanes, so that a plan of an hour does not keep a schedule of milliseconds waiting.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from evplan.errors import LostError
from evplan.web.keeping import Keeping
from evplan.web.lanes import Ended, Lane, Under
from evplan.web.presence import Presence
from evplan.web.problem import problem, refusal
from evplan.web.progress import Told
from evplan.web.settings import Limits
from evplan.web.store import DONE, FAILED, MOST_ATTEMPTS, Claim, Job, Store
from evplan.web.table import StoreError
from evplan.web.task import Result
from evplan.web.watch import LOST, Watch

POLL_S = 1.0  # between looks for jobs that other servers have put into the store
COUNT_S = 1.0  # for which a count of what waits is good
LOG = logging.getLogger(__name__)

LATE = "it took longer than the {0:,.0f} s that this server gives a job; ask for less: a wider gap, fewer sites, longer steps"

Arguments = Callable[[Claim], tuple[Any, ...]]  # of the task that is a job


class Jobs:
    """The jobs of a server. arguments : by kind, what the task of a claim is called with; the task is called as the kind."""

    def __init__(
        self, store: Store, presence: Presence, keeping: Keeping, lanes: list[Lane], limits: Limits, arguments: dict[str, Arguments]
    ) -> None:  # fmt: skip
        self.store, self._keeping, self._limits = store, keeping, limits
        self.lanes, self._arguments = {lane.name: lane for lane in lanes}, arguments
        self.under: dict[str, Under] = {}
        self.watched: dict[str, Future[Ended]] = {}
        self._counted: dict[str, tuple[float, int]] = {}
        self._closing, self._threads = threading.Event(), list[threading.Thread]()
        self._watch = Watch(self, presence, keeping, limits.keep_days)

    def start(self) -> None:
        """Take up what dead servers left, and begin to work."""
        self._watch.take_up()
        for lane in self.lanes.values():
            for _ in range(lane.workers.size):
                self._threads.append(threading.Thread(target=self._serve, args=(lane,), daemon=True))
        self._threads.append(threading.Thread(target=self._watch.run, args=(self._closing,), daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> int:
        """Return how many jobs are under way here."""
        return len(self.under)

    def close(self) -> None:
        """Stop; what is under way waits again, for whoever serves next."""
        self._closing.set()
        for under in list(self.under.values()):
            under.stop.set()
        for lane in self.lanes.values():
            for _ in self._threads:
                lane.bell.release()
        for thread in self._threads:
            thread.join()
        for lane in self.lanes.values():
            lane.workers.close()

    def add(self, kind: str, lane: str, request: bytes, options: str) -> tuple[Job, Future[Ended]]:
        """Return a new job, and what it will be when it has ended. Raises: ProblemError where too many wait."""
        if self._waiting(lane) >= self._limits.queue:
            raise refusal(503, "queue-full", f"{self._limits.queue:,} jobs wait already; try later", Retry_After="10")
        id, ended = uuid.uuid4().hex, Future[Ended]()
        ended.set_running_or_notify_cancel()  # who waits for it may go, and it goes on
        self.watched[id] = ended
        try:
            job = self.store.add(id, kind, lane, request, options)
        except BaseException:
            self.watched.pop(id, None)
            raise
        self.lanes[lane].bell.release()
        return job, ended

    def _waiting(self, lane: str) -> int:
        """Return about how many jobs wait: as many as a second ago, and those that came since."""
        at, count = self._counted.get(lane, (-COUNT_S, 0))
        if time.monotonic() - at > COUNT_S:
            at, count = time.monotonic(), self.store.waiting(lane)
        self._counted[lane] = at, count + 1
        return count

    def unwatch(self, id: str) -> None:
        """Forget who waits for a job."""
        self.watched.pop(id, None)

    def remove(self, id: str, kind: str) -> bool:
        """Stop and forget a job; return whether there was one."""
        there = self.store.remove(id, kind)
        if under := self.under.get(id):
            under.stop.set()
        if waits := self.watched.pop(id, None):
            waits.set_exception(refusal(410, "removed", "the job was removed before it was done"))
        self._keeping.remove(id)
        return there

    def _serve(self, lane: Lane) -> None:
        while not self._closing.is_set():
            try:
                claim = self.store.claim(lane.name)
                if claim is None:
                    lane.bell.acquire(timeout=POLL_S)
                else:
                    self._do(lane, claim)
            except StoreError as error:
                LOG.error("%s", error)
                self._closing.wait(POLL_S)
            except Exception:  # a thread that ends would serve no more
                LOG.exception("a job could not be done")
                self._closing.wait(POLL_S)

    def _do(self, lane: Lane, claim: Claim) -> None:
        """Work on a job and write what came of it."""
        under = Under(time.monotonic() + self._limits.job_s)
        self.under[claim.id] = under
        if self._closing.is_set():  # claimed while everybody was told to stop
            under.stop.set()
        told = Told(partial(self._tell, claim))
        try:
            result = lane.workers.run(claim.kind, *self._arguments[claim.kind](claim), tell=told, stop=under.stop)
        except LostError as error:
            self._lost(lane, claim, under, error)
        except Exception as error:  # ours: told in the answer, and in the log for us
            LOG.error("%s %s failed", claim.kind, claim.id, exc_info=error)
            said = f"evplan failed, and it is our fault: {type(error).__name__}"
            self._end(claim, Result(500, problem(500, "our-fault", "It failed", said)))
        else:
            told.flush()
            self._end(claim, result)
        finally:
            self.under.pop(claim.id, None)

    def _tell(self, claim: Claim, progress: str, gap: float | None) -> None:
        with suppress(StoreError):  # the work goes on; its end says it if the store is still away
            self.store.tell(claim, progress, gap)

    def _lost(self, lane: Lane, claim: Claim, under: Under, error: LostError) -> None:
        """See to a job whose process is gone: because it was told to stop, or by itself."""
        if under.late:
            self._end(claim, Result(504, problem(504, "too-long", "Time ran out", LATE.format(self._limits.job_s))))
        elif under.stop.is_set():
            self.store.put_back(claim, counted=False)  # nothing happens where it was removed
        elif claim.number < MOST_ATTEMPTS:
            LOG.warning("%s %s is begun again: %s", claim.kind, claim.id, error)
            self.store.put_back(claim, counted=True)
            lane.bell.release()
        else:
            self._end(claim, Result(503, LOST))

    def _end(self, claim: Claim, result: Result) -> None:
        """Write a job's answer, and tell who waits for it."""
        state = DONE if result.good else FAILED
        try:
            self._keeping.keep(claim, result.files)
            ended = self.store.finish(claim, state, result.body)
        except StoreError as error:
            if waits := self.watched.pop(claim.id, None):
                waits.set_exception(error)
            raise
        if not ended:
            self._keeping.drop(claim)
        elif waits := self.watched.pop(claim.id, None):
            waits.set_result(Ended(claim.id, state, result.status, result.body))
