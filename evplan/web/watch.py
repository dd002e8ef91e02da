"""What is done beside the work, every few seconds: say that this server lives, take up what dead ones left, stop what was removed or
takes too long, tell who waits for what another server has done, forget what is old."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from evplan.web.keeping import Keeping
from evplan.web.lanes import Ended
from evplan.web.presence import Presence
from evplan.web.problem import problem
from evplan.web.store import MOST_ATTEMPTS
from evplan.web.table import StoreError

if TYPE_CHECKING:
    from evplan.web.jobs import Jobs

BEAT_S = 2.0
SWEEP_S = 3600.0  # between looks for what is old
DAY_S = 86_400.0
LOST = problem(
    503,
    "work-lost",
    "The work was lost",
    f"it was begun {MOST_ATTEMPTS} times, and its process or server died each time",
)
LOG = logging.getLogger(__name__)


class Watch:
    """Looks after the jobs of a server."""

    def __init__(self, jobs: Jobs, presence: Presence, keeping: Keeping, keep_days: float) -> None:
        self._jobs, self._presence, self._keeping, self._keep_days = jobs, presence, keeping, keep_days
        self._swept = -SWEEP_S

    def run(self, closing: threading.Event) -> None:
        """Look every few seconds, until the server closes."""
        while not closing.wait(BEAT_S):
            try:
                self._look()
            except StoreError as error:
                LOG.error("%s", error)
            except Exception:  # a thread that ends would look no more
                LOG.exception("the jobs could not be looked after")

    def _look(self) -> None:
        begun, now = dict(self._jobs.under), time.monotonic()
        own = self._jobs.store.live_on(begun)
        for id, under in begun.items():
            under.late = under.late or now > under.until
            if under.late or id not in own:
                under.stop.set()
        self.take_up()
        self._tell()
        if now - self._swept > SWEEP_S:
            self._swept = now
            self._sweep()

    def take_up(self) -> None:
        """Let what dead servers left wait again."""
        dead = self._presence.dead(self._jobs.store.others())
        if taken := self._jobs.store.take_up(dead, LOST):
            LOG.warning("%d jobs of a server that died are begun again", taken)
            for lane in self._jobs.lanes.values():
                for _ in range(taken):
                    lane.bell.release()

    def _tell(self) -> None:
        """Tell who waits here for jobs that another server has ended."""
        for job in self._jobs.store.ended(list(self._jobs.watched)) if self._jobs.watched else []:
            if waits := self._jobs.watched.pop(job.id, None):
                waits.set_result(Ended.of(job))

    def _sweep(self) -> None:
        for id in self._jobs.store.forget_older(DAY_S * self._keep_days):
            self._keeping.remove(id)
        self._presence.sweep(self._jobs.store.others())
