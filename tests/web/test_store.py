"""Jobs in the store: begun by one, ended once, begun again where a server died."""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest

from evplan.errors import InputError
from evplan.web.presence import Presence
from evplan.web.store import DONE, FAILED, MOST_ATTEMPTS, QUEUED, Store
from evplan.web.table import StoreError, connect

LOST = b"lost"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'jobs.sqlite'}"


@pytest.fixture
def store(url):
    own = Store(url, "one", 30.0)
    yield own
    own.close()


def added(store, kind="plan", lane="long"):
    return store.add(uuid.uuid4().hex, kind, lane, b"asked", "{}")


def test_servers_that_claim_at_once_never_get_the_same_job(url):
    stores = [Store(url, f"server {k}", 30.0) for k in range(4)]
    jobs = {added(stores[0]).id for _ in range(100)}
    got: list[str] = []

    def claim(store):
        while (claim := store.claim("long")) is not None:
            got.append(claim.id)
            assert store.finish(claim, DONE, b"answer")

    threads = [threading.Thread(target=claim, args=(store,)) for store in stores for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == Counter(jobs)
    for one in stores:
        one.close()


def test_jobs_are_begun_in_the_order_in_which_they_came(store):
    jobs = [added(store).id for _ in range(5)]
    assert [store.claim("long").id for _ in range(5)] == jobs
    assert store.claim("long") is None


def test_a_lane_does_not_take_the_jobs_of_another(store):
    added(store, lane="quick")
    assert store.claim("long") is None


def test_a_claim_that_ran_out_cannot_end_what_another_has_begun(url, store):
    job, slow = added(store), Store(url, "slow", 0.0)
    late = slow.claim("long")
    assert store.take_up([], LOST) == 1
    again = store.claim("long")
    assert not slow.finish(late, DONE, b"late")
    assert store.finish(again, DONE, b"in time")
    assert not store.finish(again, DONE, b"twice")
    assert store.get(job.id, "plan", whole=True).answer == b"in time"
    slow.close()


def test_the_same_server_cannot_end_an_attempt_of_before(store):
    added(store)
    first = store.claim("long")
    store.put_back(first, counted=True)
    store.claim("long")
    assert not store.finish(first, DONE, b"late")


def test_a_living_server_keeps_its_jobs(url, store):
    other, job = Store(url, "other", 30.0), added(store)
    store.claim("long")
    assert other.take_up([], LOST) == 0
    assert store.live_on([job.id]) == {job.id}
    assert other.take_up(["one"], LOST) == 1
    assert store.live_on([job.id]) == set()
    other.close()


def test_a_job_that_takes_every_server_along_is_given_up(store):
    job = added(store)
    for _ in range(MOST_ATTEMPTS):
        assert store.claim("long") is not None
        store.take_up(["one"], LOST)
    ended = store.get(job.id, "plan", whole=True)
    assert (ended.state, ended.attempts, ended.answer) == (FAILED, MOST_ATTEMPTS, LOST)


def test_a_job_that_is_put_back_in_good_order_has_lost_no_attempt(store):
    job = added(store)
    store.put_back(store.claim("long"), counted=False)
    assert (store.get(job.id, "plan").state, store.get(job.id, "plan").attempts) == (QUEUED, 0)


def test_what_was_removed_cannot_be_ended(store):
    job = added(store)
    claim = store.claim("long")
    assert store.remove(job.id, "plan")
    assert not store.finish(claim, DONE, b"answer")
    assert store.get(job.id, "plan") is None
    assert not store.remove(job.id, "plan")


def test_a_job_is_found_under_its_own_kind_only(store):
    assert store.get(added(store, kind="plan").id, "schedule") is None


def test_only_what_has_ended_long_ago_is_forgotten(store):
    old, waiting = added(store), added(store)
    store.finish(store.claim("long"), DONE, b"answer")
    assert store.forget_older(3600.0) == []
    assert store.forget_older(-1.0) == [old.id]
    assert store.get(waiting.id, "plan") is not None


def test_a_server_is_dead_when_it_has_let_its_lock_go(tmp_path):
    one, other = Presence(tmp_path), Presence(tmp_path)
    assert other.dead({one.name, "never seen"}) == set()
    one._held.close()  # as the system does where a process dies
    assert other.dead({one.name}) == {one.name}
    other.sweep(busy=set())
    assert [path.stem for path in tmp_path.iterdir()] == [other.name]
    other.leave()


@pytest.mark.parametrize("url", ["no url", "nosuch://x/y", "sqlite+nosuch:///x"])
def test_a_url_that_is_none_is_told(url):
    with pytest.raises(InputError, match="--database"):
        connect(url)


def test_a_database_in_a_folder_that_is_not_there_is_told():
    with pytest.raises(StoreError, match="unable to open"):
        connect("sqlite:////nowhere/at/all/jobs.sqlite")
