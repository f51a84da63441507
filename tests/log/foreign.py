"""What k8shark and kwok would have made of a shipped recording's cluster, after their own documentation and sources."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
import zstandard

from visualizer.log.foreign.strategic import Fields, Merged, fields_of

DEMOS = Path(__file__).parents[2] / "demos"
Frame = dict[str, Any]
Object = dict[str, Any]


@lru_cache(maxsize=2)
def frames(demo: str) -> list[Frame]:
    """A shipped recording's lines."""
    packed = (DEMOS / demo / "recording.jsonl.zst").read_bytes()
    text = zstandard.ZstdDecompressor().stream_reader(packed).read()
    return [json.loads(line) for line in text.splitlines()]


def key(obj: Object) -> tuple[str, str]:
    """Namespace and name."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


# k8shark: every few seconds a list of each path, and beside it what watches told of some.


def capture(
    demo: str, watched: set[str], *, every_s: float = 5.0, listed: Callable[[str], bool] = lambda _resource: True
) -> bytes:
    """The archive that a capture of this recording's cluster would have made."""
    header, *rest = frames(demo)
    resources = {name: about for name, about in header["resources"].items() if listed(name)}
    archive = Archive(header["server_version"])
    archive.discovery(resources)
    state: dict[str, dict[tuple[str, str], Object]] = {name: {} for name in resources}
    version, due = 0, None
    for frame in rest:
        if due is not None and frame["ts"] >= due and frame["kind"] == "event":
            archive.lists(due, resources, state, version)
            due += every_s
        if frame["kind"] == "note" or frame["resource"] not in state:
            continue
        objects = state[frame["resource"]]
        if frame["kind"] == "list":
            objects.update({key(item): item for item in frame["items"]})
            version = max(version, int(frame["resourceVersion"]))
            continue
        if due is None:
            archive.lists(frame["ts"] - 0.001, resources, state, version)
            due = frame["ts"] - 0.001 + every_s
        obj = frame["object"]
        version = max(version, int(obj["metadata"]["resourceVersion"]))
        bare = {name: value for name, value in obj.items() if name not in {"apiVersion", "kind"}}
        objects.pop(key(obj)) if frame["type"] == "DELETED" else objects.update({key(obj): bare})
        if frame["resource"] in watched:
            archive.watch(frame["ts"], _path(frame["resource"], resources), frame["type"], obj)
    archive.lists(rest[-1]["ts"] + 0.5, resources, state, version)
    return archive.packed()


class Archive:
    """A ``.kshrk`` archive, record by record (k8shark's docs/archive-format.md, version 2)."""

    def __init__(self, kubernetes_version: str = "v1.36.2", **metadata: Any) -> None:
        self.metadata = {"format_version": 2, "kubernetes_version": kubernetes_version, **metadata}
        self.indexes: dict[str, dict[str, dict[str, Any]]] = {"index": {}, "watch-index": {}}
        self.entries: dict[str, bytes] = {}
        self._seqs: dict[str, int] = {}

    def record(self, ts: float, path: str, body: object, *, told: str = "", code: int = 200) -> None:
        """One answer, and its place in the index."""
        moment = datetime.fromtimestamp(ts, UTC).isoformat().replace("+00:00", "Z")
        seq = self._seqs[path] = self._seqs.get(path, -1) + 1
        index = self.indexes["watch-index" if told else "index"]
        found = index.setdefault(path, {"api_path": path, "seqs": [], "times": []})
        found["seqs"].append(seq)
        found["times"].append(moment)
        if told:
            found.setdefault("event_types", []).append(told)
        record = {"captured_at": moment, "api_path": path, "response_code": code, "response_body": body}
        self.entries[f"records/{hashlib.sha256(path.encode()).hexdigest()[:16]}/{seq}.json.zst"] = _packed(record)

    def discovery(self, resources: dict[str, Any]) -> None:
        """What the server serves."""
        for version in {name.rpartition("/")[0] for name in resources}:
            found = [
                {"name": name.rpartition("/")[2], "kind": about["kind"], "namespaced": about["namespaced"]}
                for name, about in resources.items()
                if name.rpartition("/")[0] == version
            ]
            path = f"/apis/{version}" if "/" in version else f"/api/{version}"
            self.record(0.0, path, {"kind": "APIResourceList", "groupVersion": version, "resources": found})

    def lists(self, ts: float, resources: dict[str, Any], state: dict[str, dict[Any, Object]], version: int) -> None:
        """Each resource in full, and as a table, which nobody reads here."""
        for name, objects in state.items():
            body = {
                "kind": f"{resources[name]['kind']}List",
                "apiVersion": name.rpartition("/")[0],
                "metadata": {"resourceVersion": str(version)},
                "items": [*objects.values()],
            }
            self.record(ts, _path(name, resources), body)
            self.record(ts, f"{_path(name, resources)}?as=Table", {"kind": "Table"})

    def watch(self, ts: float, path: str, kind: str, obj: Object) -> None:
        """One watch event."""
        self.record(ts, path, obj, told=kind)

    def packed(self) -> bytes:
        """The archive's bytes."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("k8shark-capture/metadata.json", json.dumps(self.metadata))
            for name, index in self.indexes.items():
                archive.writestr(f"k8shark-capture/{name}.json.zst", _packed({"entries": index}))
            for name, content in self.entries.items():
                archive.writestr(f"k8shark-capture/{name}", content)
        return stream.getvalue()


def _path(resource: str, resources: dict[str, Any]) -> str:
    return str(resources[resource]["path"])


def _packed(value: object) -> bytes:
    return zstandard.compress(json.dumps(value).encode())


# kwok: the objects, and then a strategic merge patch for each change; times are distances from the start.

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


def recorded(demo: str, *, is_old: bool = False) -> tuple[bytes, float]:
    """What ``kwokctl snapshot record`` would have written, and when it began (unix seconds)."""
    _, *rest = frames(demo)
    start_ts = next(frame["ts"] for frame in rest if frame["kind"] == "event")
    known: dict[tuple[str, tuple[str, str]], Object] = {}
    documents: list[Object] = []
    kinds = {name: about["kind"] for name, about in frames(demo)[0]["resources"].items()}
    for frame in rest:
        if frame["kind"] == "list":
            version = frame["resource"].rpartition("/")[0]
            for item in frame["items"]:
                obj = versionless({"apiVersion": version, "kind": kinds[frame["resource"]], **item})
                known[frame["resource"], key(obj)] = obj
                documents.append(obj)
        elif frame["kind"] == "event":
            change = _change(frame, known, round((frame["ts"] - start_ts) * 1e9))
            documents.append(_as_before_0_7(change) if is_old else change)
    text = yaml.dump_all(documents, Dumper=yaml.CSafeDumper)
    start = datetime.fromtimestamp(start_ts, UTC)

    def distance(found: re.Match[str]) -> str:
        ns = round((datetime.fromisoformat(found[0]) - start).total_seconds() * 1e9)
        return f"$(time-offset-nanosecond {ns})"

    return _TIME.sub(distance, text).encode(), start_ts


def versionless(obj: Object) -> Object:
    """The object without its resourceVersion, which kwok leaves out."""
    metadata = {name: value for name, value in obj["metadata"].items() if name != "resourceVersion"}
    return {**obj, "metadata": metadata}


def _change(frame: Frame, known: dict[tuple[str, tuple[str, str]], Object], after_ns: int) -> Object:
    obj = versionless(frame["object"])
    group, version, plural = ("/" + frame["resource"]).rsplit("/", 2)
    place = frame["resource"], key(obj)
    of = {name: value for name, value in zip(("namespace", "name"), key(obj), strict=True) if value}
    change: Object = {
        "apiVersion": "action.kwok.x-k8s.io/v1alpha1",
        "kind": "ResourcePatch",
        "resource": {"group": group.strip("/"), "version": version, "resource": plural},
        "target": of,
        "durationNanosecond": after_ns,
    }
    if frame["type"] == "DELETED":
        known.pop(place, None)
        return {**change, "method": "delete"}
    before = known.get(place)
    known[place] = obj
    if before is None:
        return {**change, "method": "create", "template": obj}
    return {**change, "method": "patch", "template": difference(before, obj, fields_of(obj["apiVersion"], obj["kind"]))}


def _as_before_0_7(change: Object) -> Object:
    """The form that kwok wrote first."""
    method = change["method"]
    old = {
        "apiVersion": "kwok.x-k8s.io/internal",
        "kind": "ResourcePatch",
        "target": {"type": change["resource"], **change["target"]},
        "durationNanosecond": change["durationNanosecond"],
    }
    if method == "delete":
        return {**old, "delete": True}
    return {**old, **({"create": True} if method == "create" else {}), "patch": change["template"]}


def difference(old: Object, new: Object, fields: Fields) -> Object:
    """A two-way strategic merge patch from old to new."""
    patch: Object = {name: None for name in old if name not in new}
    for name, value in new.items():
        before, how = old.get(name), fields.get(name, {})
        if before == value:
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            patch[name] = difference(before, value, how if not isinstance(how, Merged) else {})
        elif isinstance(before, list) and isinstance(value, list) and isinstance(how, Merged):
            patch |= _list_difference(name, before, value, how)
        else:
            patch[name] = value
    return patch


def _list_difference(name: str, old: list[Any], new: list[Any], how: Merged) -> Object:
    if not how.key:
        gone = [item for item in old if item not in new]
        return {
            name: [item for item in new if item not in old],
            f"$setElementOrder/{name}": new,
            **({f"$deleteFromPrimitiveList/{name}": gone} if gone else {}),
        }
    olds = {item[how.key]: item for item in old}
    news = {item[how.key]: item for item in new}
    items = [
        {how.key: at, **difference(olds[at], item, how.fields)} if at in olds else item
        for at, item in news.items()
        if olds.get(at) != item
    ]
    items += [{"$patch": "delete", how.key: at} for at in olds if at not in news]
    return {name: items, f"$setElementOrder/{name}": [{how.key: at} for at in news]}


def states(lines: Iterable[Frame]) -> list[tuple[float, str, tuple[str, str], Object | None]]:
    """Each change in order: when, of what, and the object then; None where it went."""
    return [
        (frame["ts"], frame["resource"], key(frame["object"]), None if frame["type"] == "DELETED" else frame["object"])
        for frame in lines
        if frame["kind"] == "event"
    ]
