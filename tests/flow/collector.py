"""A collector of traces in small: takes OTLP over HTTP, and decodes it as opentelemetry-proto has it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


class Collector:
    """What it was sent. ``status`` and ``answer`` are what it says to each request."""

    def __init__(self) -> None:
        self.url = ""
        self.paths: list[str] = []
        self.requests: list[ExportTraceServiceRequest] = []
        self.status, self.answer = 200, b"{}"

    def spans(self) -> dict[str, Span]:
        """Every span by name, the service's name before it."""
        found = {}
        for request in self.requests:
            for of_service in request.resource_spans:
                facts = {each.key: each.value.string_value for each in of_service.resource.attributes}
                for scope in of_service.scope_spans:
                    found |= {f"{facts['service.name']}: {span.name}": span for span in scope.spans}
        return found


def decode(body: bytes) -> ExportTraceServiceRequest:
    """The request in this JSON. Raises for a field or a value that the protobuf definition does not have.

    OTLP writes ids in hexadecimal where protobuf's own JSON has base64: the only difference.
    """
    return json_format.ParseDict(_with_base64(json.loads(body)), ExportTraceServiceRequest())


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens while the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/json"
            collector.paths.append(self.path)
            collector.requests.append(decode(body))
            self.send_response(collector.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(collector.answer)))
            self.end_headers()
            self.wfile.write(collector.answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _with_base64(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_base64(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(each)).decode() if key in _IDS else _with_base64(each)
        for key, each in value.items()
    }
