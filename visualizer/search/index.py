"""The index: of every object the text that is searched and the facts that fields ask for.

It is made when somebody first searches, and looked over again when they search at another place: only objects that
were written since are read anew. Nobody else pays for it: neither an import nor a watcher has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from visualizer.network import EndpointSlice, Service
from visualizer.objects import AnyObject, Node, Pod, Workload
from visualizer.store import Entry, Store


class Document(Struct, frozen=True, gc=False):
    """One object as search sees it.

    ``facts`` are pairs of a field and a value: name, label (``key=value``), ip, image, owner, node, phase. ``text`` is
    all their values in small letters, a line each, the name first. ``ready`` and ``restarts`` are None where the object
    has no such thing. ``ref`` is ``resource:key``.
    """

    entry: Entry
    resource: str
    key: str
    ref: str
    lowered: str
    text: str
    facts: tuple[tuple[str, str], ...]
    ready: bool | None
    restarts: int | None


QUIET: Final = frozenset({"v1/events", "events.k8s.io/v1/events"})
"""Resources that are searched only where their kind is asked for: their names repeat those of other objects."""


class Index:
    """Every object's document, by resource and key."""

    def __init__(self) -> None:
        self._seq: int | None = None
        self._documents: dict[str, dict[str, Document]] = {}

    def refresh(self, store: Store, seq: int) -> None:
        """Become the index of this store, which stands after frame ``seq``."""
        if seq == self._seq:
            return
        for resource in store.resources:
            entries, old = store.entries(resource), self._documents.get(resource, {})
            self._documents[resource] = {
                key: known
                if (known := old.get(key)) is not None and known.entry is entry
                else _read(resource, key, entry)
                for key, entry in entries.items()
            }
        self._seq = seq

    def documents(self, resource: str) -> Iterator[Document]:
        """Those of one resource."""
        return iter(self._documents.get(resource, {}).values())

    def get(self, resource: str, key: str) -> Document | None:
        """One document, or None."""
        return self._documents.get(resource, {}).get(key)


def _read(resource: str, key: str, entry: Entry) -> Document:
    obj = entry.object
    facts = tuple(_facts(obj))
    ready, restarts = _health(obj)
    return Document(
        entry=entry,
        resource=resource,
        key=key,
        ref=f"{resource}:{key}",
        lowered=obj.metadata.name.lower(),
        text="\n".join(value for _, value in facts).lower(),
        facts=facts,
        ready=ready,
        restarts=restarts,
    )


def _facts(obj: AnyObject) -> Iterator[tuple[str, str]]:
    metadata = obj.metadata
    yield "name", metadata.name
    for label, value in (metadata.labels or {}).items():
        yield "label", f"{label}={value}"
    for owner in metadata.owner_references or ():
        yield "owner", f"{owner.kind}/{owner.name}"
    for address in dict.fromkeys(_addresses(obj)):
        yield "ip", address
    if isinstance(obj, Pod):
        spec = obj.spec
        for image in dict.fromkeys(each.image for each in (*(spec.containers or ()), *(spec.init_containers or ()))):
            if image:
                yield "image", image
        if spec.node_name:
            yield "node", spec.node_name
        if obj.status.phase:
            yield "phase", obj.status.phase


def _addresses(obj: AnyObject) -> Sequence[str]:
    found: list[str | None] = []
    if isinstance(obj, Pod):
        found = [obj.status.pod_ip, *(each.ip for each in obj.status.pod_ips or ())]
    elif isinstance(obj, Node):
        found = [each.address for each in obj.status.addresses or () if each.type.endswith("IP")]
    elif isinstance(obj, Service):
        spec = obj.spec
        ingress = obj.status.load_balancer.ingress or ()
        found = [spec.cluster_ip, *(spec.cluster_ips or ()), *(spec.external_ips or ()), *(each.ip for each in ingress)]
    elif isinstance(obj, EndpointSlice):
        found = [address for end in obj.endpoints or () for address in end.addresses or ()]
    return [address for address in found if address and address != "None"]


def _health(obj: AnyObject) -> tuple[bool | None, int | None]:
    """Whether it is ready, by its condition, and how often its containers restarted."""
    if isinstance(obj, Pod | Node):
        ready = any(each.type == "Ready" and each.status == "True" for each in obj.status.conditions or ())
        if isinstance(obj, Node):
            return ready, None
        status = obj.status
        containers = (*(status.init_container_statuses or ()), *(status.container_statuses or ()))
        return ready, sum(each.restart_count for each in containers)
    if isinstance(obj, Workload) and obj.spec.replicas is not None:
        return (obj.status.ready_replicas or 0) >= obj.spec.replicas, None
    return None, None
