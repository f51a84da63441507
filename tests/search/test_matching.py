"""What meets a query, kept while a store goes on, is what a look at everything finds there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import Cluster, metadata, owned_by
from tests.histories import Step, histories
from visualizer.departed import Departed
from visualizer.search.finding import find
from visualizer.search.index import Index
from visualizer.search.matching import DEPARTED, Matching
from visualizer.search.query import parse
from visualizer.store import Change, Store
from visualizer.tables import Delta, Snapshot, patch

QUERIES = [
    "kind:pod",
    "a",
    "-a",
    "owner:a",
    "-owner:a kind:pod",
    "owner:replicaset/b",
    "owner:*e/a restarts>1",
    "node:a",
    "restarts<1",
    "ready:false",
    "phase:running -name:b",
    "kind:event",
    "-kind:pod",
    "namespace:shop b",
    "app=web",
]


class Kept:
    """A matching with its index, told what a cluster does, and the picture that its deltas make."""

    def __init__(self, text: str, cluster: Cluster) -> None:
        self.matching, self.index = Matching(parse(text), cluster.store), Index()
        self.picture: Snapshot = {}
        cluster.diagrams = (self,)

    def apply(self, store: Store, *, seq: int, ts: float, changes: Sequence[Change]) -> None:
        self.index.touch(changes)
        self.matching.touch(changes)

    def snapshot(self) -> Snapshot:
        return self.matching.snapshot()

    def drain(self) -> Delta:
        return self.matching.drain()

    def follow(self) -> None:
        self.picture = {name: rows for name, rows in patch(self.picture, self.drain()).items() if rows}


def refs(snapshot: Snapshot, *, departed: bool = False) -> set[str]:
    if departed:
        return set(snapshot.get(DEPARTED, {}))
    return {f"{name}:{key}" for name, rows in snapshot.items() if name != DEPARTED for key in rows}


def fresh(text: str, store: Store) -> Snapshot:
    matching = Matching(parse(text), store)
    matching.finish(store, Index())
    return matching.snapshot()


@given(histories(), st.sampled_from(QUERIES), st.data())
def test_kept_up_to_date_it_is_what_a_fresh_look_gives(history: list[Step], text: str, data: st.DataObject) -> None:
    cluster = Cluster()
    cluster.store.departed = Departed(2)
    kept = Kept(text, cluster)
    for step in history:
        step(cluster)
        if data.draw(st.booleans()):
            kept.matching.work(cluster.store, kept.index, data.draw(st.integers(1, 5)))
            if data.draw(st.booleans()):
                kept.matching.finish(cluster.store, kept.index)
                kept.follow()
                assert kept.picture == fresh(text, cluster.store)
    kept.matching.finish(cluster.store, kept.index)
    assert kept.snapshot() == fresh(text, cluster.store)


@given(histories(), st.sampled_from(QUERIES))
def test_it_is_what_a_search_finds(history: list[Step], text: str) -> None:
    cluster = Cluster()
    for step in history:
        step(cluster)
    index = Index()
    index.finish(cluster.store)
    found = find(parse(text), index, cluster.store, most=1_000)
    there = set() if found.is_fuzzy else {match.document.ref for match in found.matches}
    assert refs(fresh(text, cluster.store)) == there


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.add("apps/v1/deployments", {"metadata": metadata("web")})
    cluster.add("apps/v1/replicasets", {"metadata": metadata("web-1", ownerReferences=owned_by("Deployment", "web"))})
    cluster.add("v1/pods", {"metadata": metadata("web-1-a", ownerReferences=owned_by("ReplicaSet", "web-1"))})
    return cluster


def settle(kept: Kept, cluster: Cluster) -> None:
    kept.matching.finish(cluster.store, kept.index)


def test_what_an_owner_owns_follows_the_owner(cluster: Cluster) -> None:
    kept = Kept("owner:api", cluster)
    settle(kept, cluster)
    assert refs(kept.snapshot()) == set()
    cluster.modify(
        "apps/v1/replicasets", {"metadata": metadata("web-1", ownerReferences=owned_by("Deployment", "api"))}
    )
    settle(kept, cluster)
    assert refs(kept.snapshot()) == {"apps/v1/replicasets:shop/web-1", "v1/pods:shop/web-1-a"}
    cluster.modify("apps/v1/replicasets", {"metadata": metadata("web-1")})
    settle(kept, cluster)
    assert refs(kept.snapshot()) == set()


def test_what_met_it_when_it_was_deleted_is_told_apart(cluster: Cluster) -> None:
    kept = Kept("owner:web kind:pod", cluster)
    cluster.delete("apps/v1/deployments", {"metadata": metadata("web")})
    cluster.delete(
        "apps/v1/replicasets", {"metadata": metadata("web-1", ownerReferences=owned_by("Deployment", "web"))}
    )
    settle(kept, cluster)
    assert refs(kept.snapshot()) == {"v1/pods:shop/web-1-a"}
    last = {"metadata": metadata("web-1-a", ownerReferences=owned_by("ReplicaSet", "web-1"))}
    cluster.delete("v1/pods", last)
    settle(kept, cluster)
    assert (refs(kept.snapshot()), refs(kept.snapshot(), departed=True)) == (set(), {"v1/pods:shop/web-1-a"})
    assert kept.snapshot() == fresh("owner:web kind:pod", cluster.store)
    cluster.add("v1/pods", {"metadata": metadata("web-1-a")})
    settle(kept, cluster)
    assert kept.snapshot() == {}


def test_only_so_many_of_the_departed_are_remembered() -> None:
    cluster = Cluster()
    cluster.store.departed = Departed(3)
    kept = Kept("pod", cluster)
    for n in range(5):
        cluster.add("v1/pods", {"metadata": metadata(f"pod-{n}")})
        cluster.delete("v1/pods", {"metadata": metadata(f"pod-{n}")})
    settle(kept, cluster)
    assert refs(kept.snapshot(), departed=True) == {f"v1/pods:shop/pod-{n}" for n in (2, 3, 4)}
    cluster.add("v1/pods", {"metadata": metadata("other")})
    cluster.delete("v1/pods", {"metadata": metadata("other")})
    settle(kept, cluster)
    assert refs(kept.snapshot(), departed=True) == {f"v1/pods:shop/pod-{n}" for n in (3, 4)}


def test_a_great_relist_is_told_to_be_behind(cluster: Cluster) -> None:
    kept = Kept("kind:pod", cluster)
    assert kept.matching.is_behind(10)
    settle(kept, cluster)
    assert not kept.matching.is_behind(10)
    cluster.list("v1/pods", *({"metadata": metadata(f"pod-{n}")} for n in range(11)))
    assert kept.matching.is_behind(10)


def test_what_hung_on_an_owner_that_is_long_gone_does_so_no_more() -> None:
    cluster = Cluster()
    cluster.store.departed = Departed(2)
    kept = Kept("owner:web", cluster)
    middle = {"metadata": metadata("web-1", ownerReferences=owned_by("Deployment", "web"))}
    cluster.add("apps/v1/replicasets", middle)
    cluster.add("v1/pods", {"metadata": metadata("web-1-a", ownerReferences=owned_by("ReplicaSet", "web-1"))})
    cluster.delete("apps/v1/replicasets", middle)
    settle(kept, cluster)
    assert refs(kept.snapshot()) == {"v1/pods:shop/web-1-a"}
    for n in range(2):
        cluster.add("v1/configmaps", {"metadata": metadata(f"map-{n}")})
        cluster.delete("v1/configmaps", {"metadata": metadata(f"map-{n}")})
    settle(kept, cluster)
    assert kept.snapshot() == {} == fresh("owner:web", cluster.store)
