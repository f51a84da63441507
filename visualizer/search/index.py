"""The index: of every object the text that is searched and the facts that fields ask for.

It is made when somebody first searches, and kept from then on: only objects that were written since are read anew. A
large one is made in slices, between which a hub goes on. Nobody else pays for it: neither an import nor a watcher has
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from visualizer.network import EndpointSlice, Service
from visualizer.objects import AnyObject, Node, Pod, Workload
from visualizer.search.agenda import Agenda
from visualizer.store import Change, Entry, Store

SLICE: Final = 2_000
"""How many objects are read before others get their turn: about 15 ms of work."""


class Document(Struct, frozen=True, gc=False):
    """One object as search sees it.

    ``facts`` are pairs of a field and a value: name, label (``key=value``), ip, image, owner, node, phase. ``text`` is
    all their values in small letters, a line each, the name first. ``ready`` and ``restarts`` are None where the object
    has no such thing. ``ref`` is ``resource:key``. ``owners`` are the uid, kind and name of each owner.
    """

    entry: Entry
    resource: str
    key: str
    ref: str
    lowered: str
    text: str
    facts: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str, str], ...]
    ready: bool | None
    restarts: int | None


QUIET: Final = frozenset({"v1/events", "events.k8s.io/v1/events"})
"""Resources that are searched only where their kind is asked for: their names repeat those of other objects."""


class Index:
    """Every object's document, by resource and key. It is empty, and costs nothing, before the first ``work``."""

    def __init__(self) -> None:
        self._agenda: Agenda | None = None
        self._documents: dict[str, dict[str, Document]] = {}

    def touch(self, changes: Sequence[Change]) -> None:
        """The store was changed so: these objects are to be read again."""
        if self._agenda is not None:
            for change in changes:
                self._agenda.add((change.resource, change.key))

    def work(self, store: Store, most: int) -> bool:
        """Read so many objects at most; whether all are read by now."""
        if self._agenda is None:
            self._agenda = Agenda(store, store.resources)
        for resource, key in self._agenda.take(most):
            documents, entry = self._documents.setdefault(resource, {}), store.get(resource, key)
            if entry is None:
                documents.pop(key, None)
            elif (known := documents.get(key)) is None or known.entry is not entry:
                documents[key] = read(resource, key, entry)
        return not self._agenda.is_longer(0)

    def finish(self, store: Store) -> None:
        """Read all that is left."""
        while not self.work(store, SLICE):
            pass

    def documents(self, resource: str) -> Iterator[Document]:
        """Those of one resource."""
        return iter(self._documents.get(resource, {}).values())

    def document(self, resource: str, key: str, entry: Entry) -> Document:
        """That of one object as it stands in the store, whether it was read before or not."""
        known = self._documents.get(resource, {}).get(key)
        return known if known is not None and known.entry is entry else read(resource, key, entry)


def read(resource: str, key: str, entry: Entry) -> Document:
    """One object's document."""
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
        owners=tuple([(each.uid, each.kind, each.name) for each in obj.metadata.owner_references or ()]),
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
