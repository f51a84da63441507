"""The routing of the shipped recordings, frame by frame: what every node does is what the objects say at that moment.

After each frame that touches a Service, its verdicts are held against its EndpointSlices as they are then, and packets
through the nodes' rules against its verdicts. A routing that followed from the start is one that was built just then.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster import read_demo
from tests.routing.objects import text_of
from visualizer.frames import Note
from visualizer.network import Service
from visualizer.routing.addresses import endpoint
from visualizer.routing.interpreter import Interpreter
from visualizer.routing.model import NodeVerdict, Routing
from visualizer.routing.packets import Packet
from visualizer.routing.rules import Mode
from visualizer.store import Store

RECORDINGS = ("services", "readiness", "node-failure", "drain")
MODES: tuple[Mode, ...] = ("iptables", "nftables")
OUTSIDE = "192.0.2.9"


class Playback:
    """A recording with a routing beside it."""

    def __init__(self, name: str) -> None:
        header, self.frames = read_demo(name)
        self.store = Store(header.resources)
        self.routing = Routing.build(self.store)
        self.start = self.frames[0].ts
        self._at = 0

    def steps(self) -> Iterator[set[str]]:
        """The Services that each frame touched, frame by frame."""
        while self._at < len(self.frames):
            yield self.step()

    def step(self) -> set[str]:
        frame = self.frames[self._at]
        self._at += 1
        return self.routing.apply(self.store.apply(self._at, frame))

    def play_to(self, seconds: float) -> None:
        """To the last frame not later than this after the first."""
        while self._at < len(self.frames) and self.frames[self._at].ts - self.start <= seconds:
            self.step()

    def play_to_note(self, words: str) -> None:
        """To just before the note that holds these words."""
        while not (isinstance(frame := self.frames[self._at], Note) and words in frame.text):
            self.step()
        self._at += 1


def expected(routing: Routing, key: str, verdict: NodeVerdict, *, is_local: bool) -> list[str]:
    """What the slices say, told anew: ready endpoints, else those that still serve while they end; sorted as text."""
    ready, ending = set[str](), set[str]()
    for piece in routing.index.slices(key):
        for port in piece.ports or ():
            if (port.name or "", port.protocol) != (verdict.port, verdict.protocol) or port.port is None:
                continue
            for item in piece.endpoints or ():
                assert item.addresses
                assert item.conditions
                if is_local and item.node_name != verdict.node:
                    continue
                place = endpoint(item.addresses[0], port.port)
                if item.conditions.ready:
                    ready.add(place)
                elif item.conditions.serving and item.conditions.terminating:
                    ending.add(place)
    return sorted(ready or ending)


def destinations(routing: Routing, service: Service, verdict: NodeVerdict) -> Iterator[tuple[str, int, bool]]:
    node = routing.index.node(verdict.node)
    assert node
    for port in service.spec.ports or ():
        if (port.name, port.protocol) == (verdict.port, verdict.protocol):
            yield service.spec.cluster_ip, port.port, False
            if port.node_port:
                address = routing.settings(node).node_ip
                assert address
                yield address, port.node_port, True


def walked(routing: Routing, verdict: NodeVerdict, mode: Mode, packet: Packet) -> tuple[str, list[str]]:
    proxy = routing.proxy(verdict.node, mode)
    assert proxy
    ways = Interpreter(proxy.ruleset(), proxy.settings.addresses).walk(packet)
    (outcome,) = {way.verdict for way in ways}
    return outcome, sorted({endpoint(way.destination, way.port) for way in ways if way.is_translated})


@pytest.mark.parametrize("name", RECORDINGS)
def test_at_every_moment_verdicts_and_packets_agree_with_the_objects(name: str) -> None:
    playback = Playback(name)
    routing, checked = playback.routing, 0
    for touched in playback.steps():
        for key in touched:
            service = routing.index.service(key)
            for verdict in routing.verdicts(key):
                assert service
                checked += 1
                internal = service.spec.internal_traffic_policy == "Local"
                assert [item.text for item in verdict.internal] == expected(routing, key, verdict, is_local=internal)
                for address, number, is_external in destinations(routing, service, verdict):
                    used = verdict.external if is_external else verdict.internal
                    reason = verdict.external_reason if is_external else verdict.internal_reason
                    fate = {"": "passes", "no-endpoints": "refused", "no-local-endpoints": "dropped"}[reason]
                    packet = Packet(OUTSIDE, address, number, verdict.protocol)
                    for mode in MODES:
                        assert walked(routing, verdict, mode, packet) == (fate, [item.text for item in used])
    assert checked > 15


@pytest.mark.parametrize("name", RECORDINGS)
def test_following_changes_is_building_anew(name: str) -> None:
    playback = Playback(name)
    nodes = ("node-1", "node-2", "node-3")
    for number, _ in enumerate(playback.steps()):
        if number % 40 == 39:
            fresh = Routing.build(playback.store)
            for node in nodes:
                for mode in MODES:
                    kept, built = playback.routing.proxy(node, mode), fresh.proxy(node, mode)
                    assert kept is not None
                    assert built is not None
                    assert text_of(kept) == text_of(built)
            for key, _service in fresh.index.services():
                assert playback.routing.describe(key) == fresh.describe(key)


def internal(routing: Routing, service: str, node: str = "node-1") -> list[str]:
    """The Pods that the ClusterIP leads to, from a node."""
    return sorted(
        item.target for verdict in routing.verdicts(service) if verdict.node == node for item in verdict.internal
    )


def test_readiness_moment_the_probe_fails_and_moment_it_recovers() -> None:
    playback = Playback("readiness")
    routing = playback.routing
    playback.play_to_note("readiness probe starts to fail")
    before = internal(routing, "shop/web")
    assert len(before) == 3
    playback.play_to_note("It recovers")
    during = internal(routing, "shop/web")
    model = routing.describe("shop/web")
    assert model
    (left,) = model.left_out
    assert set(before) - set(during) == {left.pod}
    assert (left.reason, left.since != "") == ("not-ready", True)
    playback.play_to(1e9)
    after = routing.describe("shop/web")
    assert internal(routing, "shop/web") == before
    assert after is not None
    assert after.left_out == ()


def test_services_moment_by_moment() -> None:
    playback = Playback("services")
    routing = playback.routing

    def ways(key: str = "shop/tour-clusterip") -> list[tuple[str, str, int]]:
        model = routing.describe(key)
        return [(way.kind, way.address, way.port) for way in model.ways] if model else []

    playback.play_to_note("NodePort: the same port")
    (cluster_ip,) = ways()
    assert cluster_ip[0] == "ClusterIP"
    playback.play_to_note("LoadBalancer: waits")
    assert [kind for kind, _, _ in ways()] == ["ClusterIP", "NodePort"]
    playback.play_to_note("cloud's controller writes")
    assert ways()[-1] == ("LoadBalancer", "", 8080)
    playback.play_to_note("Headless: a name")
    assert ways()[-1] == ("LoadBalancer", "203.0.113.10", 8080)
    playback.play_to_note("ExternalName: a DNS alias")
    headless = routing.describe("shop/tour-headless")
    assert headless
    assert (headless.kind, headless.ways) == ("Headless", ())
    assert {record.pod for record in headless.records} == set(internal(routing, "shop/tour-clusterip"))
    playback.play_to_note("More endpoints")
    external = routing.describe("shop/tour-external")
    assert external
    assert [(record.type, record.value) for record in external.records] == [("CNAME", "api.example.net")]
    playback.play_to_note("Fewer endpoints")
    assert len(internal(routing, "shop/tour-clusterip")) == 5
    playback.play_to_note("Clean up")
    assert len(internal(routing, "shop/tour-clusterip")) == 3
    playback.play_to(1e9)
    assert routing.describe("shop/tour-clusterip") is None


def test_node_failure_moment_the_node_is_lost_and_back() -> None:
    playback = Playback("node-failure")
    routing = playback.routing
    playback.play_to_note("kubelet stops")
    assert "node-3" in {item.node for item in routing.verdicts("shop/web")[0].internal}
    playback.play_to_note("node-3 comes back")
    nodes = {item.node for item in routing.verdicts("shop/web")[0].internal}
    assert nodes
    assert "node-3" not in nodes
    lost = [item for item in routing.verdicts("shop/web") if item.node == "node-3"]
    assert [item.external_reason for item in lost] == ["no-local-endpoints"]


def test_drain_moment_the_node_is_empty() -> None:
    playback = Playback("drain")
    routing = playback.routing
    playback.play_to(2.9)
    assert "node-1" in {item.node for item in routing.verdicts("shop/api")[0].internal}
    playback.play_to_note("and back")
    for key in ("shop/api", "shop/web"):
        used = routing.verdicts(key)[0].internal
        assert used
        assert "node-1" not in {item.node for item in used}
