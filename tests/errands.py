"""Functions that workers run in tests; a worker finds them by name, as it finds ours."""

from __future__ import annotations

import os
import signal
import time


class Picky(Exception):
    """An error that cannot travel."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} is not {other}")


def double(given: int, number: int, tell) -> int:
    tell("number", str(number))
    print("what a solver prints on its way")
    return given * number


def fail(kind: type[Exception], tell) -> None:
    raise kind("out of luck")


def fail_picky(tell) -> None:
    raise Picky(1, 2)


def die(deadly: bool, tell) -> int:
    if deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def sleep(seconds: float, tell) -> None:
    tell("process", str(os.getpid()))
    time.sleep(seconds)


def cores(tell) -> tuple[int, str]:
    from evplan.parallel import cores

    return cores(), os.environ["OMP_NUM_THREADS"]
