"""Close-ups: what a part of the inspector asks about one object, beyond what an inspection tells.

``look`` asks the moment, which must stand still meanwhile. ``answer`` reads the log, which takes long and may happen in
a thread.
"""

from __future__ import annotations

from typing import Final, assert_never

from msgspec import Struct

from visualizer.frames import Resource
from visualizer.live import asking, comparing, wire
from visualizer.live.containers import Taken, gather, tell_pod
from visualizer.live.history import History, Place
from visualizer.live.inspection import locate
from visualizer.live.yamltext import find_lines, object_yaml
from visualizer.log import schemas
from visualizer.manifests import make_manifest
from visualizer.models import Log
from visualizer.moment import Moment
from visualizer.ownership import Path
from visualizer.schemas import custom
from visualizer.schemas.fields import Field, describe

SOURCES: Final[dict[schemas.Source, str]] = {
    "cluster": "The words are this cluster’s own, from its /openapi/v3.",
    "recording": "The words are those that this recording carries.",
    "definition": "The words are those of its CustomResourceDefinition, as it is at this moment.",
    "published": "The words are those that Kubernetes publishes for this version. This log carries none of its own.",
}


class Asked(Struct, frozen=True):
    """An object that is asked about, and its resource, as after frame ``seq``; of a Pod's containers also ``taken``."""

    seq: int
    place: Place
    resource: Resource
    exists: bool
    """Whether the object is there at this moment."""

    taken: Taken | None = None
    definition: Place | None = None
    """Where the CustomResourceDefinition of its resource is, if there is one at this moment."""


def look(question: wire.CloseUpQuestion, moment: Moment) -> Asked:
    """What the moment tells. Raises :class:`visualizer.live.history.NotInspectable`."""
    place = locate(moment.store, question.ref, seq=question.seq)
    taken = gather(moment.store, place, moment.ts) if isinstance(question, wire.AskContainers) else None
    exists = moment.store.get(place.resource, place.key) is not None
    return Asked(moment.seq, place, moment.store.resources[place.resource], exists, taken, _definition(moment, place))


def _definition(moment: Moment, place: Place) -> Place | None:
    plural = place.resource.rpartition("/")[2]
    key = f"{plural}.{schemas.split(place.resource)[0]}"
    if moment.store.get(custom.RESOURCE, key) is None:
        return None
    return locate(moment.store, f"{custom.RESOURCE}:{key}")


def answer(question: wire.CloseUpQuestion, asked: Asked, *, log: Log, history: History) -> wire.CloseUpAnswer:
    """The answer. ``history`` is of this log. Raises :class:`visualizer.live.history.NotInspectable`."""
    match question:
        case wire.AskFields():
            return _fields(question, asked, log, history)
        case wire.AskContainers():
            return _containers(question, asked, history)
        case wire.AskRequests():
            seq = asked.seq if question.after is None else min(question.after, asked.seq)
            return asking.answer(question, asked.place, asked.resource, seq, exists=asked.exists, history=history)
        case wire.AskManifest():
            return _manifest(question, asked.place, history)
        case wire.CompareVersions():
            return comparing.compare(question, asked.place, history)
    assert_never(question)


def _containers(question: wire.AskContainers, asked: Asked, history: History) -> wire.ContainersAnswer:
    if asked.taken is None:
        raise TypeError("of a Pod's containers nothing was taken")
    pod = tell_pod(asked.taken, history, is_version=question.seq is not None)
    return wire.ContainersAnswer(id=question.id, ref=question.ref, seq=asked.place.seq, pod=pod)


def _fields(question: wire.AskFields, asked: Asked, log: Log, history: History) -> wire.FieldsAnswer:
    place = asked.place
    known = schemas.find(log, place.resource, place.kind)
    if known is None and asked.definition is not None:
        known = schemas.find_custom(log, place.resource, place.kind, history.see(asked.definition).raw)
    if known is None:
        words = f"{'This cluster tells' if log.is_live else 'This recording carries'} no schema for {place.resource}."
        return wire.FieldsAnswer(id=question.id, source="none", words=words, explain="", fields=[], lines=[])
    text = object_yaml(place.resource, place.kind, history.see(place).raw)
    numbers: dict[Path, int] = {}
    fields: list[Field] = []
    lines: list[int] = []
    for path in find_lines(text):
        general = tuple(0 if isinstance(step, int) else step for step in path)
        if general not in numbers:
            numbers[general] = len(fields)
            fields.append(describe(known.definitions, known.kind, general))
        lines.append(numbers[general])
    group_version, _, plural = place.resource.rpartition("/")
    return wire.FieldsAnswer(
        id=question.id,
        source=known.source,
        words=SOURCES[known.source],
        explain=f"kubectl explain --api-version={group_version} {plural}",
        fields=fields,
        lines=lines,
    )


def _manifest(question: wire.AskManifest, place: Place, history: History) -> wire.ManifestAnswer:
    made = make_manifest(place.resource, place.kind, history.see(place).raw)
    return wire.ManifestAnswer(
        id=question.id,
        yaml=object_yaml(place.resource, place.kind, made.object),
        removed=[wire.Removed(left.path, left.why) for left in made.removed],
        notes=made.notes,
    )
