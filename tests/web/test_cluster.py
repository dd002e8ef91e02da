"""The work on a Dask cluster: the same answers, progress, and ends as in processes of this machine."""

from __future__ import annotations

import threading

import orjson
import pytest

pytest.importorskip("distributed", reason="the cluster extra is not installed")

import distributed

from evplan.cluster import Cluster
from evplan.errors import InputError, LostError
from evplan.web.desk import Desk
from evplan.web.pool import Tasks
from evplan.web.settings import Limits, Settings

NEVER = threading.Event()


@pytest.fixture(scope="module")
def scheduler():
    """Return the address of a scheduler with one worker."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


def test_a_plan_on_a_cluster_tells_its_progress_and_gives_its_report(scheduler, tmp_path, instance, until, request):
    desk = Desk(Settings(tmp_path, workers=1, cluster=scheduler))
    request.addfinalizer(desk.close)
    desk.start()
    job = desk.plan(orjson.dumps(instance))
    said = until(lambda: (one := desk.job(job.id, "plan")).ended and one)
    assert (said.state, desk.report(job.id, "html")[:2].lower()) == ("done", b"<!")
    assert "gate-city" in (said.progress or "")


def test_a_task_that_is_told_to_stop_gives_way(scheduler, instance, request):
    cluster, stop = Tasks(Cluster(scheduler, 1)), threading.Event()
    request.addfinalizer(cluster.close)
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(LostError, match="stopped"):
        cluster.run("plan", "x", orjson.dumps(instance), None, Limits(), tell=lambda what, known: None, stop=stop)
    assert cluster.run("check plan", b"a: [", None, Limits(), tell=lambda what, known: None, stop=NEVER).status == 422


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("evplan.cluster.CONNECT_S", 1)
    with pytest.raises(InputError, match="--cluster"):
        Cluster("tcp://127.0.0.1:1", 1)


class Forgotten:
    """A future that is cancelled while it is waited for; distributed's own wait then ends in an error of its own."""

    key, status = "a", "pending"

    def done(self):
        return True

    def result(self, timeout=None):
        raise UnboundLocalError("cannot access local variable 'result' where it is not associated with a value")


class Cancelled(Forgotten):
    """A future that was cancelled before."""

    status = "cancelled"


@pytest.mark.parametrize("future", [Forgotten(), Cancelled()], ids=["meanwhile", "before"])
def test_a_task_that_the_scheduler_has_forgotten_is_lost_and_may_be_done_again(scheduler, request, future):
    cluster = Cluster(scheduler, 1)
    request.addfinalizer(cluster.close)
    with pytest.raises(LostError, match="is gone"):
        cluster._await(future, NEVER)


class Unreadable:
    """A future whose task could not read a file."""

    key, status = "a", "error"

    def done(self):
        return True

    def result(self, timeout=None):
        raise PermissionError("a file of the task")


def test_an_error_of_a_task_is_its_own_and_no_scheduler_that_is_gone(scheduler, request):
    cluster = Cluster(scheduler, 1)
    request.addfinalizer(cluster.close)
    with pytest.raises(PermissionError, match="a file of the task"):
        cluster._await(Unreadable(), NEVER)
