"""Whatever breaks between a cluster and its log: nothing is wrong, lost or doubled, or the log tells of the gap."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from tests.apiserver.server import ApiServer
from tests.following.conftest import (
    SEALER,
    Followed,
    access_to,
    followable,
    followers,
    following,
    lists,
    objects_of,
    until,
    watched,
)
from visualizer.following import follower, lease
from visualizer.following.adding import save
from visualizer.following.follower import Followers
from visualizer.kube import backoff, reflector, transport
from visualizer.kube.continuity import OWN_ETCD
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread
from visualizer.models import Cluster

PODS = "v1/pods"
PODS_PATH = "/api/v1/pods"


def questions(server: ApiServer, path: str = "") -> int:
    """How often it was asked how far the server is."""
    return sum(request.query.get("limit") == "1" and path in ("", request.path) for request in server.requests)


async def assert_nothing_is_lost_or_doubled(followed: Followed) -> None:
    """The log has every change once, and nothing was listed again for it."""
    await until(followed.equals_the_cluster)
    assert await in_thread(followed.told) == followed.happened()
    assert await in_thread(followed.notes) == []
    assert lists(followed.server) == len(followable(followed.server))


async def assert_the_gap_is_told(followed: Followed, resource: str = PODS) -> None:
    """The log's end is right, and says where it was not told everything."""
    await until(followed.equals_the_cluster)
    await until(lambda: followed.phase(resource) == "watching")
    told = f"Some changes of {resource} before this are not in the log"
    assert any(note.startswith(told) for note in await in_thread(followed.notes))


class TestTheConnection:
    @pytest.mark.parametrize("mid_line", [False, True])
    async def test_a_cut_loses_nothing_and_doubles_nothing(self, server: ApiServer, mid_line: bool) -> None:
        async with following(server) as followed:
            for _ in range(3):
                await server.play(count=60)
                server.faults.cut(mid_line=mid_line)
                await server.play(count=60)
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)

    async def test_one_question_is_enough_after_a_cut(self, server: ApiServer) -> None:
        async with following(server) as followed:
            for _ in range(3):
                before = questions(server)
                server.faults.cut()
                await server.until(lambda: len(server.watches) == 0)
                await watched(server)
                for resource in followable(server):  # every watch tells something, and so proves itself
                    objects = server.storage.collection(resource.id).objects.values()
                    server.storage.put(resource.id, next(iter(objects), {"metadata": {"name": "news"}}))
                await until(followed.equals_the_cluster)
                assert questions(server) - before == 1 + len(OWN_ETCD)

    async def test_a_resource_of_which_nothing_was_told_since_does_not_rely_on_another_s_answer_again(
        self, server: ApiServer
    ) -> None:
        async with following(server):
            for expected in (1 + len(OWN_ETCD), len(followable(server))):
                before = questions(server)
                server.faults.cut()
                await server.until(lambda: len(server.watches) == 0)
                await watched(server)
                assert questions(server) - before == expected

    async def test_a_watch_that_falls_silent_is_begun_anew(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert transport.SILENCE_SECONDS < 100
        monkeypatch.setattr(transport, "SILENCE_SECONDS", 0.3)
        async with following(server) as followed:
            server.faults.hang()
            await server.play()
            asked = len(server.requests)
            await server.until(lambda: len(server.requests) >= asked + len(followable(server)))
            server.faults.heal()
            await assert_nothing_is_lost_or_doubled(followed)

    async def test_a_line_that_is_no_json_ends_the_watch_and_not_the_following(self, server: ApiServer) -> None:
        async with following(server) as followed:
            await server.play(count=100)
            assert server.faults.garbage() == len(followable(server))
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)

    async def test_an_object_of_six_megabytes_comes_through(self, server: ApiServer) -> None:
        async with following(server) as followed:
            large = {"name": "large", "namespace": "shop", "annotations": {"filler": "x" * 6_000_000}}
            server.storage.put("v1/configmaps", {"metadata": large})
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)

    async def test_an_object_that_cannot_be_read_is_told_in_its_place(self, server: ApiServer) -> None:
        async with following(server) as followed:
            odd = b'{"type":"ADDED","object":{"metadata":{"name":"odd","resourceVersion":"99999"},"spec":"what?"}}\n'
            server.faults.garbage(PODS, odd)
            await until(followed.notes)
            (note,) = await in_thread(followed.notes)
            assert note.startswith("Something that the cluster sent here cannot be shown: an object of v1/pods")


class TestTheServer:
    async def test_one_that_restarts_is_followed_on(self, server: ApiServer) -> None:
        async with following(server) as followed:
            await server.play(count=100)
            await server.restart(lose_history=False)
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)

    async def test_one_that_restarts_without_what_came_before_is_listed_again(self, server: ApiServer) -> None:
        async with following(server) as followed:
            await server.play(count=100)
            await until(followed.equals_the_cluster)
            await server.stop()
            await server.play()
            server.storage.forget_watches()
            await server.start()
            await assert_the_gap_is_told(followed)

    async def test_one_that_is_away_is_asked_for_all_at_once(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits = count_waits(monkeypatch)
        async with following(server) as followed:
            server.faults.fail(503)
            server.faults.cut()
            await server.until(lambda: len(server.watches) == 0)
            before, waited = len(server.requests), len(waits)
            resources = len(followable(server))
            await until(lambda: len(waits) - waited > 6 * resources)
            asked = sum(request.path == PODS_PATH for request in server.requests[before:])
            server.faults.heal()
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)
        assert asked < 2 * resources, "six rounds of all of them, each of which alone would have asked each time"

    async def test_what_it_forgot_is_listed_again(self, server: ApiServer) -> None:
        async with following(server) as followed:
            await server.play(count=100)
            await server.stop()
            await server.play()
            server.compact(server.storage.version)
            await server.start()
            await assert_the_gap_is_told(followed)

    @pytest.mark.parametrize("is_at_once", [True, False])
    async def test_410_is_a_new_list_and_no_error(self, server: ApiServer, is_at_once: bool) -> None:
        async with following(server) as followed:
            await server.play(count=100)
            await until(followed.equals_the_cluster)
            if is_at_once:
                server.faults.fail(410, count=1, path=PODS_PATH)
                server.faults.cut(PODS)
            else:
                server.faults.error_event(PODS, 410)
            await server.until(lambda: lists(server, PODS) == 2, 20)
            await server.play()
            await assert_the_gap_is_told(followed)
            assert lists(server) == len(followable(server)) + 1, "of the other resources nothing was listed again"

    async def test_one_that_was_put_back_in_time_is_listed_again(self, server: ApiServer) -> None:
        start = server.storage.version
        async with following(server) as followed:
            await server.play()
            await until(followed.equals_the_cluster)
            await server.restore(start)
            await until(followed.equals_the_cluster)
            assert any("behind" in note for note in await in_thread(followed.notes))
            server.storage.put("v1/configmaps", {"metadata": {"name": "later", "namespace": "shop"}})
            await until(followed.equals_the_cluster)

    async def test_one_that_fails_is_asked_less_and_less(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with following(server) as followed:
            monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.5)
            waits = count_waits(monkeypatch)
            server.faults.fail(500, path=PODS_PATH)
            before = len(server.requests)
            server.faults.cut(PODS)
            await until(lambda: sum(waits) >= 60)
            asked = sum(request.path == PODS_PATH for request in server.requests[before:])
            server.faults.heal()
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)
        # In a minute: pauses of 0.5, 1, 2, 4, 8, 16, 30, 30 seconds, each by chance up to a half shorter.
        assert 6 <= asked <= 10

    async def test_who_is_asked_to_wait_waits(self, server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
        waits = count_waits(monkeypatch)
        async with following(server) as followed:
            waits.clear()
            server.faults.fail(429, retry_after=7, count=2, path=PODS_PATH)
            server.faults.cut(PODS)
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)
        assert waits.count(7.0) == 2


class TestPermission:
    async def test_a_resource_that_is_refused_half_way_is_named_and_the_rest_goes_on(self, server: ApiServer) -> None:
        async with following(server) as followed:
            await server.play(count=50)
            await until(followed.equals_the_cluster)
            server.access.deny(PODS)
            server.faults.cut()
            await until(lambda: followed.phase(PODS) == "refused")
            await server.play()

            def others_are_right() -> bool:
                ours, theirs = followed.objects(), objects_of(server)
                return {**ours, PODS: None} == {**theirs, PODS: None}

            await until(others_are_right)
            problem = await in_thread(lambda: followed.health["resources"][PODS]["problem"])
            assert problem.startswith('403 Forbidden: pods is forbidden: User "orrery" cannot')

    async def test_it_is_asked_again_and_then_nothing_is_missing(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reflector, "REFUSED_SECONDS", 0.05)
        async with following(server) as followed:
            server.access.deny(PODS)
            server.faults.cut()
            await until(lambda: followed.phase(PODS) == "refused")
            await server.play()
            server.access.allow(PODS)
            await assert_nothing_is_lost_or_doubled(followed)

    async def test_an_expired_token_is_told_and_a_new_one_counts_at_once(self, server: ApiServer) -> None:
        async with following(server) as followed:
            server.access.unauthorize("abc")
            server.access.authorize("new", "orrery")
            server.faults.cut()
            await until(lambda: followed.phase(PODS) == "waiting")
            await until(lambda: followed.health["resources"][PODS]["problem"].startswith("401 Unauthorized"))
            await in_thread(lambda: save("lab", access_to(server, "new"), SEALER))
            await server.play()
            await assert_nothing_is_lost_or_doubled(followed)


class TestTheWatcher:
    async def test_another_goes_on_where_one_died(self, server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
        assert lease.LEASE_SECONDS + follower.LOOK_SECONDS < 10
        monkeypatch.setattr(lease, "give_back", lambda *_: None)  # who is killed gives nothing back
        async with following(server) as followed:
            await server.play(count=200)
            await until(followed.equals_the_cluster)
        await server.play()
        begun = len(server.requests)
        late = timezone.now() + timedelta(seconds=lease.LEASE_SECONDS)
        monkeypatch.setattr(lease.timezone, "now", lambda: late)
        async with followers():
            await assert_nothing_is_lost_or_doubled(followed)
            await watched(server)
        asked = [request for request in server.requests[begun:] if request.query.get("watch") != "1"]
        asked = [request for request in asked if not request.path.startswith("/openapi/")]  # see test_schemas.py
        assert len(asked) == 3 + 1 + len(OWN_ETCD), "the version, discovery, and how far the server is"

    async def test_one_whose_lease_is_another_s_writes_no_more(self, server: ApiServer) -> None:
        async with following(server) as followed:
            seen = await in_thread(lambda: followed.log.last_seq)
            await in_thread(lambda: Cluster.objects.update(holder="another", held_until="2100-01-01T00:00:00Z"))
            await server.play()
            await server.until(lambda: not server.watches)
            assert await in_thread(lambda: followed.log.last_seq) == seen


def count_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause that a reflector makes from now on; none lasts long."""
    waits: list[float] = []

    async def note_and_sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))

    monkeypatch.setattr(reflector, "asyncio", SimpleNamespace(sleep=note_and_sleep))
    return waits


@pytest.mark.parametrize("during", ["the first take", "a renewal"])
async def test_a_watcher_told_to_end_while_it_takes_a_lease_gives_the_cluster_back(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    cluster = await in_thread(lambda: save("prod", access_to(server), SEALER))
    taking, told, taken, takes = threading.Event(), threading.Event(), threading.Event(), 0
    take = lease.take

    def slow_take(cluster_id: int, holder: str) -> bool:
        nonlocal takes
        takes += 1
        if takes == (1 if during == "the first take" else 2):
            taking.set()
            told.wait(20)
        is_ours = take(cluster_id, holder)
        if told.is_set():
            taken.set()
        return is_ours

    monkeypatch.setattr(lease, "take", slow_take)
    running = asyncio.create_task(Followers(Bus(), SEALER).run())
    await asyncio.to_thread(taking.wait, 20)
    running.cancel()
    await asyncio.sleep(0)  # it is told
    told.set()
    await asyncio.wait({running})
    await asyncio.to_thread(taken.wait, 20)
    await in_thread(cluster.refresh_from_db)
    assert (cluster.holder, cluster.held_until) == ("", None)
