"""The index: who names what, by what is named, so that "who uses this ConfigMap?" need not read every object.

It is made when somebody asks, and only as far as is asked: for a namespaced thing the Pods of its own namespace are
read, since no others can name it. Objects are read once: at the next question only those that were written since.
Pods of one template name the same things, and share one list of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from visualizer.family.links import has_links, links_of
from visualizer.family.references import Links, Reference
from visualizer.store import Entry, Place, Store

Raws = Callable[[Iterable[Entry]], Iterator[tuple[Entry, bytes]]]
"""Reads objects from the log: each of these entries with its JSON, in any order. One that is not there is left out."""

Target = tuple[str, str, str, str]
"""Group, kind, namespace and name."""

NAMESPACED_KINDS: Final = frozenset({"ConfigMap", "Secret", "PersistentVolumeClaim", "ResourceClaim", "Pod"})
"""Kinds that objects of :data:`LOCAL` name in their own namespace only."""

LOCAL: Final = frozenset(
    {
        "v1/pods", "v1/replicationcontrollers", "v1/podtemplates", "v1/configmaps", "v1/secrets", "v1/serviceaccounts",
        "apps/v1/deployments", "apps/v1/replicasets", "apps/v1/statefulsets", "apps/v1/daemonsets", "batch/v1/jobs",
        "batch/v1/cronjobs", "discovery.k8s.io/v1/endpointslices", "v1/endpoints", "v1/persistentvolumeclaims",
    }
)  # fmt: skip
"""Resources of which there are many, and whose objects name namespaced things in their own namespace only."""

_NOTHING: Final = Links()


class _Known(Struct, frozen=True, gc=False):
    seq: int
    item: int
    links: Links


class Index:
    """What was read, by resource and key, and who names what."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, _Known]] = {}
        self._namers: dict[Target, set[Place]] = {}
        self._shared: dict[tuple[Reference, ...], Links] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read."""
        return not self._known

    def refresh(self, store: Store, raws: Raws, *, namespace: str = "") -> None:
        """Read what was written since. With a namespace, of :data:`LOCAL` resources only what is in it."""
        for resource in store.resources:
            if has_links(resource):
                within = namespace if resource in LOCAL else ""
                self._refresh(resource, store.entries(resource), raws, f"{within}/" if within else "")

    def links(self, store: Store, raws: Raws, place: Place) -> Links:
        """What one object names and selects; nothing for one that is not there."""
        resource, key = place
        entry = store.get(resource, key)
        if entry is None or not has_links(resource):
            return _NOTHING
        known = self._known.get(resource, {}).get(key)
        if known is not None and (known.seq, known.item) == (entry.seq, entry.item):
            return known.links
        for _, raw in raws([entry]):
            return links_of(resource, raw)
        return _NOTHING

    def namers(self, target: Target) -> Iterator[tuple[Place, tuple[Reference, ...]]]:
        """Who names this, as far as was read, in order of resource and key, and how."""
        for resource, key in sorted(self._namers.get(target, ())):
            links = self._known[resource][key].links
            yield (resource, key), tuple(each for each in links.references if target_of(each) == target)

    def naming_into(self, namespace: str) -> Iterator[tuple[Place, Reference]]:
        """Who outside of this namespace names something in it, as far as was read."""
        for resource, known in sorted(self._known.items()):
            if resource in LOCAL:
                continue
            for key, each in sorted(known.items()):
                if key.startswith(f"{namespace}/"):
                    continue
                for reference in each.links.references:
                    if reference.namespace == namespace:
                        yield (resource, key), reference

    def _refresh(self, resource: str, entries: Mapping[str, Entry], raws: Raws, within: str) -> None:
        known = self._known.setdefault(resource, {})
        gone = [key for key in known if key.startswith(within) and key not in entries] if known else []
        for key in gone:
            self._forget(resource, key)
        fresh = {
            (entry.seq, entry.item): key
            for key, entry in entries.items()
            if key.startswith(within) and _is_other(known.get(key), entry)
        }
        for entry, raw in raws([entries[key] for key in fresh.values()]):
            key = fresh[entry.seq, entry.item]
            self._forget(resource, key)
            links = links_of(resource, raw)
            if links == Links(links.references):
                links = self._shared.setdefault(links.references, links)
            known[key] = _Known(entry.seq, entry.item, links)
            for reference in links.references:
                self._namers.setdefault(target_of(reference), set()).add((resource, key))

    def _forget(self, resource: str, key: str) -> None:
        known = self._known[resource].pop(key, None)
        for reference in known.links.references if known else ():
            target = target_of(reference)
            namers = self._namers.get(target)
            if namers is not None:
                namers.discard((resource, key))
                if not namers:
                    del self._namers[target]


def target_of(reference: Reference) -> Target:
    """What it names."""
    return reference.group, reference.kind, reference.namespace, reference.name


def _is_other(known: _Known | None, entry: Entry) -> bool:
    return known is None or (known.seq, known.item) != (entry.seq, entry.item)
