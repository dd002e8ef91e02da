"""Turn every known error into a message and an exit code; no user ever sees a traceback for their own mistake."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from evplan.errors import INTERRUPTED, EvplanError, InputError, StoppedError
from evplan.worker import SELDOM

UNREACHABLE = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)  # a path of the user's


def _interrupt(signum: int, frame: object) -> None:
    """Stop in good order; at the second press leave at once, for files replace old ones only when they are whole."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print("stopping when the step under way ends; press again to leave at once", file=sys.stderr, flush=True)
    raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets, so that the best found so far is kept; the second leaves at once."""
    stop, asked = threading.Event(), threading.Event()  # an error stops the others' searches, too; that is not the user

    def ask(signum: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        what = "stopping: the best plan so far is checked and written, if there is one"
        print(f"{what}; press again to leave at once", file=sys.stderr, flush=True)
        asked.set()
        stop.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    except EvplanError as error:
        raise (StoppedError(str(error)) if asked.is_set() else error) from None
    finally:
        signal.signal(signal.SIGINT, before)


def guarded(command: Callable[[], object]) -> int:
    """Run a command and return its exit code; errors are told on standard error."""
    signal.signal(signal.SIGINT, _interrupt)
    gc.set_threshold(*SELDOM)
    try:
        result = command()
        return result if isinstance(result, int) else 0
    except EvplanError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(
            "stopped; nothing is left half-written, and the same command goes on with what is done, where it can",
            file=sys.stderr,
        )
        return INTERRUPTED
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror or error}; nothing is left half-written", file=sys.stderr)
        return InputError.exit_code if isinstance(error, UNREACHABLE) else 1
    except Exception as error:
        if os.environ.get("EVPLAN_TRACEBACK"):
            raise
        print(f"evplan failed, and it is our fault: {type(error).__name__}: {error}", file=sys.stderr)
        print("Set EVPLAN_TRACEBACK=1 and run again for the details to report.", file=sys.stderr)
        return 1
