"""What a search finds, in a cluster whose every object is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.frames import Resource, WatchEvent
from visualizer.network import Service, ServiceSpec
from visualizer.objects import (
    AnyObject,
    Condition,
    Container,
    ContainerStatus,
    Metadata,
    Node,
    Object,
    OwnerReference,
    Pod,
    PodSpec,
    PodStatus,
    Role,
    Workload,
)
from visualizer.search.completion import complete
from visualizer.search.finding import Found, find
from visualizer.search.index import Index
from visualizer.search.query import parse
from visualizer.store import Change, Store

RBAC = "rbac.authorization.k8s.io/"
RESOURCES = {
    "v1/pods": "Pod",
    "v1/nodes": "Node",
    "v1/namespaces": "Namespace",
    "v1/services": "Service",
    "v1/events": "Event",
    "apps/v1/deployments": "Deployment",
    "apps/v1/replicasets": "ReplicaSet",
    f"{RBAC}v1/roles": "Role",
}


def put(store: Store, seq: int, resource: str, obj: AnyObject, *, type_: str = "ADDED") -> list[Change]:
    return store.apply(seq, WatchEvent(ts=float(seq), resource=resource, type=type_, object=obj))  # type: ignore[arg-type]


def pod(name: str, *, node: str, ip: str, restarts: int = 0, ready: bool = True, **metadata: object) -> Pod:
    return Pod(
        Metadata(name=name, namespace="shop", uid=name, **metadata),  # type: ignore[arg-type]
        PodSpec(node_name=node, containers=[Container("main", image="docker.io/nginx:1.27")]),
        PodStatus(
            phase="Running",
            pod_ip=ip,
            conditions=[Condition("Ready", "True" if ready else "False")],
            container_statuses=[ContainerStatus("main", restart_count=restarts)],
        ),
    )


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store({name: Resource(name, kind, namespaced=True) for name, kind in RESOURCES.items()})
    made: list[tuple[str, AnyObject]] = [
        ("v1/nodes", Node(Metadata("node-1", uid="n1"))),
        ("v1/nodes", Node(Metadata("node-2", uid="n2"))),
        ("v1/namespaces", Object(Metadata("shop", uid="ns"))),
        ("v1/services", Service(Metadata("web", "shop", uid="svc"), spec=ServiceSpec(cluster_ip="10.96.0.7"))),
        ("apps/v1/deployments", Workload(Metadata("web", "shop", uid="d"))),
        ("apps/v1/replicasets", Workload(Metadata("web-5c", "shop", uid="r", owner_references=[
            OwnerReference("Deployment", "web", "d")]))),
        ("v1/pods", pod("web-5c-a", node="node-1", ip="10.244.1.7", labels={"app": "web"}, owner_references=[
            OwnerReference("ReplicaSet", "web-5c", "r")])),
        ("v1/pods", pod("web-5c-b", node="node-2", ip="10.244.1.70", restarts=4, ready=False, labels={"app": "web"},
            owner_references=[OwnerReference("ReplicaSet", "web-5c", "r")])),
        ("v1/pods", pod("cobweb", node="node-2", ip="10.244.2.1", labels={"app": "spider", "tier": "web"})),
        ("v1/events", Object(Metadata("web-5c-a.18", "shop", uid="e"))),
        (f"{RBAC}v1/roles", Role(Metadata("web-reader", "shop", uid="role"))),
    ]  # fmt: skip
    for seq, (resource, obj) in enumerate(made, start=1):
        put(store, seq, resource, obj)
    return store


def search(store: Store, text: str, *, hidden: str = "") -> Found:
    index = Index()
    index.finish(store)
    return find(parse(text), index, store, hidden=hidden)


def names(found: Found) -> list[str]:
    assert found.problems == [] or found.problems == ()
    return [
        f"{each.document.resource.rpartition('/')[2]}/{each.document.key.rpartition('/')[2]}" for each in found.matches
    ]


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("kind:pod node:node-2 ready:false", ["pods/web-5c-b"]),
        ("ip:10.244.1.7", ["pods/web-5c-a"]),
        ("10.96.0.7", ["services/web"]),
        ("restarts>3", ["pods/web-5c-b"]),
        ("restarts!=4", ["pods/cobweb", "pods/web-5c-a"]),
        ("app=web", ["pods/web-5c-a", "pods/web-5c-b"]),
        ("app!=web kind:po", ["pods/cobweb"]),
        ("label:tier", ["pods/cobweb"]),
        ("owner:web", ["replicasets/web-5c", "pods/web-5c-a", "pods/web-5c-b"]),
        ("owner:deployment/web kind:pods", ["pods/web-5c-a", "pods/web-5c-b"]),
        ("image:nginx -node:node-2", ["pods/web-5c-a"]),
        ("image:*:1.27 name:cob", ["pods/cobweb"]),
        ("node:*-1", ["pods/web-5c-a"]),
        ("kind:event", ["events/web-5c-a.18"]),
        ("kind:no ready:false", ["nodes/node-1", "nodes/node-2"]),
        ("namespace:elsewhere", []),
    ],
)
def test_fields(store: Store, text: str, finds: list[str]) -> None:
    assert names(search(store, text)) == finds


def test_the_name_itself_comes_first_and_then_what_is_less_like_it(store: Store) -> None:
    found = search(store, "web")
    assert names(found) == [
        "deployments/web",
        "services/web",
        "replicasets/web-5c",
        "roles/web-reader",
        "pods/web-5c-a",
        "pods/web-5c-b",
        "pods/cobweb",
    ]
    assert not found.is_fuzzy


def test_letters_in_order_are_looked_for_only_where_nothing_has_the_word(store: Store) -> None:
    found = search(store, "w5b")
    assert found.is_fuzzy
    assert names(found) == ["pods/web-5c-b"]


def test_the_field_that_shows_why_is_told(store: Store) -> None:
    shown = {text: [(each.field, each.value) for each in search(store, text).matches][:1] for text in (
        "app=web", "10.244.2.1", "restarts>3", "kind:pod web-5c-a", "owner:web kind:pod")}  # fmt: skip
    assert shown == {
        "app=web": [("label", "app=web")],
        "10.244.2.1": [("ip", "10.244.2.1")],
        "restarts>3": [("restarts", "4")],
        "kind:pod web-5c-a": [("", "")],
        "owner:web kind:pod": [("owner", "web")],
    }


def test_what_a_viewer_may_not_see_is_neither_found_nor_completed(store: Store) -> None:
    assert names(search(store, "web-reader", hidden=RBAC)) == []
    assert search(store, "kind:role", hidden=RBAC).problems == ["No kind is called “role” here."]
    index = Index()
    index.finish(store)
    assert complete("kind:ro", index, store) == ["kind:role"]
    assert complete("kind:ro", index, store, hidden=RBAC) == []


def test_completion_goes_on_from_what_is_typed(store: Store) -> None:
    index = Index()
    index.finish(store)
    assert complete("web kind:dep", index, store) == ["web kind:deployment"]
    assert complete("-node:node-", index, store) == ["-node:node-1", "-node:node-2"]
    assert complete("app=", index, store) == ["app=web", "app=spider"]
    assert complete("re", index, store) == ["ready:", "restarts>"]
    assert complete("", index, store) == []


def test_an_index_is_kept_as_the_store_is(store: Store) -> None:
    changing = Store(store.resources)
    index = Index()
    index.touch(put(changing, 1, "v1/pods", pod("first", node="node-1", ip="10.0.0.1")))
    index.finish(changing)
    (kept,) = index.documents("v1/pods")
    index.touch(put(changing, 2, "v1/pods", pod("second", node="node-1", ip="10.0.0.2")))
    index.finish(changing)
    assert next(index.documents("v1/pods")) is kept
    index.touch(put(changing, 3, "v1/pods", pod("first", node="node-2", ip="10.0.0.1")))
    index.touch(put(changing, 4, "v1/pods", pod("second", node="node-1", ip="10.0.0.2"), type_="DELETED"))
    index.finish(changing)
    assert names(find(parse("node:node-2"), index, changing)) == ["pods/first"]
    assert names(find(parse("second"), index, changing)) == []


def test_an_index_is_made_in_slices_while_the_store_goes_on(store: Store) -> None:
    changing, index = Store(store.resources), Index()
    for n in range(9):
        put(changing, n, "v1/pods", pod(f"pod-{n}", node="node-1", ip=f"10.0.0.{n}"))
    assert not index.work(changing, 4)
    index.touch(put(changing, 10, "v1/pods", pod("pod-0", node="node-2", ip="10.0.0.0")))
    index.touch(put(changing, 11, "v1/pods", pod("pod-8", node="node-1", ip="10.0.0.8"), type_="DELETED"))
    assert not index.work(changing, 4)
    assert index.work(changing, 4)
    assert names(find(parse("node:node-1"), index, changing)) == [f"pods/pod-{n}" for n in range(1, 8)]
    assert names(find(parse("node:node-2"), index, changing)) == ["pods/pod-0"]


@given(st.one_of(st.text(), st.text(alphabet=':=<>!-"* akindpobweb0')))
def test_whatever_is_typed_is_answered(store: Store, text: str) -> None:
    index = Index()
    index.finish(store)
    found = find(parse(text), index, store)
    assert found.total >= len(found.matches)
    assert all(each.startswith(text[: text.rfind(" ") + 1]) for each in complete(text, index, store))
