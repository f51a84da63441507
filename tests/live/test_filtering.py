"""A filter over the wire: which objects meet it, wherever a viewer goes, and never what it may not see."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from tests.live.conftest import LiveLog, import_demo, until
from tests.live.picture import Page, plain
from tests.live.test_hub import Watcher, following
from tests.live.test_permissions import place_of_note
from tests.live.viewer import Viewer, watching
from visualizer.live import filtering
from visualizer.live import hub as hub_module
from visualizer.live.bus import Bus
from visualizer.live.filtering import Filter
from visualizer.live.hub import Hub
from visualizer.live.hubs import Hubs
from visualizer.live.tail import Tail
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.moment import Moment
from visualizer.search.index import Index

WEB = "owner:web kind:pod"


def met(text: str, moment: Moment, *, hidden: str = "") -> dict[str, Any]:
    """What meets this, as the wire tells it."""
    matching = Filter(text, hidden).start(moment.store)
    matching.finish(moment.store, Index())
    return plain(matching.snapshot())


async def filtered(viewer: Viewer, text: str) -> list[str]:
    """Filter by this, and wait for the picture; what was not understood."""
    viewer.say("filter", text=text)
    await until(lambda: any(told["text"] == text for told in viewer.heard("filtered")))
    problems: list[str] = viewer.heard("filtered")[-1]["problems"]
    if text and not problems:
        await until(lambda: "matches" in viewer.page.pictures)
    return problems


async def there(log: Log, seq: int) -> Moment:
    return await in_thread(lambda: Reader(log).seek(seq))


@pytest.fixture
def update(transactional_db: None) -> Log:
    """The recording of a rolling update: Pods come and go."""
    return import_demo("rolling-update")


async def test_it_is_kept_while_playing_and_told_anew_after_a_seek(update: Log) -> None:
    async with watching(update, "flow") as viewer:
        assert await filtered(viewer, WEB) == []
        assert viewer.page.shows("matches") == met(WEB, await there(update, update.opening_seq))
        viewer.say("play", speed=100)
        await viewer.stands(mode="paused", seq=update.last_seq)
        assert viewer.page.shows("matches") == met(WEB, await there(update, update.last_seq))
        assert "departed" in viewer.page.shows("matches")
        middle = (update.opening_seq + update.last_seq) // 2
        viewer.say("seek", seq=middle)
        await viewer.stands(seq=middle)
        assert viewer.page.shows("matches") == met(WEB, await there(update, middle))
        for _ in range(5):
            before = viewer.page.moved["seq"]
            viewer.say("step", every=True)
            await until(lambda before=before: viewer.page.moved["seq"] > before)
        assert viewer.page.shows("matches") == met(WEB, await there(update, viewer.page.moved["seq"]))


async def test_what_is_not_understood_is_said_and_nothing_is_filtered(deploy: Log) -> None:
    async with watching(deploy, "flow") as viewer:
        assert (await filtered(viewer, "colour:red"))[0].startswith("There is no field “colour”")
        assert await filtered(viewer, "kind:gizmo") == ["No kind is called “gizmo” here."]
        assert "matches" not in viewer.page.pictures
        assert await filtered(viewer, "kind:pod") == []
        assert await filtered(viewer, "") == []
        viewer.say("seek", seq=deploy.last_seq)
        await viewer.stands(seq=deploy.last_seq)
        assert viewer.page.seqs["matches"] < deploy.last_seq, "nothing is told of it any more"


@pytest.fixture
def permissions(transactional_db: None) -> Log:
    """The recording of who may read the secret."""
    return import_demo("rbac")


async def test_who_may_not_see_rbac_is_told_none_of_its_objects(permissions: Log) -> None:
    log = permissions
    seq = await place_of_note(Viewer(log), "now alice may")
    async with watching(log, "flow", forbidden=["rbac"]) as viewer:
        viewer.say("seek", seq=seq)
        assert await filtered(viewer, "-kind:pod") == []
        told = viewer.page.shows("matches")
        assert told == met("-kind:pod", await there(log, seq), hidden="rbac.authorization.k8s.io/")
        assert told
        assert not any(name.startswith("rbac.") for name in told)
        assert not any(ref.startswith("rbac.") for ref in told.get("departed", {}))
    async with watching(log, "flow") as viewer:
        viewer.say("seek", seq=seq)
        assert await filtered(viewer, "alice-reads") == []
        assert list(viewer.page.shows("matches")) == ["rbac.authorization.k8s.io/v1/rolebindings"]


async def test_a_live_viewers_filter_goes_along_into_the_past_and_back(live: LiveLog) -> None:
    bus = Bus()
    tail = Tail(live.writer, bus)
    async with watching(live.log, "flow", hubs=Hubs(bus)) as viewer:
        await filtered(viewer, "kind:pod")
        await tail.add(live.to_come[:60])
        await until(lambda: viewer.page.moved["seq"] == live.log.last_seq)
        now = await there(live.log, live.log.last_seq)
        await until(lambda: viewer.page.shows("matches") == met("kind:pod", now))
        viewer.say("seek", seq=live.log.opening_seq)
        await viewer.stands(mode="paused", seq=live.log.opening_seq)
        assert viewer.page.shows("matches") == met("kind:pod", await there(live.log, live.log.opening_seq))
        viewer.say("live")
        await viewer.stands(mode="live")
        await until(lambda: viewer.page.shows("matches") == met("kind:pod", now))


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a look takes many turns, and a few changes are too many for a tick."""
    monkeypatch.setattr(hub_module, "TICK_SECONDS", 0.002)
    monkeypatch.setattr(hub_module, "SLICE", 7)
    monkeypatch.setattr(filtering, "SOON", 3)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("small_slices")
async def test_every_viewers_matches_end_as_they_are_however_slowly_they_take(live: LiveLog, seed: int) -> None:
    chance = random.Random(seed)
    bus = Bus()
    tail = Tail(live.writer, bus)
    texts = ["kind:pod", WEB, "kind:pod", "web"]
    async with following(live, bus) as (_, hub):
        watchers = [Filtering(hub, text) for text in texts]
        while live.to_come:
            count = chance.randint(1, 9)
            batch, live.to_come = live.to_come[:count], live.to_come[count:]
            await tail.add(batch)
            for watcher in watchers:
                if chance.random() < 0.4:
                    await watcher.take()
                if chance.random() < 0.1:
                    watcher.filter(chance.choice(texts))
        await until(lambda: hub.moment.seq == live.log.last_seq == hub._sent_seq)
        for watcher in watchers:
            await watcher.take()
            await watcher.take()
            assert watcher.page.shows("matches") == met(watcher.text, hub.moment)
        hub.detach(watchers[0].outbox)
        for watcher in watchers[1:]:
            watcher.filter("")
        assert not hub._filters.all()
        assert not hub.moment._matchings


@pytest.mark.usefixtures("small_slices")
async def test_a_hub_goes_on_while_an_index_is_made_and_kept(live: LiveLog) -> None:
    bus = Bus()
    tail = Tail(live.writer, bus)
    async with following(live, bus) as (_, hub):
        watcher = Watcher(hub)
        places: list[int] = []

        def look(moment: Moment) -> int:
            places.append(moment.seq)
            moment.index.finish(moment.store)
            return sum(1 for name in moment.store.resources for _ in moment.index.documents(name))

        searching = asyncio.ensure_future(hub.search(look))
        opened = hub.moment.seq
        await asyncio.sleep(0)
        await tail.add(live.to_come)
        await until(lambda: hub.moment.seq == live.log.last_seq)
        await searching
        assert opened <= places[0] <= live.log.last_seq
        assert await hub.search(look) == len(hub.moment.store)
        hub.detach(watcher.outbox)


class Filtering(Watcher):
    """A live viewer with a filter."""

    def __init__(self, hub: Hub, text: str) -> None:
        super().__init__(hub)
        self.page: Page
        self.filter(text)

    def filter(self, text: str) -> None:
        self.text = text
        self.outbox.forget("matches")
        self.hub.filter(self.outbox, Filter(text, "") if text else None)
