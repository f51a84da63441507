"""``orrery probes``: a Pod's containers and probes at one time in a recording."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from django.core.management.base import BaseCommand, CommandError
from msgspec import Raw, Struct

from visualizer.containers.facts import PodFacts
from visualizer.containers.manifest import Event, Unreadable, read_event, read_pod
from visualizer.containers.outcomes import Version
from visualizer.containers.sightings import REASONS, sight
from visualizer.containers.telling import services_of, tell
from visualizer.containers.text import lines
from visualizer.frames import Decoder, Frame, FrameError, Listing, WatchEvent, decode_header
from visualizer.log.opening import time_from
from visualizer.log.paging import items_of
from visualizer.log.recording import Limits, RecordingError, iter_lines
from visualizer.network import EndpointSlice
from visualizer.objects import AnyObject, key_of
from visualizer.objects import Event as StoredEvent

_PODS: Final = "v1/pods"
_EVENTS: Final = "v1/events"
_SLICES: Final = "discovery.k8s.io/v1/endpointslices"


class _EventLine(Struct):
    object: Raw


class Command(BaseCommand):
    """Print them."""

    help = "Tell of a Pod's containers and probes: what they do, why, and how that is known (docs/probes.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which Pod, and when."""
        parser.add_argument("file", type=Path, help="a recording")
        parser.add_argument("--pod", required=True, help="namespace/name")
        parser.add_argument("--at", default="", help="a time in the recording: RFC 3339, unix seconds, or +SECONDS")
        parser.add_argument("--json", action="store_true", help="print them as JSON")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        file: Path,
        pod: str,
        at: str,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Print them."""
        try:
            facts = _tell(file, pod, at)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except RecordingError as error:
            raise CommandError(f"{file} cannot be read: {error}.") from error
        except Unreadable as error:
            raise CommandError(str(error)) from error
        if facts is None:
            raise CommandError(f"There is no Pod {pod} at this time.")
        if options["json"]:
            self.stdout.write(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode())
        else:
            self.stdout.write("\n".join(lines(facts)))


def _tell(file: Path, key: str, at: str) -> PodFacts | None:
    """What is told of the Pod; None where there is none of this name. Raises as reading does, and Unreadable."""
    versions: list[Version] = []
    events: dict[str, list[tuple[float | None, StoredEvent, Event]]] = {}
    slices: dict[str, EndpointSlice] = {}
    uid, now = "", 0.0
    for frame, line in _frames(file, at):
        now = frame.ts
        for kind, resource, obj, raw in _writes(frame, line):
            name = key_of(obj.metadata)
            if resource == _PODS and name == key:
                if obj.metadata.uid != uid:
                    versions.clear()
                uid = obj.metadata.uid
                versions.append(Version(now, read_pod(raw), is_birth=kind == "ADDED"))
            elif isinstance(obj, StoredEvent) and obj.reason in REASONS:
                seen = None if kind == "LISTED" else now
                events.setdefault(name, []).append((seen, obj, read_event(raw)))
            elif isinstance(obj, EndpointSlice):
                slices[name] = obj
                if kind == "DELETED":
                    del slices[name]
    if not versions:
        return None
    namespace = key.rpartition("/")[0]
    near = [piece for piece in slices.values() if piece.metadata.namespace == namespace]
    about = [[(seen, event) for seen, obj, event in told if obj.involved_object.uid == uid] for told in events.values()]
    sightings = [sighting for each in about for sighting in sight(each)]
    return tell(versions, sightings, services_of(uid, namespace, near), now=now)


def _frames(file: Path, at: str) -> Iterator[tuple[Frame, bytes]]:
    """Each frame of a recording up to this time, with its line."""
    until: float | None = None
    with file.open("rb") as stream:
        numbered = iter_lines(stream, Limits())
        decoder: Decoder | None = None
        for number, line in numbered:
            try:
                if decoder is None:
                    decoder = Decoder(decode_header(line).resources)
                    continue
                frame = decoder.decode(line)
            except FrameError as error:
                raise RecordingError(f"line {number}: {error}") from error
            until = time_from(at, frame.ts) if at and until is None else until
            if until is not None and frame.ts > until:
                return
            yield frame, line


def _writes(frame: Frame, line: bytes) -> Iterator[tuple[str, str, AnyObject, bytes]]:
    """Each Pod, Event and EndpointSlice in a frame: how it came, of which resource, and as it is written."""
    if not isinstance(frame, WatchEvent | Listing) or frame.resource not in (_PODS, _EVENTS, _SLICES):
        return
    if isinstance(frame, WatchEvent):
        raw = bytes(msgspec.json.decode(line, type=_EventLine).object)
        yield frame.type, frame.resource, frame.object, raw
        return
    for obj, item in zip(frame.items, items_of(line), strict=True):
        yield "LISTED", frame.resource, obj, bytes(item)
