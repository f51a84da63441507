"""The index of who names what, against reading everything anew."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.family.recorded import Recorded, small
from visualizer.family.index import target_of
from visualizer.family.links import links_of

KINDS = {"v1_pods": ("Pod", True), "v1_configmaps": ("ConfigMap", True), "v1_secrets": ("Secret", True)}
NAMES = st.sampled_from(["a", "b", "c"])
NAMESPACES = st.sampled_from(["shop", "lab"])


@st.composite
def pods(draw: st.DrawFn) -> dict[str, Any]:
    """A Pod that names ConfigMaps and Secrets."""
    volumes = [{"name": name, "configMap": {"name": name}} for name in draw(st.sets(NAMES))]
    sources = [{"secretRef": {"name": name}} for name in draw(st.sets(NAMES))]
    own = {"name": draw(NAMES), "namespace": draw(NAMESPACES), "uid": draw(NAMES)}
    return {"metadata": own, "spec": {"volumes": volumes, "containers": [{"name": "x", "envFrom": sources}]}}


STEPS = st.lists(st.tuples(st.sampled_from(["ADDED", "MODIFIED", "DELETED", "look", "look at shop"]), pods()))


def naive(cluster: Recorded, namespace: str) -> dict[tuple[str, str, str, str], set[tuple[str, str]]]:
    """Who names what in this namespace, by reading every object."""
    found: dict[tuple[str, str, str, str], set[tuple[str, str]]] = {}
    for resource in cluster.store.resources:
        entries = {id(entry): key for key, entry in cluster.store.entries(resource).items()}
        for entry, raw in cluster.raws(cluster.store.entries(resource).values()):
            for reference in links_of(resource, raw).references:
                if reference.namespace == namespace:
                    found.setdefault(target_of(reference), set()).add((resource, entries[id(entry)]))
    return found


@given(STEPS)
def test_an_index_that_follows_equals_a_naive_one(steps: list[tuple[str, dict[str, Any]]]) -> None:
    cluster = small(**KINDS)
    for step, pod in steps:
        if step.startswith("look"):
            cluster.index.refresh(cluster.store, cluster.raws, namespace="shop" if step.endswith("shop") else "")
        else:
            cluster.put("v1/pods", pod, type_=step)
    cluster.index.refresh(cluster.store, cluster.raws, namespace="shop")
    for kind in ("ConfigMap", "Secret"):
        for name in ("a", "b", "c"):
            target = ("", kind, "shop", name)
            assert {place for place, _ in cluster.index.namers(target)} == naive(cluster, "shop").get(target, set())


def test_only_what_was_written_since_is_read_again() -> None:
    cluster = small(**KINDS)
    for number in range(20):
        own = {"name": f"p{number}", "namespace": "shop", "uid": str(number)}
        cluster.put("v1/pods", {"metadata": own, "spec": {"volumes": [{"name": "v", "configMap": {"name": "c"}}]}})
    cluster.index.refresh(cluster.store, cluster.raws)
    assert cluster.reads == 20
    own = {"name": "p3", "namespace": "shop", "uid": "3"}
    cluster.put("v1/pods", {"metadata": own, "spec": {}}, type_="MODIFIED")
    cluster.index.refresh(cluster.store, cluster.raws)
    assert cluster.reads == 21
    assert len(list(cluster.index.namers(("", "ConfigMap", "shop", "c")))) == 19


def test_another_namespace_s_pods_are_not_read() -> None:
    cluster = small(**KINDS)
    for namespace in ("shop", "lab"):
        cluster.put("v1/pods", {"metadata": {"name": "p", "namespace": namespace, "uid": namespace}, "spec": {}})
    cluster.index.refresh(cluster.store, cluster.raws, namespace="shop")
    assert cluster.reads == 1


FIELDS = st.sampled_from(["metadata", "spec", "name", "volumes", "containers", "env", "template"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(FIELDS, inner)))
def test_what_cannot_be_read_names_nothing_and_raises_nothing(anything: Any) -> None:
    for resource in ("v1/pods", "apps/v1/deployments", "v1/secrets", "networking.k8s.io/v1/ingresses"):
        links_of(resource, json.dumps(anything).encode())
