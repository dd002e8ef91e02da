"""Live progress on standard error while work goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from evplan.planning.sites import Progress

errors = Console(stderr=True, highlight=False, markup=False)


@contextmanager
def live(plain: bool = False) -> Iterator[Progress]:
    """Yield a progress function that keeps one line per subject, with seconds, while work goes on.

    Where nothing is said of a subject ("") its line goes.

    plain : Print each message on its own line instead, as when a solver writes its own log.
    """
    begun = time.perf_counter()
    state: dict[str, str] = {}

    def table() -> Table:
        grid = Table.grid(padding=(0, 2))
        for what, known in list(state.items()):
            grid.add_row(what, known)
        grid.add_row("", f"{time.perf_counter() - begun:.0f} s")
        return grid

    if plain or not errors.is_terminal:
        seen: dict[str, float] = {}

        def tell(what: str, known: str) -> None:
            now = time.perf_counter()
            if not known:
                seen.pop(what, None)
            elif now - seen.get(what, -9.0) >= 5.0 or what not in seen:
                seen[what] = now
                errors.print(f"{now - begun:6.1f} s  {what}: {known}")

        yield tell
        return

    def show(what: str, known: str) -> None:
        state.pop(what, None) if not known else state.update({what: known})

    with Live(get_renderable=table, console=errors, refresh_per_second=8, transient=True):
        yield show
