"""Every error evplan raises, in one tree.

EvplanError               anything a caller may want to catch
├── InputError            the input is wrong; the message says where and what to do       exit 2
│   ├── InstanceError     every fault of one instance file, compiler style                exit 2
│   └── NotInstalledError a solver asked for is not on this machine                       exit 2
├── InfeasibleError       the inputs contradict each other; says which, when, by how much exit 3
├── NoPlanError           time ran out before any plan was found                          exit 4
├── StoppedError          the user stopped it before there was a plan                       exit 130
├── LostError             a process that worked for this one was killed or stopped         exit 1
└── CheckError            a plan does not add up; it is refused                           exit 1
"""

from __future__ import annotations

INTERRUPTED = 130  # exit code of what the user stopped


class EvplanError(Exception):
    """Something evplan can explain. `exit_code` is what the command line returns."""

    exit_code = 1


class InputError(EvplanError):
    """An input is wrong. The message says where, what was found, what is allowed, what to try."""

    exit_code = 2


class InstanceError(InputError):
    """All faults of one instance file, rendered with their lines; `faults` holds them as data."""

    def __init__(self, message: str, faults: tuple = ()) -> None:
        super().__init__(message)
        self.faults = faults


class NotInstalledError(InputError):
    """A solver asked for is not on this machine; the message says what brings it."""


class InfeasibleError(EvplanError):
    """No plan satisfies the inputs. The message names them, the hours, the gap and one repair."""

    exit_code = 3


class NoPlanError(EvplanError):
    """The time limit passed before any plan was found."""

    exit_code = 4

    @classmethod
    def within(cls, who: str, sought: str, limit_s: float) -> NoPlanError:
        """Return the error that says for whom nothing was found within a time limit, and the way out."""
        return cls(f"{who}: no {sought} within {limit_s:.0f} s; give it more with --time-limit")


class LostError(EvplanError):
    """A process that worked for this one is gone; nothing is known of its task."""


class CheckError(EvplanError):
    """A plan failed the independent recomputation; `residuals` says where and by how much."""

    def __init__(self, message: str, residuals: dict[str, float] | None = None) -> None:
        super().__init__(message)
        self.residuals = residuals or {}


class StoppedError(EvplanError):
    """The user stopped it before there was anything to keep."""

    exit_code = INTERRUPTED
