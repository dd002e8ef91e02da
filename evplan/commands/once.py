"""Work that is done once, and recorded: what a folder holds of the same work is shown again as it was then, instead of being done anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from evplan.commands.asked import says
from evplan.commands.guard import stopping
from evplan.commands.progress import live
from evplan.errors import INTERRUPTED

if TYPE_CHECKING:
    from evplan.store.work import Work
    from evplan.worker import Tell

Made = TypeVar("Made")
Again = Annotated[bool, says("Do it even if a folder holds the same work, done, already.")]
ROOT = Path("reports")  # below which the same work is looked for where no folder is named


def once(
    work: Work, folder: Path, do: Callable[[Tell, threading.Event], Made], show: Callable[[Made], int | None], *,
    elsewhere: bool = False, again: bool = False, stoppable: bool = True, plain: bool = False,
) -> int:  # fmt: skip
    """Do a work into a folder, show what it came to, and return the exit code; show it again where it was done before.

    elsewhere : any folder below reports/ may hold it, since none was named.  again : do it even so.
    stoppable : whether `do` ends in good order once its event is set; otherwise Ctrl-C ends it.  plain : progress as lines.
    """
    from evplan.store.manifest import recorded

    if not again and (code := _shown_before(work, folder, elsewhere)) is not None:
        return code
    stops = stopping() if stoppable else nullcontext(threading.Event())
    with live(plain=plain) as progress, stops as stop, recorded(folder, work, stopped=stop.is_set):
        made = do(progress, stop)
    return _remembered(folder, lambda: show(made) or 0, stop)


def _remembered(folder: Path, show: Callable[[], int], stop: threading.Event) -> int:
    """Return the exit code of what is shown; keep it and what was printed in the run's manifest."""
    from evplan.show.plan import console
    from evplan.store.manifest import remember

    console.record = True
    try:
        code = show()
    finally:
        said, console.record = console.export_text(), False
    code = INTERRUPTED if stop.is_set() else code
    remember(folder, said, code)
    return code


def _shown_before(work: Work, folder: Path, elsewhere: bool) -> int | None:
    """Show what a folder holds of the same work and return its exit code; None where it is to be done."""
    from evplan.show.plan import console
    from evplan.store.manifest import known, read_manifest
    from evplan.store.runs import same

    found = folder if known(folder, work) is not None else same(ROOT, work) if elsewhere else None
    own = read_manifest(found) if found is not None else None
    if own is None or own.exit_code is None:  # there is none, or it ended before it was shown
        return None
    print("".join(letter for letter in own.said if letter == "\n" or letter.isprintable()), end="")
    how = f"of the same file, inputs, options and version, made {own.ended[:10]}; --again does it anew"
    console.print(f"{found} holds this already, {how}")
    return own.exit_code
