"""Refusals, in the words of the real server: https://kubernetes.io/docs/reference/using-api/api-concepts/#api-status."""

from __future__ import annotations

from typing import Any

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


def failure(
    code: int,
    message: str,
    *,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A Status that tells of a failure; a reason of "" is left out, none is the usual one for the code."""
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": metadata or {}, "status": "Failure"}
    status["message"] = message
    if shown := REASONS.get(code, "") if reason is None else reason:
        status["reason"] = shown
    if details is not None:
        status["details"] = details
    return {**status, "code": code}


class Refusal(Exception):
    """A request is answered with a failure."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        reason: str | None = None,
        details: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        self.status = failure(code, message, reason=reason, details=details, metadata=metadata)


class NoSuchPath(Exception):
    """No group, version or resource is served here: the answer is plain text, not a Status."""


def object_details(group: str, resource: str, name: str = "") -> dict[str, Any]:
    """``details`` of a Status: which object it is about."""
    details = {"name": name, "group": group, "kind": resource}
    return {key: value for key, value in details.items() if value}


def not_found(group: str, resource: str, name: str) -> Refusal:
    """There is no such object."""
    qualified = f"{resource}.{group}" if group else resource
    return Refusal(404, f'{qualified} "{name}" not found', details=object_details(group, resource, name))


def already_exists(group: str, resource: str, name: str) -> Refusal:
    """There is one of that name already."""
    qualified = f"{resource}.{group}" if group else resource
    details = object_details(group, resource, name)
    return Refusal(409, f'{qualified} "{name}" already exists', reason="AlreadyExists", details=details)


def conflict(group: str, resource: str, name: str) -> Refusal:
    """A write was made from an older version."""
    qualified = f"{resource}.{group}" if group else resource
    message = (
        f'Operation cannot be fulfilled on {qualified} "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    return Refusal(409, message, details=object_details(group, resource, name))


def invalid_list_options(message: str) -> Refusal:
    """The query of a list or watch contradicts itself."""
    details = {"group": "meta.k8s.io", "kind": "ListOptions"}
    return Refusal(422, f'ListOptions.meta.k8s.io "" is invalid: {message}', details=details)


def too_large_version(asked: int, current: int) -> Refusal:
    """A list that is to be no older than a version that has not come yet."""
    message = f"Too large resource version: {asked}, current: {current}"
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return Refusal(504, message, details={"causes": causes, "retryAfterSeconds": 1}, retry_after=1)
