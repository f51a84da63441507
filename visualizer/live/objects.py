"""Questions about objects, answered for the wire: families, API resources, lists, namespaces.

The answer is made from the objects as they stood when it was asked, aside from the play; what the store does not have
of them is read from the log.
"""

from __future__ import annotations

from msgspec import Struct

from visualizer.catalog.listing import list_objects
from visualizer.catalog.namespaces import describe_namespace, list_namespaces
from visualizer.catalog.resources import api_resources
from visualizer.family.family import family_of
from visualizer.family.index import Index
from visualizer.live import wire
from visualizer.log.reader import Reader
from visualizer.moment import Standing


class Unanswerable(ValueError):
    """The question cannot be answered; the message is for who asked."""


class Seen(Struct, frozen=True):
    """The objects that are asked about, and how resources begin that this viewer may not see; empty: none."""

    standing: Standing
    hidden: str


def about(question: wire.ObjectsQuestion) -> str:
    """The resource that is asked about, with or without a key behind it; empty where it is no one."""
    match question:
        case wire.AskFamily(ref=ref):
            return ref
        case wire.AskObjects(resource=resource):
            return resource
    return ""


def answer(question: wire.ObjectsQuestion, seen: Seen, index: Index, reader: Reader) -> wire.ObjectsReply:
    """The answer. ``index`` and ``reader`` are of the same log. Raises :class:`Unanswerable`."""
    seq, store, raws = seen.standing.seq, seen.standing.store, reader.raw_objects
    match question:
        case wire.AskFamily(id=id_, ref=ref):
            resource, _, key = ref.partition(":")
            if store.get(resource, key) is None:
                raise Unanswerable(f"There is no {key or ref} at this moment.")
            family = family_of(store, index, raws, (resource, key), hidden=seen.hidden)
            return wire.FamilyAnswer(id=id_, seq=seq, ref=ref, family=family)
        case wire.AskResources(id=id_):
            resources = api_resources(store, reader.also_served, raws, hidden=seen.hidden)
            return wire.ResourcesAnswer(id=id_, seq=seq, resources=resources)
        case wire.AskObjects():
            return _objects(question, seen, reader)
        case wire.AskNamespaces(id=id_, name=name):
            return wire.NamespacesAnswer(
                id=id_,
                seq=seq,
                namespaces=list_namespaces(store, raws, hidden=seen.hidden),
                detail=describe_namespace(store, index, raws, name, hidden=seen.hidden) if name else None,
            )


def _objects(question: wire.AskObjects, seen: Seen, reader: Reader) -> wire.ObjectsAnswer:
    standing = seen.standing
    if question.resource not in standing.store.resources:
        raise Unanswerable(f"This log records no “{question.resource}”.")
    listed = list_objects(
        standing.store,
        reader.raw_objects,
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
