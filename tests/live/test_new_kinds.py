"""A cluster begins to serve a new kind while somebody watches: live, paused before it, or asking about it."""

from __future__ import annotations

import json

import pytest

from tests.live.conftest import LiveLog, until
from tests.live.viewer import Viewer, watching
from visualizer.frames import Resource
from visualizer.live.bus import Bus
from visualizer.live.hubs import Hubs
from visualizer.live.tail import Tail
from visualizer.live.threads import in_thread
from visualizer.log import keyframes
from visualizer.log.reader import Reader
from visualizer.log.writer import Writer
from visualizer.models import Log

WIDGETS = "example.com/v1/widgets"
NEW = {"path": "/apis/example.com/v1/widgets", "kind": "Widget", "namespaced": True, "verbs": ["list", "watch"]}


def widget(name: str, *, ts: float) -> bytes:
    """A watch event of the new kind."""
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "resourceVersion": "1"}
    obj = {"kind": "Widget", "apiVersion": "example.com/v1", "metadata": metadata}
    return json.dumps({"ts": ts, "kind": "event", "resource": WIDGETS, "type": "ADDED", "object": obj}).encode()


async def serve_widgets(live: LiveLog, bus: Bus, *, count: int = 3) -> int:
    """The cluster serves widgets from now on, and has some; as following/feed.py does it. The log's end after that."""

    def extend() -> Writer:
        log = Log.objects.get(pk=live.log.pk)
        log.resources = {**log.resources, WIDGETS: NEW}
        log.save(update_fields=["resources"])
        return Writer(log)

    tail = Tail(await in_thread(extend), bus)
    last = tail.log.last_ts
    await tail.add([widget(f"w-{n}", ts=last + n + 1) for n in range(count)])
    return tail.log.last_seq


def kinds(viewer: Viewer) -> set[str]:
    """The kinds that the page knows etcd to hold."""
    return {row["kind"] for row in viewer.page.pictures["flow"]["kinds"].values()}


async def begin(live: LiveLog, bus: Bus) -> None:
    """Some frames, so that there is a past."""
    await Tail(live.writer, bus).add(live.to_come[:40])


async def test_a_live_viewer_sees_a_new_kind_at_once_and_stays_connected(live: LiveLog) -> None:
    bus = Bus()
    await begin(live, bus)
    async with watching(live.log, hubs=Hubs(bus)) as viewer:
        end = await serve_widgets(live, bus)
        await viewer.stands(mode="live", seq=end)
        assert "Widget" in kinds(viewer)
        await in_thread(viewer.session.log.refresh_from_db)
        assert await viewer.sees(end)


@pytest.mark.parametrize("way", ["step", "play", "seek", "live"])
async def test_who_is_paused_before_a_new_kind_goes_on_into_it(live: LiveLog, way: str) -> None:
    bus = Bus()
    await begin(live, bus)
    before = live.log.last_seq
    async with watching(live.log, hubs=Hubs(bus)) as viewer:
        viewer.say("pause")
        await viewer.stands(mode="paused", seq=before)
        end = await serve_widgets(live, bus)
        if way == "step":
            for place in range(before + 1, end + 1):
                viewer.say("step", direction=1, every=True)
                await viewer.stands(seq=place, mode="paused")
                assert await viewer.sees(place)
        elif way == "play":
            viewer.say("play", speed=100)
            await viewer.stands(mode="live", seq=end)
        elif way == "seek":
            viewer.say("seek", seq=end)
            await viewer.stands(seq=end, mode="paused")
        else:
            viewer.say("live")
            await viewer.stands(mode="live", seq=end)
        assert "Widget" in kinds(viewer)
        await in_thread(viewer.session.log.refresh_from_db)
        assert await viewer.sees(end)
        viewer.say("seek", seq=before)
        await viewer.stands(seq=before)
        assert "Widget" not in kinds(viewer)
        assert await viewer.sees(before)


async def test_an_object_of_a_new_kind_can_be_inspected_by_who_was_there_before_it(live: LiveLog) -> None:
    bus = Bus()
    await begin(live, bus)
    async with watching(live.log, hubs=Hubs(bus)) as viewer:
        end = await serve_widgets(live, bus)
        await viewer.stands(mode="live", seq=end)
        answer = await viewer.ask(f"{WIDGETS}:shop/w-1", id=7)
        assert (answer["op"], answer["kind"], answer["name"]) == ("inspection", "Widget", "w-1")


async def test_a_keyframe_that_was_read_before_a_new_kind_leads_on_into_it(live: LiveLog) -> None:
    bus = Bus()
    await begin(live, bus)
    log = await in_thread(lambda: Log.objects.get(pk=live.log.pk))

    def read_and_keep() -> None:
        moment = Reader(log).seek(log.last_seq)
        keyframes.make(log, moment).save()
        assert Reader(log).seek(log.last_seq).seq == log.last_seq  # the process keeps the keyframe from here on

    await in_thread(read_and_keep)
    end = await serve_widgets(live, bus)
    found = await in_thread(lambda: Reader(Log.objects.get(pk=log.pk)).seek(end))
    assert len(found.store.entries(WIDGETS)) == 3
    assert found.store.resources[WIDGETS] == Resource(**NEW)


async def test_a_reader_made_before_a_new_kind_reads_what_came_after(live: LiveLog) -> None:
    bus = Bus()
    await begin(live, bus)
    reader = await in_thread(lambda: Reader(Log.objects.get(pk=live.log.pk)))
    end = await serve_widgets(live, bus)
    await in_thread(reader.log.refresh_from_db)
    reader.log.last_seq = end
    found = await in_thread(lambda: reader.seek(end))
    assert len(found.store.entries(WIDGETS)) == 3
    await until(lambda: WIDGETS in reader.resources)
