"""Questions about routing over the wire: rules and packets' ways, answered at the viewer's own place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.cluster import metadata
from tests.live.conftest import import_demo
from tests.live.test_permissions import ask, place_of_note
from tests.live.viewer import Viewer, watching
from tests.log.recordings import header, listing, take_in
from visualizer.live.threads import in_thread
from visualizer.models import Log


@pytest.fixture
def log(transactional_db: None) -> Log:
    """The tour of Services."""
    return import_demo("services")


@pytest.fixture
async def viewer(log: Log) -> AsyncIterator[Viewer]:
    """A viewer of it, at its opening."""
    async with watching(log) as found:
        yield found


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
async def test_a_services_rules_on_a_node_at_each_place(viewer: Viewer, mode: str) -> None:
    asked = {"service": "shop/tour-clusterip", "node": "node-1", "mode": mode}
    early = await ask(viewer, "ask_rules", **asked)
    assert (early["op"], early["text"]) == ("problem", "There is no Service shop/tour-clusterip at this moment.")
    viewer.say("seek", seq=await place_of_note(viewer, "LoadBalancer: waits for an address from outside"))
    late = await ask(viewer, "ask_rules", id=2, **asked)
    assert late["op"] == "rules"
    assert {rule["port"] for rule in late["rules"]} == {"shop/tour-clusterip:/TCP"}
    assert any("31554" in rule["text"] for rule in late["rules"])


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("mode: nftables", ("nftables", "kube-proxy's ConfigMap")),
        ('mode: ""', ("iptables", "kube-proxy's ConfigMap")),
        (None, ("unknown", "")),
    ],
)
async def test_the_mode_is_told_where_its_config_map_says_it(
    transactional_db: None, config: str | None, told: tuple[str, str]
) -> None:
    configured = {"metadata": metadata("kube-proxy", "kube-system"), "data": {"config.conf": config}}
    objects = {
        "v1/nodes": [{"metadata": metadata("node-1", "")}],
        "v1/services": [{"metadata": metadata("web")}],
        "v1/configmaps": [] if config is None else [configured],
    }
    resources = {name: {"path": f"/{name}", "kind": name, "namespaced": name != "v1/nodes"} for name in objects}
    lists = [listing(*items, resource=name) for name, items in objects.items()]
    log = await in_thread(lambda: take_in(header(resources=resources), *lists))
    async with watching(log) as viewer:
        answer = await ask(viewer, "ask_rules", service="shop/web", node="node-1", mode="iptables")
    assert (answer["proxy"], answer["proxySource"]) == told


async def test_a_packets_way(viewer: Viewer) -> None:
    answer = await ask(viewer, "follow_packet", sender="outside", to="10.10.0.11:30080", mode="iptables")
    assert answer["op"] == "packet"
    way = answer["way"]
    assert way["isDelivered"] is True
    (rules,) = (hop for hop in way["hops"] if hop["kind"] == "node")
    assert sum(option["chance"] for option in rules["options"]) == pytest.approx(1)
    assert "shop/api-nodeport:http/TCP" in {rule["port"] for rule in rules["rules"]}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"sender": "shop/nobody", "to": "web:80"}, "There is no Pod “shop/nobody”."),
        ({"sender": "outside", "to": "web"}, "“web” is no destination"),
        ({"sender": "", "to": "web:80"}, "“” is no node here"),
    ],
)
async def test_what_cannot_be_followed_is_a_sentence(viewer: Viewer, fields: dict[str, str], says: str) -> None:
    answer = await ask(viewer, "follow_packet", mode="nftables", **fields)
    assert answer["op"] == "problem"
    assert answer["text"].startswith(says)
