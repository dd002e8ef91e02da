"""Solve scenarios, tariffs and solvers side by side and put them in one table."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evplan.crew import silent
from evplan.errors import InputError, LostError
from evplan.fanout import working
from evplan.instance.read import Read, read
from evplan.instance.suggest import did_you_mean
from evplan.parallel import cores, run_all
from evplan.paths import require_file
from evplan.scenarios.rows import Asked, Row, failed_row, fingerprint, solve_row
from evplan.scenarios.table import Rows, read_rows
from evplan.solver.outcome import make_options
from evplan.workers import Workers

if TYPE_CHECKING:
    from evplan.instance.schema import Instance
    from evplan.planning.sites import Progress

BASE = "base"


class Interrupted(KeyboardInterrupt):
    """A comparison was interrupted; `rows` are those that were finished, `asked` how many were asked for."""

    def __init__(self, rows: list[Row], asked: int) -> None:
        super().__init__()
        self.rows, self.asked = rows, asked


def compare(
    path: str | Path,
    scenarios: list[str] | None = None,
    solvers: Sequence[str] = (),
    *,
    gap: float | None = None,
    time_limit_s: float | None = None,
    table: Path | None = None,
    tariffs: Sequence[str] = (),
    jobs: int | None = None,
    resume: bool = False,
    by_site: bool = False,
    cluster: str | None = None,
    progress: Progress = silent,
) -> list[Row]:
    """Return one row per scenario, tariff and solver; a run that fails says why and stops none of the others.

    tariffs : Names; every site is planned under each in turn, and rows come best first. `all`: every tariff of the file.
        None: each site's own.

    scenarios : Names; `base` is the file as it stands. None: the file as it stands and every scenario.
    solvers : Names; none: the one the file names.
    table : CSV file of the finished rows, whole after each of them; refused at once if it cannot be written.
    jobs : rows at a time, each in a process of its own with its share of the cores; None: as many as there are cores. 1: one
        after another in this process, as seconds are to be measured that are compared.
    by_site : a row for each site by itself.  cluster : address of a Dask scheduler whose workers do the rows.
    resume : take the rows that the table has already, of the same instance, solver, gap and time limit.

    Raises: InputError if the file or a name is wrong.  Interrupted at Ctrl-C; it has the finished rows.
    """
    if table is not None:
        require_file(table)
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs must be at least 1 (got {jobs})")
    found = read(path).instance
    make_options(gap or 0.0, 1.0 if time_limit_s is None else time_limit_s, verbose=False)
    chosen, offers = solvers or [found.solver.name], _offers(tariffs, list(found.tariffs))
    reads = {name: read(path, None if name == BASE else name) for name in scenarios or [BASE, *found.scenarios]}
    if cluster is not None:
        reads = {name: one.placed for name, one in reads.items()}
    each = itertools.product(reads, offers, _sites(found, by_site), chosen)
    every = [_asked(reads[name], tariff, site, solver, gap, time_limit_s) for name, tariff, site, solver in each]
    known = read_rows(table) if table is not None and resume else []
    rows = Rows(every, known, table, by_objective=bool(tariffs), progress=progress)
    try:
        _solve(every, rows, jobs, cluster, progress)
    except KeyboardInterrupt:
        raise Interrupted(rows.finished, len(every)) from None
    return rows.finished


def _asked(
    found: Read, tariff: str | None, site: str | None, solver: str, gap: float | None, time_limit_s: float | None
) -> Asked:
    own = found.instance.solver
    gap, limit = own.gap if gap is None else gap, own.time_limit_s if time_limit_s is None else time_limit_s
    name, asked = (
        ", ".join(filter(None, (found.scenario or BASE, tariff, site))),
        alone(under_tariff(found, tariff), site),
    )
    return Asked(name, asked, solver, gap, limit, fingerprint(asked))


def _solve(every: list[Asked], rows: Rows, jobs: int | None, cluster: str | None, progress: Progress) -> None:
    """Solve the rows that are missing: one after another here, or as many at a time as there are workers."""
    size = min(jobs or cores(), len(rows.missing))
    if cluster is None and size < 2:
        for i in rows.missing:
            rows.finish(i, solve_row(every[i], _of_row(every[i], progress)))
        return
    with working(jobs if cluster else size, cluster, progress) as workers:
        _side_by_side(every, rows, workers, progress)


def _side_by_side(every: list[Asked], rows: Rows, workers: Workers, progress: Progress) -> None:
    stop = threading.Event()

    def one(i: int) -> None:
        try:
            row = workers.run(solve_row, every[i], tell=_of_row(every[i], progress), stop=stop)
        except LostError as error:
            if stop.is_set():
                raise
            row = failed_row(every[i], error)
        rows.finish(i, row)

    run_all(one, rows.missing, stop, workers.size)


def _of_row(asked: Asked, progress: Progress) -> Progress:
    """Return a progress that keeps one line for a row, whatever it is about."""
    return lambda what, known: progress(asked.said, f"{what}: {known}")


def _offers(tariffs: Sequence[str], known: list[str]) -> list[str | None]:
    """Return the tariffs to plan under; None stands for each site's own."""
    if not tariffs:
        return [None]
    wrong = [name for name in tariffs if name != "all" and name not in known]
    if wrong:
        raise InputError(f"--tariffs: there is no tariff {wrong[0]!r}{did_you_mean(wrong[0], known)}")
    return list(known) if "all" in tariffs else list(tariffs)


def _sites(found: Instance, by_site: bool) -> list[str | None]:
    """Return the sites to plan one by one; None stands for all together. Raises: InputError where they cannot be parted."""
    if not by_site:
        return [None]
    if found.portfolio is not None:
        raise InputError(
            "--by-site: the sites of this file are tied together by `portfolio`; leave it out, or compare them together"
        )
    return [site.name for site in found.sites]


def alone(found: Read, site: str | None) -> Read:
    """Return an instance with one of its sites."""
    if site is None:
        return found
    own = tuple(one for one in found.instance.sites if one.name == site)
    return replace(found, instance=found.instance.model_copy(update={"sites": own}))


def under_tariff(found: Read, tariff: str | None) -> Read:
    """Return an instance whose every site is billed by one tariff."""
    if tariff is None:
        return found
    sites = tuple(site.model_copy(update={"tariff": tariff}) for site in found.instance.sites)
    return replace(found, instance=found.instance.model_copy(update={"sites": sites}))
