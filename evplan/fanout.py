"""The one door to many hands: processes of this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evplan.crew import silent
from evplan.worker import Tell
from evplan.workers import Processes, Workers


@contextmanager
def working(jobs: int | None = None, cluster: str | None = None, tell: Tell = silent) -> Iterator[Workers]:
    """Yield who does the work, and let them go at the end. cluster : address of a scheduler; left out, processes of this machine.

    jobs : tasks at a time; left out, as many as there are cores, or threads of the cluster's workers.
    """
    if cluster is None:
        workers: Workers = Processes(jobs)
    else:
        from evplan.cluster import Cluster

        workers = Cluster(cluster, jobs, lasting=True, tell=tell)
    try:
        yield workers
    finally:
        workers.close()


@contextmanager
def clustered(address: str | None, tell: Tell) -> Iterator[Workers | None]:
    """Yield the workers of a cluster, or nobody where there is no address."""
    if address is None:
        yield None
        return
    with working(None, address, tell) as workers:
        yield workers
