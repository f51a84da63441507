"""Sends traces to an OpenTelemetry collector: OTLP over HTTP, as JSON (opentelemetry.io/docs/specs/otlp, 1.x).

Jaeger, Tempo and the Collector listen on port 4318, at ``/v1/traces``. What is sent again has the same ids, and is
the same.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

_TIMEOUT_S: Final = 10.0
_ANSWER_BYTES: Final = 1 << 16
_PATH: Final = "/v1/traces"


class OtlpError(OSError):
    """The traces were not taken; the message says why."""


class _NoRedirects(HTTPRedirectHandler):
    """A collector that sends elsewhere is a mistake in the address."""

    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        return None


def send(url: str, request: dict[str, Any]) -> None:
    """Send one request. ``url`` without a path means ``/v1/traces``.

    Raises :class:`OtlpError` for an address that cannot be, a collector that does not answer, and one that refuses.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OtlpError(f"{url} is no address of a collector: write http://localhost:4318{_PATH}.")
    target = parts._replace(path=_PATH).geturl() if parts.path in ("", "/") else url
    post = Request(target, orjson.dumps(request), {"Content-Type": "application/json"})  # noqa: S310 - checked above
    try:
        with build_opener(_NoRedirects).open(post, timeout=_TIMEOUT_S) as answer:
            _check(target, answer.read(_ANSWER_BYTES))
    except HTTPError as error:
        words = error.read(500).decode(errors="replace").strip()
        raise OtlpError(f"{target} refused the traces with {error.code}: {words or error.reason}.") from error
    except (URLError, TimeoutError, OSError) as error:
        if isinstance(error, OtlpError):
            raise
        raise OtlpError(f"{target} cannot be reached: {getattr(error, 'reason', error)}.") from error


def _check(target: str, answer: bytes) -> None:
    """A collector may take some spans and leave others (``partialSuccess``)."""
    try:
        partial = (orjson.loads(answer or b"{}") or {}).get("partialSuccess") or {}
        rejected = int(partial.get("rejectedSpans", 0))
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return  # some answer in protobuf, or with a page: 200 means that the spans were taken
    if rejected:
        why = partial.get("errorMessage") or "it does not say why"
        raise OtlpError(f"{target} did not take {rejected} spans: {why}.")
