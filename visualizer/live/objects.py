"""Questions about objects, answered for the wire: families, API resources, lists, namespaces.

The answer is made from the objects as they stood when it was asked, aside from the play; what the store does not have
of them is read from the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from visualizer.catalog.listing import list_objects
from visualizer.catalog.namespaces import describe_namespace, list_namespaces
from visualizer.catalog.resources import api_resources
from visualizer.family.family import family_of
from visualizer.family.index import Index
from visualizer.frames import Resource
from visualizer.live import wire
from visualizer.log.reader import Reader
from visualizer.moment import Standing
from visualizer.store import Entry

MOST_KEPT: Final = 1_000


class Unanswerable(ValueError):
    """The question cannot be answered; the message is for who asked."""


class Seen(Struct, frozen=True):
    """The objects that are asked about, and how resources begin that this viewer may not see; empty: none."""

    standing: Standing
    hidden: str


class Raws:
    """Reads objects of a log, and keeps the last few: when a screen asks again, most of what it shows is the same."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: dict[tuple[int, int], bytes] = {}

    def __call__(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """See :data:`visualizer.family.index.Raws`."""
        wanted = list(entries)
        if len(wanted) > MOST_KEPT:
            yield from self._reader.raw_objects(wanted)
            return
        lacking = []
        for entry in wanted:
            raw = self._kept.get((entry.seq, entry.item))
            if raw is None:
                lacking.append(entry)
            else:
                yield entry, raw
        for entry, raw in self._reader.raw_objects(lacking):
            self._kept[entry.seq, entry.item] = raw
            yield entry, raw
        for place in list(self._kept)[:-MOST_KEPT]:
            del self._kept[place]


def about(question: wire.ObjectsQuestion) -> str:
    """The resource that is asked about, with or without a key behind it; empty where it is no one."""
    match question:
        case wire.AskFamily(ref=ref):
            return ref
        case wire.AskObjects(resource=resource):
            return resource
    return ""


def answer(
    question: wire.ObjectsQuestion, seen: Seen, index: Index, raws: Raws, also_served: Mapping[str, Resource]
) -> wire.ObjectsReply:
    """The answer. ``index`` and ``raws`` are of the same log. Raises :class:`Unanswerable`."""
    seq, store = seen.standing.seq, seen.standing.store
    match question:
        case wire.AskFamily(id=id_, ref=ref):
            resource, _, key = ref.partition(":")
            if store.get(resource, key) is None:
                raise Unanswerable(f"There is no {key or ref} at this moment.")
            family = family_of(store, index, raws, (resource, key), hidden=seen.hidden)
            return wire.FamilyAnswer(id=id_, seq=seq, ref=ref, family=family)
        case wire.AskResources(id=id_):
            resources = api_resources(store, also_served, raws, hidden=seen.hidden)
            return wire.ResourcesAnswer(id=id_, seq=seq, resources=resources)
        case wire.AskObjects():
            return _objects(question, seen, raws)
        case wire.AskNamespaces(id=id_, name=name):
            return wire.NamespacesAnswer(
                id=id_,
                seq=seq,
                namespaces=list_namespaces(store, raws, hidden=seen.hidden),
                detail=describe_namespace(store, index, raws, name, hidden=seen.hidden) if name else None,
            )


def _objects(question: wire.AskObjects, seen: Seen, raws: Raws) -> wire.ObjectsAnswer:
    standing = seen.standing
    if question.resource not in standing.store.resources:
        raise Unanswerable(f"This log records no “{question.resource}”.")
    listed = list_objects(
        standing.store,
        raws,
        question.resource,
        now=standing.ts,
        namespace=question.namespace,
        text=question.text,
        order=question.order,
        is_reversed=question.is_reversed,
        start=question.start,
        count=question.count,
    )
    return wire.ObjectsAnswer(id=question.id, seq=standing.seq, resource=question.resource, listed=listed)
