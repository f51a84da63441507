"""Audit logs of kube-apiserver (``audit.k8s.io/v1``, JSON lines): history, with the writers observed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from visualizer.flow.times import read_time
from visualizer.frames import FORMAT, LATEST_TS, VERSION
from visualizer.log.foreign.resources import Resources
from visualizer.log.recording import Limits, Readable, RecordingError, split_lines

_WRITES: Final = {"create", "update", "patch", "delete", "deletecollection"}
_SPOOLED_BYTES: Final = 16 << 20


class _Audited:
    """The writes of one audit log, read line by line, with the objects as they stand."""

    def __init__(self) -> None:
        self.resources = Resources()
        self.first_ts = 0.0
        self.taken = 0
        self.bare = 0  # writes that do not carry what was written
        self._objects: dict[tuple[str, str, str], dict[str, Any]] = {}

    def frame(self, number: int, line: bytes) -> bytes | None:
        """The frame that this audit event comes to, or None. Raises :class:`RecordingError`."""
        event = _read(number, line)
        if event.get("stage") != "ResponseComplete" or event.get("verb") not in _WRITES:
            return None
        status, about = event.get("responseStatus"), event.get("objectRef")
        code = status.get("code") if isinstance(status, dict) else None
        uri = str(event.get("requestURI"))
        if not isinstance(about, dict) or code not in (200, 201, 202) or "dryRun=" in uri:
            return None
        stamp = event.get("stageTimestamp")
        ts = read_time(stamp) if isinstance(stamp, str) else None
        if ts is None or not 0 <= ts < LATEST_TS:
            raise RecordingError(f"line {number}: the audit event has no stageTimestamp that can be read")
        change = self._change(event, about)
        if change is None:
            return None
        resource, kind, obj = change
        self.first_ts = min(self.first_ts or ts, ts)
        self.taken += 1
        writer = _writer(event, about, is_new=code == 201)
        frame = {"ts": ts, "kind": "event", "resource": resource, "type": kind, "writer": writer, "object": obj}
        try:
            return msgspec.json.encode(frame)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError) as error:
            raise RecordingError(f"line {number}: its object cannot be written as JSON") from error

    def _change(self, event: dict[str, Any], about: dict[str, Any]) -> tuple[str, str, dict[str, Any]] | None:
        group, version = about.get("apiGroup") or "", about.get("apiVersion")
        api_version, verb = (f"{group}/{version}" if group else version), event["verb"]
        name, namespace = about.get("name"), about.get("namespace") or ""
        obj = event.get("responseObject")
        is_own = isinstance(obj, dict) and obj.get("apiVersion") == api_version and verb != "deletecollection"
        metadata = obj.get("metadata") if isinstance(obj, dict) and is_own else None
        is_named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str) and metadata["name"]
        if isinstance(obj, dict) and isinstance(metadata, dict) and is_named:
            status = event.get("responseStatus")
            is_new = isinstance(status, dict) and status.get("code") == 201
            return self._altered(verb, obj, metadata, about, is_new=is_new)
        if verb == "delete" and not about.get("subresource"):
            known = self._objects.pop((f"{api_version}/{about.get('resource')}", str(namespace), str(name)), None)
            if known is not None and isinstance(obj, dict) and obj.get("kind") == "Status":
                return f"{api_version}/{about.get('resource')}", "DELETED", known
        self.bare += 1
        return None

    def _altered(
        self, verb: str, obj: dict[str, Any], metadata: dict[str, Any], about: dict[str, Any], *, is_new: bool
    ) -> tuple[str, str, dict[str, Any]] | None:
        resource = self.resources.name_of(obj, plural=about.get("resource"))
        key = resource, str(metadata.get("namespace") or ""), metadata["name"]
        if _is_gone(verb, metadata):
            self._objects.pop(key, None)
            return resource, "DELETED", obj
        known = self._objects.get(key)
        version = metadata.get("resourceVersion")
        if known is not None and version and known["metadata"].get("resourceVersion") == version:
            return None  # nothing was altered
        self._objects[key] = obj
        # What stood before the log began is altered by the write that first shows it, and not made.
        return resource, "ADDED" if is_new and known is None else "MODIFIED", obj


def lines_of(stream: Readable, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """The lines of a recording of this audit log, each with the number of its own line there.

    The frames wait in a temporary file, since the header, which names all resources, comes first. Raises
    :class:`RecordingError`.
    """
    audited = _Audited()
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES) as spool:
        for number, line in split_lines(stream, limits):
            if frame := audited.frame(number, line):
                spool.write(b"%d " % number + frame + b"\n")
        if not audited.taken:
            raise RecordingError(
                f"none of its {audited.bare:,} writes carries the object as it was written: "
                "log them at level RequestResponse in the audit policy"
            )
        header = {
            "ts": audited.first_ts,
            "kind": "header",
            "format": FORMAT,
            "version": VERSION,
            "name": "imported audit log",
            "server_version": "",
            "resources": audited.resources.found,
        }
        yield 0, msgspec.json.encode(header)
        yield 0, msgspec.json.encode({"ts": audited.first_ts, "kind": "note", "text": _tell(audited), "command": None})
        spool.seek(0)
        for kept in spool:
            number_of, _, frame = kept.rstrip(b"\n").partition(b" ")
            yield int(number_of), frame


def _read(number: int, line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except RecursionError as error:
        raise RecordingError(f"line {number}: this line is nested too deeply to be read") from error
    except ValueError as error:
        raise RecordingError(f"line {number}: this line is not JSON") from error
    if not isinstance(event, dict) or event.get("kind") != "Event":
        raise RecordingError(f"line {number}: this line is no audit event")
    return event


def _is_gone(verb: str, metadata: dict[str, Any]) -> bool:
    """Whether the object went with this write: nothing holds it back.

    As ``ShouldDeleteDuringUpdate`` in apiserver's registry/generic/registry/store.go decides it.
    """
    if metadata.get("finalizers"):
        return False
    if metadata.get("deletionTimestamp"):
        return not metadata.get("deletionGracePeriodSeconds")
    return verb == "delete"


def _writer(event: dict[str, Any], about: dict[str, Any], *, is_new: bool) -> dict[str, str]:
    user = event.get("impersonatedUser") or event.get("user")
    name = user.get("username") if isinstance(user, dict) else ""
    verb = "create" if is_new else str(event["verb"])
    agent, subresource = event.get("userAgent"), about.get("subresource")
    return {"user": str(name or ""), "agent": str(agent or ""), "verb": verb, "subresource": str(subresource or "")}


def _tell(audited: _Audited) -> str:
    begun = datetime.fromtimestamp(audited.first_ts, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    text = f"Imported {audited.taken:,} writes of an audit log, from {begun}."
    text += " What stood before is seen from its first write on."
    if audited.bare:
        text += f" Writes without their object: {audited.bare:,} (level Metadata or Request, or an answer without it)."
    return text
