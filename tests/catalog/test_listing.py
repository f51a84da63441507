"""Lists of objects, and the resources they are of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.family.recorded import Recorded, recorded, small
from visualizer.catalog.listing import Order, list_objects
from visualizer.catalog.printing import columns_of
from visualizer.catalog.resources import ApiResource, api_resources
from visualizer.frames import Resource
from visualizer.printing import columns as printing

NOW = 1_795_429_140.0


@pytest.fixture(scope="module")
def shop() -> Recorded:
    """The cluster before a namespace is made and deleted."""
    return recorded("namespace-delete", until="A namespace")


def test_pods_are_listed_as_kubectl_lists_them(shop: Recorded) -> None:
    listed = list_objects(shop.store, shop.raws, "v1/pods", now=NOW, namespace="shop", text="app=db")
    assert listed.columns == ["Ready", "Status", "Restarts", "Age", "IP", "Node"]
    assert [(row.name, row.cells[:2]) for row in listed.rows] == [
        ("db-0", ["1/1", "Running"]),
        ("db-1", ["1/1", "Running"]),
    ]
    assert (listed.total, listed.objects) == (2, 10)


@pytest.mark.parametrize("resource", sorted(printing.COLUMNS))
def test_what_kubectl_prints_is_listed_but_for_the_name(resource: str) -> None:
    shown = [column.name for column in columns_of(resource)]
    assert set(shown) >= {each.name for each in printing.COLUMNS[resource] if not each.wide} - {"Name"}


def test_kinds_that_are_only_listed_have_kubectl_s_columns_too(shop: Recorded) -> None:
    def cells(resource: str) -> list[list[str]]:
        return [row.cells[:-1] for row in list_objects(shop.store, shop.raws, resource, now=NOW).rows]

    assert cells("networking.k8s.io/v1/ingresses") == [["lab", "shop.example.com"]]
    assert cells("autoscaling/v2/horizontalpodautoscalers")[0][:3] == ["Deployment/api", "2", "5"]
    assert cells("policy/v1/poddisruptionbudgets")[0][:2] == ["2", "N/A"]
    assert cells("networking.k8s.io/v1/networkpolicies") == [["app=db"]]
    assert ["ClusterRole/cluster-admin"] in cells("rbac.authorization.k8s.io/v1/clusterrolebindings")


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
    assert row.cells[3:] == ["", "<none>", "<none>"]


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
