"""Lists of objects, and the resources they are of."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apiserver import durations, printers
from tests.apiserver.resources import Resource as Served
from tests.family.recorded import Recorded, recorded, small
from visualizer.catalog.listing import Order, list_objects
from visualizer.catalog.printing import age_words, columns_of
from visualizer.catalog.resources import ApiResource, api_resources
from visualizer.frames import Resource

NOW = 1_795_429_140.0


@pytest.fixture(scope="module")
def shop() -> Recorded:
    """The cluster before a namespace is made and deleted."""
    return recorded("namespace-delete", until="A namespace")


def test_pods_are_listed_as_kubectl_lists_them(shop: Recorded) -> None:
    listed = list_objects(shop.store, shop.raws, "v1/pods", now=NOW, namespace="shop", text="app=db")
    assert listed.columns == ["Ready", "Status", "Restarts", "Age", "IP", "Node"]
    assert [(row.name, row.cells[:3]) for row in listed.rows] == [
        ("db-0", ["1/1", "Running", "1"]),
        ("db-1", ["1/1", "Running", "0"]),
    ]
    assert (listed.total, listed.objects) == (2, 10)


@pytest.mark.parametrize(
    "resource",
    [
        "v1/nodes", "v1/namespaces", "v1/services", "v1/configmaps", "v1/secrets", "apps/v1/deployments",
        "apps/v1/replicasets", "apps/v1/statefulsets", "apps/v1/daemonsets", "batch/v1/cronjobs",
    ],
)  # fmt: skip
def test_cells_are_those_of_the_server_s_own_tables(shop: Recorded, resource: str) -> None:
    """The stand-in's printers are held against a real API server by real kubectl (tests/apiserver)."""
    known = shop.store.resources[resource]
    group_version, _, plural = resource.rpartition("/")
    group, _, version = group_version.rpartition("/")
    served = Served(group, version, plural, known.kind, known.namespaced)
    names = [column["name"].lower() for column in printers.columns(served)]
    listed = list_objects(shop.store, shop.raws, resource, now=NOW)
    ours = [name.lower() for name in listed.columns]
    shared = [name for name in ours if name in names]
    assert len(shared) >= min(2, len(names) - 1)
    for row in listed.rows:
        entry = shop.store.get(resource, row.ref.partition(":")[2])
        assert entry is not None
        ((_, raw),) = shop.raws([entry])
        theirs = dict(zip(names, printers.row(served, json.loads(raw), NOW), strict=True))
        told = dict(zip(ours, row.cells, strict=True))
        assert {name: told[name] for name in shared} == {name: str(theirs[name]) for name in shared}


@given(st.floats(min_value=-10, max_value=4e8))
def test_ages_are_told_as_kubectl_tells_them(seconds: float) -> None:
    assert age_words(seconds) == durations.ago(seconds)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), unique=True),
    st.sampled_from(["name", "namespace", "age"]),
    st.booleans(),
    st.integers(0, 7),
    st.integers(0, 7),
)
def test_a_stretch_is_a_stretch_of_the_whole(
    keys: list[tuple[str, str]], order: Order, is_reversed: bool, start: int, count: int
) -> None:
    found = small(v1_configmaps=("ConfigMap", True))
    for namespace, name in keys:
        found.put("v1/configmaps", {"metadata": {"name": name, "namespace": namespace, "uid": namespace + name}})
    arguments = {"now": NOW, "order": order, "is_reversed": is_reversed}
    whole = list_objects(found.store, found.raws, "v1/configmaps", **arguments)  # type: ignore[arg-type]
    part = list_objects(found.store, found.raws, "v1/configmaps", start=start, count=count, **arguments)  # type: ignore[arg-type]
    assert part.rows == whole.rows[start : start + count]
    assert part.total == len(keys)


def test_only_the_rows_that_are_asked_for_are_read() -> None:
    found = small(v1_configmaps=("ConfigMap", True))
    for number in range(50):
        found.put("v1/configmaps", {"metadata": {"name": f"c{number:02}", "namespace": "shop", "uid": str(number)}})
    assert len(list_objects(found.store, found.raws, "v1/configmaps", now=NOW, start=20, count=5).rows) == 5
    assert found.reads == 5


def test_what_no_column_can_read_is_an_empty_row() -> None:
    found = small(v1_pods=("Pod", True))
    metadata = {"name": "odd", "namespace": "shop", "uid": "1", "creationTimestamp": "yesterday"}
    found.put("v1/pods", {"metadata": metadata, "spec": {"containers": []}, "status": {"podIP": ""}})
    (row,) = list_objects(found.store, found.raws, "v1/pods", now=NOW).rows
    assert row.cells[3:] == ["<unknown>", "<none>", "<none>"]


def rows(found: Recorded, also: dict[str, Resource] | None = None, hidden: str = "") -> dict[str, ApiResource]:
    """The resources by id."""
    return {row.id: row for row in api_resources(found.store, also or {}, found.raws, hidden=hidden)}


def test_every_resource_is_told_with_how_many_there_are_and_who_serves_it(shop: Recorded) -> None:
    found = rows(shop)
    assert len(found) == len(shop.store.resources)
    deployments = found["apps/v1/deployments"]
    assert (deployments.name, deployments.kind, deployments.count) == ("deployments", "Deployment", 2)
    assert (deployments.short_names, deployments.names) == (["deploy"], "known")
    assert (deployments.server, deployments.server_words) == ("kube-apiserver", "APIService v1.apps is local")
    assert found["v1/pods"].server_ref == "apiregistration.k8s.io/v1/apiservices:v1."


def test_who_serves_a_resource_is_told_by_what_is_recorded() -> None:
    found = small(
        apiregistration__k8s__io_v1_apiservices=("APIService", False),
        apiextensions__k8s__io_v1_customresourcedefinitions=("CustomResourceDefinition", False),
        metrics__k8s__io_v1beta1_nodes=("NodeMetrics", False),
        example__com_v1_widgets=("Widget", True),
        example__org_v1_things=("Thing", True),
        apps_v1_deployments=("Deployment", True),
    )
    spec = {"group": "metrics.k8s.io", "version": "v1beta1", "service": {"namespace": "kube-system", "name": "metrics"}}
    found.put("apiregistration.k8s.io/v1/apiservices", {"metadata": {"name": "v1beta1.metrics.k8s.io"}, "spec": spec})
    definition = {"metadata": {"name": "widgets.example.com", "uid": "1"}}
    found.put("apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    told = rows(found)
    assert told["metrics.k8s.io/v1beta1/nodes"].server == "aggregated"
    assert told["metrics.k8s.io/v1beta1/nodes"].server_words.endswith("leads to Service kube-system/metrics")
    assert told["example.com/v1/widgets"].server == "definition"
    assert told["example.org/v1/things"].server == "unknown"
    assert told["apps/v1/deployments"].server_words.startswith("built in, as far as Kubernetes 1.36 is known")


def test_what_is_served_and_not_read_is_told_and_so_is_what_is_hidden(shop: Recorded) -> None:
    review = Resource("/apis/authentication.k8s.io/v1/tokenreviews", "TokenReview", False, ["create"])
    found = rows(shop, {"authentication.k8s.io/v1/tokenreviews": review}, hidden="rbac.authorization.k8s.io/")
    assert found["authentication.k8s.io/v1/tokenreviews"].count == -1
    assert found["rbac.authorization.k8s.io/v1/roles"].count == -2


def test_every_kind_has_columns() -> None:
    assert [column.name for column in columns_of("example.com/v1/widgets")] == ["Age"]
    assert columns_of("apps/v1beta1/deployments") == columns_of("apps/v1/deployments")
