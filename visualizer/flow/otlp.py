"""Traces for OpenTelemetry: the same trees in the shape of OTLP, as JSON, which Jaeger, Tempo and others take in.

One span for each write: it begins with the write that woke it and ends when it was made, so that it shows how long its
component took. The root's span is the whole trace. A service is a component. Ids follow from the log and the frames,
so that the same trace sent twice is the same trace. The shape is that of ``ExportTraceServiceRequest`` in
opentelemetry-proto 1.x, in its JSON form (ids in hexadecimal, nanoseconds as text, enums as numbers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from visualizer.flow.tree import TracedWrite, Tree

_INTERNAL: Final = 1
"""``SPAN_KIND_INTERNAL``."""

_SCOPE: Final = "orrery"
_NANOS: Final = 1_000_000_000

_Json = dict[str, Any]


def export(trees: Iterable[Tree], *, log: str) -> _Json:
    """These traces of the log of this name as one request."""
    spans: dict[str, list[_Json]] = {}
    for tree in trees:
        for write in tree.writes:
            spans.setdefault(_service(write.component), []).append(_span(tree, write, log))
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": service, "service.namespace": log})},
                "scopeSpans": [{"scope": {"name": _SCOPE}, "spans": of_service}],
            }
            for service, of_service in spans.items()
        ]
    }


def trace_id(log: str, root: int) -> str:
    """The trace's id, in hexadecimal: it follows from the log's name and the root's frame."""
    return hashlib.sha256(f"orrery\0{log}\0{root}".encode()).hexdigest()[:32]


def span_id(log: str, seq: int) -> str:
    """The id of the span of this frame, in hexadecimal."""
    return hashlib.sha256(f"orrery\0{log}\0span\0{seq}".encode()).hexdigest()[:16]


def _span(tree: Tree, write: TracedWrite, log: str) -> _Json:
    is_root = write.seq == tree.seq
    parent = write.parent or (0 if is_root else tree.seq)
    span: _Json = {
        "traceId": trace_id(log, tree.seq),
        "spanId": span_id(log, write.seq),
        "name": write.text,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanos(write.ts - write.lag_s),
        "endTimeUnixNano": _nanos(max(tree.last, write.ts) if is_root else write.ts),
        "attributes": _attributes(_facts(write)),
        "events": [
            {
                "timeUnixNano": _nanos(event.ts),
                "name": event.reason or "Event",
                "attributes": _attributes({"message": event.message, "orrery.component": event.component}),
            }
            for event in write.events
        ],
        "links": _links(write, log),
    }
    return span | ({"parentSpanId": span_id(log, parent)} if parent else {})


def _links(write: TracedWrite, log: str) -> Sequence[_Json]:
    """What a root rests on. It is a write of another trace, which is named after itself here."""
    if not write.follows:
        return []
    link = {"traceId": trace_id(log, write.follows), "spanId": span_id(log, write.follows)}
    return [link | {"attributes": _attributes({"orrery.link": "follows"})}]


def _facts(write: TracedWrite) -> Mapping[str, str | int | float]:
    facts: dict[str, str | int | float] = {
        "k8s.object.kind": write.kind,
        "k8s.object.name": write.name,
        "k8s.object.ref": write.ref,
        "k8s.object.verb": write.verb,
        "k8s.object.subresource": write.subresource,
        "k8s.object.resource_version": write.resource_version,
        "k8s.namespace.name": write.namespace,
        "k8s.node.name": write.node,
        "orrery.seq": write.seq,
        "orrery.component": write.component,
        "orrery.cause.rule": write.rule,
        "orrery.cause.certainty": write.certainty,
        "orrery.cause.among": write.among,
        "orrery.cause.lag_seconds": write.lag_s,
        "orrery.writer.rule": write.who_rule,
        "orrery.writer.certainty": write.who_certainty,
        "orrery.marks": ",".join(write.marks),
    }
    return {name: value for name, value in facts.items() if value != ""}


def _attributes(facts: Mapping[str, str | int | float]) -> Sequence[_Json]:
    return [{"key": name, "value": _value(value)} for name, value in facts.items()]


def _value(value: str | float) -> _Json:
    if isinstance(value, str):
        return {"stringValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"doubleValue": value}


def _service(component: str) -> str:
    actor, _, name = component.partition(":")
    return f"kubelet {name}" if actor == "kubelet" else name


def _nanos(seconds: float) -> str:
    return str(round(seconds * _NANOS))
