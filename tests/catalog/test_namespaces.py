"""Namespaces: what is in them, what is left, and the shipped deletion step by step."""

from __future__ import annotations

from tests.family.recorded import Recorded, recorded, small
from visualizer.catalog.namespaces import NamespaceDetail, describe_namespace, list_namespaces


def describe(found: Recorded, name: str, *, hidden: str = "") -> NamespaceDetail:
    """One namespace, which must be there."""
    detail = describe_namespace(found.store, found.index, found.raws, name, hidden=hidden)
    assert detail is not None
    return detail


def test_what_is_in_each_is_counted_as_the_store_has_it() -> None:
    shop = recorded("namespace-delete", until="A namespace")
    rows = {row.name: row for row in list_namespaces(shop.store, shop.raws)}
    assert set(rows) == {"default", "kube-node-lease", "kube-public", "kube-system", "platform", "shop"}
    assert (rows["shop"].phase, rows["shop"].pods, rows["platform"].pods) == ("Active", 7, 3)
    kinds = {each.kind: each.count for each in describe(shop, "shop").kinds}
    assert (kinds["Pod"], kinds["Deployment"], kinds["Service"]) == (7, 2, 6)
    assert rows["shop"].objects == sum(kinds.values()) - kinds["Event"]


def test_a_quota_tells_how_much_of_it_is_used() -> None:
    (pods,) = describe(recorded("namespace-delete", until="A namespace"), "shop").quotas
    assert (pods.quota, pods.resource, pods.used, pods.hard, pods.share) == ("shop", "pods", "7", "40", 0.175)


def test_a_namespace_goes_step_by_step() -> None:
    asked = "Delete the namespace: it stays Terminating while anything holds on"
    before = describe(recorded("namespace-delete", until=asked), "temp")
    assert (before.phase, before.deleted, before.holding, before.conditions) == ("Active", "", [], [])
    assert {each.kind: each.count for each in before.kinds}["Pod"] == 3

    begun = describe(recorded("namespace-delete", until=asked, more=2), "temp")
    assert (begun.phase, begun.finalizers, begun.conditions) == ("Terminating", ["kubernetes"], [])
    assert begun.holding[0].words == "finalizer lab.example/hold"

    waits = describe(recorded("namespace-delete", until="Release the finalizer"), "temp")
    assert [each.type for each in waits.conditions if each.holds] == [
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
    ]
    assert [(each.kind, each.name, each.words) for each in waits.holding] == [
        ("ConfigMap", "c", "finalizer lab.example/hold")
    ]

    gone = recorded("namespace-delete")
    rows = {row.name: row for row in list_namespaces(gone.store, gone.raws)}
    assert "temp" not in rows or not rows["temp"].exists


def test_what_points_into_a_namespace_is_left_with_what_becomes_of_it() -> None:
    found = small(
        v1_namespaces=("Namespace", False),
        v1_persistentvolumeclaims=("PersistentVolumeClaim", True),
        v1_persistentvolumes=("PersistentVolume", False),
        rbac__authorization__k8s__io_v1_clusterrolebindings=("ClusterRoleBinding", False),
        admissionregistration__k8s__io_v1_validatingwebhookconfigurations=("ValidatingWebhookConfiguration", False),
    )
    found.put("v1/namespaces", {"metadata": {"name": "shop", "uid": "ns"}, "status": {"phase": "Active"}})
    for name, policy in (("kept", "Retain"), ("lost", "Delete")):
        spec = {"claimRef": {"namespace": "shop", "name": name}, "persistentVolumeReclaimPolicy": policy}
        found.put("v1/persistentvolumes", {"metadata": {"name": name, "uid": name}, "spec": spec})
    subjects = [{"kind": "ServiceAccount", "name": "bot", "namespace": "shop"}, {"kind": "User", "name": "alice"}]
    role = {"kind": "ClusterRole", "name": "view"}
    rbac = "rbac.authorization.k8s.io/"
    binding = {"metadata": {"name": "bots", "uid": "b"}, "roleRef": role, "subjects": subjects}
    found.put(f"{rbac}v1/clusterrolebindings", binding)
    hooks = [{"name": "check.example.com", "clientConfig": {"service": {"namespace": "shop", "name": "hook"}}}]
    kind = "admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    found.put(kind, {"metadata": {"name": "check", "uid": "h"}, "webhooks": hooks})

    left = {each.name: each for each in describe(found, "shop").left}
    assert {name: each.outcome for name, each in left.items()} == {
        "bots": "stays",
        "kept": "stays",
        "lost": "goes",
        "check": "breaks",
    }
    assert left["check"].words == ("It stays, and lacks what it names: writes that ask check.example.com are refused.")
    assert "bots" not in {each.name for each in describe(found, "shop", hidden=rbac).left}
    assert "ClusterRoleBinding" in describe(found, "shop", hidden=rbac).left_is_partial


def test_limits_are_told_line_by_line() -> None:
    found = small(v1_namespaces=("Namespace", False), v1_limitranges=("LimitRange", True))
    limits = [{"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "500m", "memory": "1Gi"}}]
    found.put(
        "v1/limitranges", {"metadata": {"name": "l", "namespace": "shop", "uid": "l"}, "spec": {"limits": limits}}
    )
    cpu, memory = describe(found, "shop").limits
    assert (cpu.resource, cpu.max, cpu.default, cpu.min) == ("cpu", "2", "500m", "")
    assert (memory.resource, memory.max, memory.default) == ("memory", "", "1Gi")


def test_a_name_of_which_there_is_nothing_is_none() -> None:
    found = small(v1_namespaces=("Namespace", False))
    assert describe_namespace(found.store, found.index, found.raws, "nowhere") is None
