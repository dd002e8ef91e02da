"""The inside of a process that works for another (crew.py): it answers the tasks on its standard input, one after another.

When the input closes, because it is no longer wanted or because the other process is gone, it leaves with whatever it started.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from evplan.errors import EvplanError

STOP = b"stop"  # asks for what the task under way has found so far
stopped = threading.Event()  # whether that was asked
SELDOM = (
    50_000,
    20,
    20,
)  # a plan makes many objects and few circles of them: Python need not look for those as often as it would
GRACE_S = 1.0  # for a task that is no longer wanted to take away its temporary files

Tell = Callable[[str, str], None]


def serve() -> None:
    """Run the tasks that come in, in a process of its own, until no more can come."""
    gc.set_threshold(*SELDOM)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a solver prints must not end among the answers
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_watch, args=(tasks,), daemon=True).start()
    lock = threading.Lock()  # progress comes from any thread

    def say(*message: Any) -> None:
        with lock:
            pickle.dump(pickle.dumps(message), answers)
            answers.flush()

    with suppress(KeyboardInterrupt, BrokenPipeError):
        every_task = tasks.get()
        while True:
            say(*_answer(every_task, tasks.get(), lambda what, known: say("told", what, known)))
    _leave()


def _answer(every_task: bytes, task: bytes, tell: Tell) -> tuple[str, Any]:
    """Return what a task gives: its result or its error, in a form that can travel."""
    try:
        function, given = pickle.loads(every_task)
        result = function(*given, *pickle.loads(task), tell)
        pickle.dumps(result)
        return "done", result
    except Exception as error:  # any error travels to the process that asked, which raises it
        error.add_note("".join(traceback.format_exception(error)))
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # one that cannot be pickled, for whatever reason, goes as its words
            return "failed", EvplanError(f"{type(error).__name__}: {error}")
        return "failed", error


def _watch(tasks: queue.SimpleQueue[bytes]) -> None:
    """Take tasks in; when no more can come, end the task under way, which cleans up if it is quick."""
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            message = pickle.load(sys.stdin.buffer)
            if message == STOP:
                stopped.set()
            else:
                stopped.clear()
                tasks.put(message)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    time.sleep(GRACE_S)
    _leave()


def _leave() -> None:
    """End this process at once, and the programs that it has started."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)
