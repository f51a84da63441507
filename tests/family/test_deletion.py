"""What deleting would do, held against the garbage collector's rules and against what it did in the recordings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.family.recorded import Recorded, outcomes, recorded, small, told

KINDS = {
    "v1_pods": ("Pod", True),
    "apps_v1_deployments": ("Deployment", True),
    "apps_v1_replicasets": ("ReplicaSet", True),
    "v1_configmaps": ("ConfigMap", True),
}


def owner(kind: str, uid: str, *, blocks: bool | None = True) -> dict[str, Any]:
    """An owner reference."""
    return {"apiVersion": "v1", "kind": kind, "name": uid, "uid": uid, "blockOwnerDeletion": blocks}


def obj(name: str, *owners: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An object whose uid is its name."""
    return {"metadata": {"name": name, "namespace": "shop", "uid": name, "ownerReferences": list(owners), **more}}


@pytest.fixture
def cluster() -> Recorded:
    """``top`` owns ``blocking`` (with ``below``), ``loose``, and with ``other`` ``shared``."""
    found = small(**KINDS)
    found.put("v1/configmaps", obj("top"))
    found.put("v1/configmaps", obj("other"))
    found.put("v1/configmaps", obj("blocking", owner("ConfigMap", "top")))
    found.put("v1/configmaps", obj("below", owner("ConfigMap", "blocking")))
    found.put("v1/configmaps", obj("loose", owner("ConfigMap", "top", blocks=None)))
    found.put("v1/configmaps", obj("shared", owner("ConfigMap", "top"), owner("ConfigMap", "other")))
    return found


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("foreground", {"blocking": "first", "below": "first", "loose": "along", "shared": "freed"}),
        ("background", {"blocking": "after", "below": "after", "loose": "after", "shared": "freed"}),
        ("orphan", {"blocking": "freed", "below": "stays", "loose": "freed", "shared": "freed"}),
    ],
)
def test_the_three_ways_are_told_apart(cluster: Recorded, policy: str, expected: dict[str, str]) -> None:
    family = cluster.family("v1/configmaps:shop/top")
    assert outcomes(family, policy) == {f"ConfigMap/{name}": outcome for name, outcome in expected.items()}


def test_what_two_doomed_owners_share_goes_with_both(cluster: Recorded) -> None:
    cluster.put("v1/configmaps", obj("child", owner("ConfigMap", "blocking"), owner("ConfigMap", "loose")))
    found = outcomes(cluster.family("v1/configmaps:shop/top"), "background")
    assert found["ConfigMap/child"] == "after"


def test_an_owner_that_is_gone_keeps_nothing(cluster: Recorded) -> None:
    cluster.put("v1/configmaps", obj("other"), type_="DELETED")
    found = outcomes(cluster.family("v1/configmaps:shop/top"), "background")
    assert found["ConfigMap/shared"] == "after"


def test_an_owner_that_waits_for_its_dependents_keeps_nothing(cluster: Recorded) -> None:
    going = obj("other", deletionTimestamp="2026-11-23T10:10:10Z", finalizers=["foregroundDeletion"])
    cluster.put("v1/configmaps", going, type_="MODIFIED")
    assert outcomes(cluster.family("v1/configmaps:shop/top"), "background")["ConfigMap/shared"] == "after"


def test_whether_an_owner_of_an_unrecorded_kind_keeps_it_is_not_known(cluster: Recorded) -> None:
    cluster.put("v1/configmaps", obj("shared", owner("ConfigMap", "top"), owner("Widget", "w")), type_="MODIFIED")
    assert outcomes(cluster.family("v1/configmaps:shop/top"), "background")["ConfigMap/shared"] == "unknown"


def test_a_wish_of_before_is_honoured_further_down(cluster: Recorded) -> None:
    asked = obj("blocking", owner("ConfigMap", "top"), finalizers=["orphan"])
    cluster.put("v1/configmaps", asked, type_="MODIFIED")
    assert outcomes(cluster.family("v1/configmaps:shop/top"), "background")["ConfigMap/below"] == "freed"


def test_owners_in_a_circle_come_to_an_end() -> None:
    found = small(**KINDS)
    found.put("v1/configmaps", obj("a", owner("ConfigMap", "b")))
    found.put("v1/configmaps", obj("b", owner("ConfigMap", "a")))
    family = found.family("v1/configmaps:shop/a")
    assert told(family, "owners") == [("ConfigMap", "b")]
    assert outcomes(family, "foreground")["ConfigMap/b"]


def test_what_holds_a_foreground_deletion_are_the_blocking_ones_alone(cluster: Recorded) -> None:
    going = obj("top", deletionTimestamp="2026-11-23T10:10:10Z", finalizers=["foregroundDeletion"])
    cluster.put("v1/configmaps", going, type_="MODIFIED")
    family = cluster.family("v1/configmaps:shop/top")
    (hold,) = family.holds
    by_id = {each.id: each.name for each in family.members}
    assert (hold.who, sorted(by_id[each] for each in hold.members)) == ("the garbage collector", ["blocking", "shared"])


def test_what_the_garbage_collector_took_in_the_recording_was_told_before() -> None:
    """``kubectl delete deployment hello`` is in the background: all that was owned was deleted after it."""
    before = recorded("deploy", until="Delete it: the garbage collector follows the owner references")
    family = before.family("apps/v1/deployments:shop/hello")
    after = {name for name, outcome in outcomes(family, "background").items() if outcome == "after"}
    ended = recorded("deploy")
    kinds = {"ReplicaSet": "apps/v1/replicasets", "Pod": "v1/pods"}
    assert len(after) == 6
    for name in after:
        kind, _, own = name.partition("/")
        assert before.store.get(kinds[kind], f"shop/{own}") is not None
        assert ended.store.get(kinds[kind], f"shop/{own}") is None


def test_claims_of_a_stateful_set_are_left_unless_it_says_otherwise() -> None:
    found = small(apps_v1_statefulsets=("StatefulSet", True), v1_persistentvolumeclaims=("PersistentVolumeClaim", True))
    templates = [{"metadata": {"name": "data"}, "spec": {}}]
    for retained, outcome in ((None, "stays"), ({"whenDeleted": "Delete"}, "along")):
        spec = {"volumeClaimTemplates": templates, "persistentVolumeClaimRetentionPolicy": retained}
        found.put("apps/v1/statefulsets", {**obj("db"), "spec": spec})
        found.put("v1/persistentvolumeclaims", obj("data-db-0"))
        found.put("v1/persistentvolumeclaims", obj("data-db-x"))
        family = found.family("apps/v1/statefulsets:shop/db")
        assert told(family, "uses") == [("PersistentVolumeClaim", "data-db-0")]
        assert outcomes(family, "background")["PersistentVolumeClaim/data-db-0"] == outcome


def test_whoever_needs_a_config_map_lacks_it_when_it_is_deleted() -> None:
    shop = recorded("namespace-delete", until="A namespace")
    found = outcomes(shop.family("v1/configmaps:shop/web-config"), "background")
    assert {name.partition("/")[0]: outcome for name, outcome in found.items()} == {
        "Deployment": "breaks",
        "ReplicaSet": "breaks",
        "Pod": "breaks",
    }
