"""Remembering: a write becomes a step, without its objects."""

from __future__ import annotations

from typing import Final

from visualizer.flow.aspects import read_aspects
from visualizer.flow.steps import Step
from visualizer.flow.writes import NotedWrite
from visualizer.objects import AnyObject, IPAddress, OwnerReference, Pod

_MOST_DIGITS: Final = 18
_SERVICE_NAME: Final = "kubernetes.io/service-name"


def make_step(write: NotedWrite) -> Step:
    """The write as a step, without a cause as yet."""
    change, author = write.change, write.write.author
    obj = change.object
    metadata = obj.metadata
    version = metadata.resource_version
    owner = _owner(obj) or (_owner(change.old.object) if change.old is not None else None)
    return Step(
        seq=write.seq,
        ts=write.ts,
        version=int(version) if version.isdecimal() and len(version) <= _MOST_DIGITS else 0,
        resource=change.resource,
        key=change.key,
        kind=write.kind,
        uid=metadata.uid,
        owner=owner.uid if owner is not None else "",
        owner_kind=owner.kind if owner is not None else "",
        node=obj.spec.node_name if isinstance(obj, Pod) else "",
        target=_target(change.resource, change.key, obj),
        component=write.component,
        who_certainty=author.certainty,
        who_rule=author.rule,
        verb=write.verb,
        subresource=write.write.subresource,
        aspects=read_aspects(change, write.write),
    )


def _owner(obj: AnyObject) -> OwnerReference | None:
    """The object's controller, or else its first owner."""
    owners = obj.metadata.owner_references
    if not owners:
        return None
    for each in owners:
        if each.controller:
            return each
    return owners[0]


def _target(resource: str, key: str, obj: AnyObject) -> str:
    """The key of the Service that Endpoints, EndpointSlices and IPAddresses are for."""
    if resource == "discovery.k8s.io/v1/endpointslices":
        name = (obj.metadata.labels or {}).get(_SERVICE_NAME, "")
        return f"{obj.metadata.namespace}/{name}" if name else ""
    if resource == "v1/endpoints":
        return key
    if isinstance(obj, IPAddress):
        parent = obj.spec.parent_ref
        return f"{parent.namespace}/{parent.name}" if parent and parent.resource == "services" else ""
    return ""
