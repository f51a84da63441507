"""Histories for hypothesis: what a watch may tell, likely or not, and the shipped recordings told badly.

Few names, uids and owners, so that names come back with another uid, owners come late or never, and circles close.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.cluster import DEMO_NAMES, RESOURCES, Cluster, read_demo
from visualizer.frames import Frame, Header, Listing, WatchEvent
from visualizer.objects import AnyObject

Step = Callable[[Cluster], object]

NAMES = ["a", "b"]
UIDS = ["1", "2", "3"]
TIMES = [None, "2026-11-23T10:11:14Z", "2026-11-23T10:11:15Z", "no time"]
OWNER_KINDS = [
    ("apps/v1", "ReplicaSet"),
    ("apps/v1beta1", "Deployment"),
    ("v1", "Pod"),
    ("v1", "ConfigMap"),
    ("v1", "Node"),
    ("serving.example.com/v1", "Revision"),
    ("unknown.example.com/v1", "Widget"),
    ("apps/v1", "deployments"),
]


def _owners(kinds: list[tuple[str, str]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    owner = st.builds(
        lambda kind, name, uid, controller: {
            "apiVersion": kind[0],
            "kind": kind[1],
            "name": name,
            "uid": uid,
            "controller": controller,
        },
        st.sampled_from(kinds),
        st.sampled_from(NAMES),
        st.sampled_from(UIDS),
        st.sampled_from([True, True, True, False, None]),
    )
    return st.lists(owner, max_size=2)


_entries = st.lists(
    st.fixed_dictionaries(
        {
            "manager": st.sampled_from(["kubelet", "kubectl", "kube-controller-manager", "helm", "", "kube-proxy"]),
            "operation": st.just("Update"),
            "time": st.sampled_from(TIMES),
            "subresource": st.sampled_from(["", "status", "scale"]),
        }
    ),
    max_size=3,
)
_containers = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(NAMES),
            "ready": st.booleans(),
            "restartCount": st.integers(0, 3),
            "state": st.sampled_from(
                [
                    {},
                    {"running": {}},
                    {"waiting": {"reason": "CrashLoopBackOff"}},
                    {"terminated": {"exitCode": 1}},
                ]
            ),
        }
    ),
    max_size=2,
)


@st.composite
def objects(draw: st.DrawFn, resource: str, owner_kinds: list[tuple[str, str]] = OWNER_KINDS) -> dict[str, Any]:
    """Some object of this resource."""
    metadata: dict[str, Any] = {
        "name": draw(st.sampled_from(NAMES)),
        "uid": draw(st.sampled_from(UIDS)),
        "namespace": "shop" if RESOURCES[resource][1] else "",
        "resourceVersion": draw(st.sampled_from(["", "7", "12", "not a number", "²", "9" * 30])),
        "creationTimestamp": draw(st.sampled_from(TIMES)),
        "deletionTimestamp": draw(st.sampled_from(TIMES)),
        "ownerReferences": draw(_owners(owner_kinds)),
        "managedFields": draw(st.none() | _entries),
    }
    obj: dict[str, Any] = {"metadata": metadata}
    if resource == "v1/pods":
        asked = draw(st.sampled_from([None, {"requests": {"cpu": "100m"}}, {"limits": {"cpu": "1", "memory": "1Gi"}}]))
        obj["spec"] = {
            "nodeName": draw(st.sampled_from(["", *NAMES])),
            "containers": [{"name": "a", "resources": asked}],
        }
        obj["status"] = {
            "phase": draw(st.sampled_from(["", "Running", "Failed"])),
            "containerStatuses": draw(_containers),
        }
    elif resource == "v1/events":
        obj["source"] = draw(st.sampled_from([None, {}, {"component": "kubelet", "host": "a"}]))
        obj["reportingComponent"] = draw(st.sampled_from([None, "default-scheduler", "job-controller"]))
    elif resource.startswith("apps/"):
        obj["spec"] = {"replicas": draw(st.sampled_from([None, 1, 3]))}
        obj["status"] = {"readyReplicas": draw(st.sampled_from([None, 1]))}
    return obj


@st.composite
def _watched(draw: st.DrawFn, resources: list[str]) -> Step:
    resource = draw(st.sampled_from(resources))
    kind, obj = draw(st.sampled_from(["ADDED", "MODIFIED", "DELETED"])), draw(objects(resource))
    return lambda cluster: cluster.watch(kind, resource, obj)


@st.composite
def _listed(draw: st.DrawFn, resources: list[str]) -> Step:
    resource = draw(st.sampled_from(resources))
    items = draw(st.lists(objects(resource), max_size=4))
    return lambda cluster: cluster.list(resource, *items)


def histories(resources: list[str] | None = None) -> st.SearchStrategy[list[Step]]:
    """Any run of watch events and lists."""
    known = resources or list(RESOURCES)
    return st.lists(st.one_of(_watched(known), _watched(known), _listed(known)), max_size=30)


def _strip(obj: AnyObject) -> AnyObject:
    return msgspec.structs.replace(obj, metadata=msgspec.structs.replace(obj.metadata, managed_fields=None))


def strip_frame(frame: Frame) -> Frame:
    """The frame without managedFields, which some clusters take out of what they serve."""
    if isinstance(frame, WatchEvent):
        return msgspec.structs.replace(frame, object=_strip(frame.object))
    if isinstance(frame, Listing):
        return msgspec.structs.replace(frame, items=[_strip(item) for item in frame.items])
    return frame


@st.composite
def mistold_demos(draw: st.DrawFn) -> tuple[Header, list[Frame]]:
    """A stretch of a shipped recording: cut, shuffled, with frames told twice, and some without managedFields."""
    header, frames = read_demo(draw(st.sampled_from(DEMO_NAMES)))
    start = draw(st.integers(0, len(frames) - 1))
    stretch = frames[start : start + 120]
    random = draw(st.randoms(use_true_random=False))
    told = [frame for frame in stretch for _ in range(random.choice([1, 1, 1, 2]))]
    random.shuffle(told)
    return header, [strip_frame(frame) if random.random() < 0.3 else frame for frame in told]
