"""A Dask cluster that does the tasks: its workers must have the same evplan and see the same files. Same manner as processes.

A task whose worker dies is given to another. Where the scheduler itself is gone, and does not come back soon, what is left is done by
processes of this machine, so that a run that has begun ends.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from distributed import Client, Future, KilledWorker, get_worker
from distributed.client import ClosedClientError, FutureCancelledError
from distributed.comm import CommClosedError

from evplan.crew import silent
from evplan.errors import InputError, LostError
from evplan.paths import anywhere
from evplan.worker import Tell

if TYPE_CHECKING:
    from evplan.workers import Processes

POLL_S, RETRY_S = 0.05, 0.5
CONNECT_S = 20
TRIES = 3  # of a task whose worker dies
GONE = (FutureCancelledError, CommClosedError, ClosedClientError, OSError)


class SchedulerLostError(LostError):
    """The scheduler is gone, and with it every task."""


class Cluster:
    """The workers of a scheduler; `size` tasks at a time.

    lasting : whether a task is tried again where its worker dies, and by this machine where the scheduler does not come back.
    tell : is told of that.
    """

    def __init__(self, address: str, size: int | None = None, *, lasting: bool = False, tell: Tell = silent) -> None:
        self.address, self._lasting, self._tell = address, lasting, tell
        self._lock = threading.Lock()
        self._own: Processes | None = None
        self._client = self._connected()
        threads = sum(self._client.nthreads().values())
        self.size = size or max(1, threads)

    def run(self, function: Callable[..., Any], *arguments: Any, tell: Tell, stop: threading.Event) -> Any:
        """Return what `function(*arguments, tell)` gives. Raises: LostError if its worker died, or it was told to stop."""
        for left in reversed(range(TRIES if self._lasting else 1)):
            client = self._client
            try:
                if self._own is not None:
                    return self._own.run(function, *arguments, tell=tell, stop=stop)
                return self._run(client, function, arguments, tell, stop)
            except SchedulerLostError:
                if stop.is_set() or not self._lasting:
                    raise
                self._recover(client)
            except LostError as error:
                if stop.is_set() or not left:
                    raise
                self._tell("cluster", f"{error}; another takes over")
        return self.run(function, *arguments, tell=tell, stop=stop)  # after the scheduler was lost with the last try

    def _run(
        self, client: Client, function: Callable[..., Any], arguments: tuple[Any, ...], tell: Tell, stop: threading.Event
    ) -> Any:  # fmt: skip
        topic = f"evplan-{uuid.uuid4().hex}"
        try:
            client.subscribe_topic(topic, lambda event: tell(*event[1]))
            future = client.submit(do_there, topic, function, arguments, pure=False, retries=0)
        except GONE as error:
            raise SchedulerLostError(f"the scheduler at {self.address} is gone ({type(error).__name__})") from None
        try:
            return self._await(future, stop)
        finally:
            with suppress(*GONE, RuntimeError, ValueError):
                client.unsubscribe_topic(topic)
                future.release()

    def _await(self, future: Future, stop: threading.Event) -> Any:
        while not stop.wait(POLL_S):
            if future.done():
                return self._given(future)
            if self._client.status != "running":
                raise SchedulerLostError(f"the scheduler at {self.address} is gone")
        with suppress(*GONE):
            future.cancel(force=True)
        raise LostError("stopped before it was done")

    def _given(self, future: Future) -> Any:
        """Return what a future that is done gives, or raise what became of it."""
        try:
            if future.status == "cancelled":
                raise FutureCancelledError(future.key, "its task is not known any more")
            return future.result()
        except KilledWorker as error:
            raise LostError(f"the worker of the cluster is gone ({type(error).__name__})") from None
        except (
            *GONE,
            UnboundLocalError,
        ) as error:  # the last: what distributed's own wait ends in, of a future cancelled meanwhile
            if future.status == "error":  # the task's own: a file that it could not read is no scheduler that is gone
                raise
            if self._client.status == "running" and isinstance(error, (FutureCancelledError, UnboundLocalError)):
                raise LostError(f"the worker of the cluster is gone ({type(error).__name__})") from None
            raise SchedulerLostError(f"the scheduler at {self.address} is gone ({type(error).__name__})") from None

    def _recover(self, lost: Client) -> None:
        """Connect again, or else let this machine do what is left. lost : the connection that failed; another task may have mended it."""
        with self._lock:
            if self._client is not lost or self._own is not None:
                return
            with suppress(*GONE, TimeoutError):
                lost.close(timeout=1)
            until = time.monotonic() + CONNECT_S
            while time.monotonic() < until:
                self._tell("cluster", f"the scheduler at {self.address} is gone; waiting for it")
                with suppress(InputError):
                    self._client = self._connected(timeout=2)
                    if self._client.nthreads():
                        self._tell("cluster", "the scheduler is back")
                        return
                time.sleep(RETRY_S)
            from evplan.workers import Processes

            self._tell("cluster", "the scheduler did not come back: this machine does what is left")
            self._own = Processes()

    def _connected(self, timeout: float | None = None) -> Client:
        try:
            return Client(self.address, timeout=timeout or CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"--cluster {self.address}: no scheduler answers there ({error})") from None

    def close(self) -> None:
        """Leave the cluster."""
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=CONNECT_S)
        if self._own is not None:
            self._own.close()


def do_there(topic: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Do a task on a worker of the cluster, and say there what is known of it. Its files are those that who sent it may name."""
    worker = get_worker()
    with anywhere():
        return function(*arguments, lambda what, known: worker.log_event(topic, (what, known)))
