"""Processes that work for this one: each has one task at a time, tells its progress, and takes no other along if it dies.

A worker is a fresh interpreter (worker.py), so that a script which calls us needs no guard around its main part, and the
threads of a solver are never forked. Tasks go to its standard input and answers come from its standard output, pickled.
"""

from __future__ import annotations

import json
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Protocol

from evplan.errors import LostError
from evplan.worker import GRACE_S, STOP, Tell

POLL_S = 0.1
SERVE = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from evplan.worker import serve; serve()"


def silent(what: str, known: str) -> None:
    """Report nothing."""


class Hands(Protocol):
    """Who does one function's tasks, `size` at a time: a crew of this machine, or workers elsewhere (workers.py)."""

    size: int

    def run(self, *arguments: Any, tell: Tell, stop: threading.Event) -> Any:
        """Return what the function returns for these arguments. Raises: LostError if who did it is gone, or was told to stop."""


class Crew:
    """Processes that all run one function; they start when they are first needed and wait for more until the crew is closed.

    function : called as `function(*given, *arguments, tell)`; `given` travels once to each process, `arguments` with each
        task. Everything must be picklable, and the function has a name in a module.
    size : how many may be at work at once.  cores_each : what `cores()` is to each of them.
    stopping_s : how long one that is told to stop may take to say what it has found so far (`worker.stopped`); 0: it is ended.
    """

    def __init__(
        self, function: Callable[..., Any], *given: Any, size: int, cores_each: int = 1, stopping_s: float = 0.0
    ) -> None:
        self.size, self._stopping_s = size, stopping_s
        self._every_task, self._cores = pickle.dumps((function, given)), cores_each
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def run(self, *arguments: Any, tell: Tell, stop: threading.Event) -> Any:
        """Return what the function returns for these arguments, or raise what it raises.

        Raises: LostError if its process dies, or does not answer soon once `stop` is set; other tasks go on.
        """
        task = pickle.dumps(arguments)
        with self._lock:
            worker = self._idle.pop() if self._idle else _Worker(self._every_task, self._cores)
        try:
            succeeded, answer = worker.ask(task, tell, stop, self._stopping_s)
        except BaseException:
            worker.end()
            raise
        with self._lock:
            self._idle.append(worker)
        if not succeeded:
            raise answer
        return answer

    def close(self) -> None:
        """Let every process go."""
        while self._idle:
            self._idle.pop().end()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Worker:
    """One process, seen from here."""

    def __init__(self, every_task: bytes, cores_each: int) -> None:
        environment = os.environ | {"EVPLAN_CORES": str(cores_each), "OMP_NUM_THREADS": str(cores_each)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, json.dumps(sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment, start_new_session=True,  # Ctrl-C is for this process, which then tells its workers
        )  # fmt: skip
        self._inbox: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(self._process.stdout, self._inbox), daemon=True).start()
        self._send(every_task)

    def ask(self, task: bytes, tell: Tell, stop: threading.Event, stopping_s: float) -> tuple[bool, Any]:
        """Return (True, the answer) or (False, the error) for a task."""
        self._send(task)
        until = math.inf
        while time.monotonic() < until:
            if stop.is_set() and until == math.inf:
                until = time.monotonic() + stopping_s
                self._send(STOP)
            with suppress(queue.Empty):
                kind, *said = self._inbox.get(timeout=POLL_S)
                if kind == "lost":
                    raise LostError(self._fate())
                if kind != "told":
                    return kind == "done", said[0]
                tell(*said)
        raise LostError("stopped before it was done")

    def end(self) -> None:
        """Close its input, give it time to leave in good order, and see to it that it has left."""
        with suppress(OSError):
            self._pipe.close()
        try:
            self._process.wait(2 * GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _send(self, message: bytes) -> None:
        with suppress(OSError):  # a process that is gone: the inbox says so
            pickle.dump(message, self._pipe)
            self._pipe.flush()

    def _fate(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        code = self._process.returncode
        if code == -signal.SIGKILL:
            return "the process that worked on it was killed, as a machine does that runs out of memory"
        how = f"signal {-code}" if code and code < 0 else f"exit code {code}"
        return f"the process that worked on it died ({how})"


def _receive(pipe: IO[bytes], inbox: queue.SimpleQueue[tuple[Any, ...]]) -> None:
    """Hand on what a worker says until it says no more."""
    with pipe:
        try:
            while True:
                inbox.put(pickle.loads(pickle.load(pipe)))
        except Exception:  # the pipe's end, or what a dying process half said
            inbox.put(("lost",))
