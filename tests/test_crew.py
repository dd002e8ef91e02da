"""Processes that work for this one: answers, errors and deaths travel; nobody is left behind."""

from __future__ import annotations

import os
import threading
import time

import errands
import pytest

from evplan.crew import Crew, silent
from evplan.errors import EvplanError, InputError, LostError
from evplan.parallel import cores

NEVER = threading.Event()


def gone(pid: int) -> bool:
    """Return whether a process is gone within two seconds."""
    for _ in range(40):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_answers_and_progress_come_back_and_what_is_printed_does_not_disturb_them():
    told: list[tuple[str, str]] = []
    with Crew(errands.double, 2, size=1) as crew:
        answers = [crew.run(n, tell=lambda *said: told.append(said), stop=NEVER) for n in (3, 4)]
    assert answers == [6, 8]
    assert told == [("number", "3"), ("number", "4")]


def test_an_error_comes_back_as_itself_and_the_process_goes_on():
    with Crew(errands.fail, size=1) as crew:
        for kind in (InputError, KeyError):
            with pytest.raises(kind, match="out of luck"):
                crew.run(kind, tell=silent, stop=NEVER)


def test_an_error_that_cannot_travel_comes_back_in_words():
    with Crew(errands.fail_picky, size=1) as crew, pytest.raises(EvplanError, match="Picky: 1 is not 2"):
        crew.run(tell=silent, stop=NEVER)


def test_a_killed_process_fails_its_own_task_only():
    with Crew(errands.die, size=1) as crew:
        first = crew.run(False, tell=silent, stop=NEVER)
        with pytest.raises(LostError, match="was killed"):
            crew.run(True, tell=silent, stop=NEVER)
        assert crew.run(False, tell=silent, stop=NEVER) not in (first, os.getpid())


def test_a_task_that_is_told_to_stop_leaves_no_process_behind():
    stop, pids = threading.Event(), []

    def tell(what: str, known: str) -> None:
        pids.append(int(known))
        stop.set()

    begun = time.monotonic()
    with Crew(errands.sleep, size=1) as crew, pytest.raises(LostError, match="stopped"):
        crew.run(60.0, tell=tell, stop=stop)
    assert gone(pids[0])
    assert time.monotonic() - begun < 10.0


def test_workers_know_their_share_of_the_cores(monkeypatch):
    with Crew(errands.cores, size=1, cores_each=1) as crew:
        assert crew.run(tell=silent, stop=NEVER) == (1, "1")
    monkeypatch.setenv("EVPLAN_CORES", "1")
    assert cores() == 1
    monkeypatch.setenv("EVPLAN_CORES", "0")
    assert cores() == 1
    monkeypatch.setenv("EVPLAN_CORES", "100000")
    assert cores() == len(os.sched_getaffinity(0))
