"""The city: every hour of many cities and years, or two of them against each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from evplan.commands.asked import Cluster, says
from evplan.commands.once import once
from evplan.errors import InputError

REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)
Name = Annotated[str | None, says("A city of the file, or of data/cities, instead of all of the file.")]


def city(
    file: Path | None = None,
    *,
    city: Name = None,
    against: Annotated[str | None, says("A second city, to set beside the first.")] = None,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    cluster: Cluster = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME[-CITY[-AGAINST]]. A run goes on there.")] = None,
) -> int:  # fmt: skip
    """Simulate every hour of cities' fleets, renewables, storage and grid for years; report energy, cost and what it saves.

    FILE left out: the shipped study, of the cities named or, at a terminal, asked for; tab completes their names.
    """
    from evplan.city.read import TEMPLATE, read_study
    from evplan.city.run import run_study
    from evplan.instance.named import files_in
    from evplan.instance.source import plain
    from evplan.paths import require_writable
    from evplan.show.city import show_study
    from evplan.store.work import work_of

    if against is not None and city is None:
        raise InputError("--against names a second city; name the first with --city")
    names = tuple(name.strip().lower() for name in (city, against) if name is not None)
    if len(names) == 2 and names[0] == names[1]:
        raise InputError(f"--against names {names[1]!r} again; name another city")
    if file is None and not names:
        names = asked()
    found = read_study(file or TEMPLATE, names)
    folder = output or Path("reports") / "-".join([(file or TEMPLATE).stem, *names])
    require_writable(folder)
    work = work_of("city", file or TEMPLATE, files_in(plain(found.source.tree)), cities=names, format=format)
    return once(
        work, folder, lambda progress, _: run_study(found, folder, progress, format or ("html",), cluster), show_study,
        again=True, stoppable=False,  # cities that are done are not run again
    )  # fmt: skip


def asked() -> tuple[str, ...]:
    """Return the cities that the reader names at the keyboard: one or two. Raises: InputError without a terminal, or without a name."""
    from evplan.city.read import shipped_cities

    if not sys.stdin.isatty():
        raise InputError("name a file, or a city with --city; at a terminal evplan asks for it")
    names = sorted(shipped_cities())
    completed_with(names)
    first = _one_of(f"City ({', '.join(names)})", names)
    second = _one_of("Against (enter for none)", ["", *(name for name in names if name != first)])
    return tuple(name for name in (first, second) if name)


def _one_of(asked: str, names: list[str]) -> str:
    """Return the name that is answered, asking again until it is one."""
    while True:
        try:
            said = input(f"{asked}: ").strip().lower()
        except EOFError:
            raise InputError("no more answers; name a city with --city") from None
        if said in names:
            return said
        print(f"{said!r} is none of them")


def completed_with(names: list[str]) -> None:
    """Let the tabulator key complete names at the prompt, where the system has a line editor."""
    try:
        import readline
    except ImportError:
        return

    def complete(text: str, state: int) -> str | None:
        fits = [name for name in names if name.startswith(text.lower())]
        return fits[state] if state < len(fits) else None

    readline.set_completer_delims("")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
