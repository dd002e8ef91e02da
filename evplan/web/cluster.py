"""A Dask cluster that does the tasks: its workers must have the same evplan. Same manner as processes of this machine."""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from typing import Any

from distributed import Client, Future, KilledWorker, get_worker
from distributed.client import FutureCancelledError

from evplan.errors import InputError, LostError
from evplan.web.task import Result, do
from evplan.worker import Tell

POLL_S = 0.5
CONNECT_S = 20


class Cluster:
    """The workers of a scheduler; `size` tasks at a time."""

    def __init__(self, address: str, size: int) -> None:
        self.size = size
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"--cluster {address}: no scheduler answers there ({error})") from None

    def run(self, name: str, *arguments: Any, tell: Tell, stop: threading.Event) -> Result:
        """Return what a task gives. Raises: LostError if its worker died, or it was told to stop."""
        topic = f"evplan-{uuid.uuid4().hex}"
        self._client.subscribe_topic(topic, lambda event: tell(*event[1]))
        future = self._client.submit(do_there, topic, name, arguments, pure=False, retries=0)
        try:
            return self._await(future, stop)
        finally:
            self._client.unsubscribe_topic(topic)
            future.release()

    def _await(self, future: Future, stop: threading.Event) -> Result:
        try:
            while not stop.is_set():
                with suppress(TimeoutError):
                    return future.result(timeout=POLL_S)
                if future.done():  # within that moment; or the task itself ran out of time, and says so here
                    return future.result()
        except (KilledWorker, FutureCancelledError) as error:
            raise LostError(f"the worker of the cluster is gone ({type(error).__name__})") from None
        future.cancel(force=True)
        raise LostError("stopped before it was done")

    def close(self) -> None:
        """Leave the cluster."""
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=CONNECT_S)


def do_there(topic: str, name: str, arguments: tuple[Any, ...]) -> Result:
    """Do a task on a worker of the cluster, and say there what is known of it."""
    worker = get_worker()
    return do(name, arguments, lambda what, known: worker.log_event(topic, (what, known)))
