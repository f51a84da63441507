"""Checking a cluster before it is kept: does it answer, which version is it, what may be read there, what is amiss.

Nothing of this is kept. What is asked: ``/version``, discovery, the uid of the Namespace kube-system (which tells one
cluster from another), and the reviews of :mod:`visualizer.kube.reviews`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from visualizer.following.adding import transport_to
from visualizer.kube import certificates, grants
from visualizer.kube.access import Access
from visualizer.kube.discovery import Discovered, discover, server_version
from visualizer.kube.grants import PATHS, Question, Rule
from visualizer.kube.reviews import Reviews
from visualizer.kube.transport import ApiError, Transport, Unreachable

NAMESPACE: Final = "/api/v1/namespaces/kube-system"
CHECK_SECONDS: Final = 60.0
CHECK_REQUESTS: Final = 400
"""So many are asked at once, eight at a time, because somebody waits: some two hundred are usual. Others are paced."""
EXPIRES_SOON_DAYS: Final = 14


@dataclass(frozen=True)
class Permission:
    """Whether one resource may be read in all namespaces, as the API server's authorizer says.

    ``denied`` are the verbs that may not be used. ``only_in_namespace`` says that they may be used in the namespace of
    the context, which is not enough. ``is_granted`` says that ``deploy/rbac.yaml`` has it: custom resources it has not.
    """

    resource: str
    denied: tuple[str, ...]
    only_in_namespace: bool = False
    is_granted: bool = True

    @property
    def is_readable(self) -> bool:
        """Whether it can be followed, which takes list and watch."""
        return not {"list", "watch"} & set(self.denied)


@dataclass(frozen=True)
class Checked:
    """What a cluster said of itself. ``missing`` are groups whose servers do not answer, with why.

    ``uid`` is that of its Namespace kube-system, empty where that may not be read. ``lacking`` are the rules to add to
    the ClusterRole of ``deploy/rbac.yaml`` so that nothing is denied. Where the cluster does not let this user ask
    (``may_ask`` is False), nothing is known of the permissions. ``warnings`` are sentences.
    """

    server_version: str
    uid: str
    permissions: tuple[Permission, ...]
    denied_paths: tuple[str, ...]
    missing: dict[str, str]
    lacking: tuple[Rule, ...]
    warnings: tuple[str, ...]
    may_ask: bool = True


class NotKubernetes(Exception):
    """Something answers there, but not as a Kubernetes API server does. What it said is not told."""


class _Metadata(Struct):
    uid: str = ""


class _Namespace(Struct):
    metadata: _Metadata = field(default_factory=_Metadata)


async def check(access: Access, *, clock: Callable[[], float] = time.time) -> Checked:
    """Ask the cluster.

    Raises :class:`visualizer.kube.transport.ApiError`, :class:`visualizer.kube.transport.Unreachable`,
    :class:`visualizer.kube.access.CredentialsError` and :class:`NotKubernetes`.
    """
    try:
        async with asyncio.timeout(CHECK_SECONDS), transport_to(access, burst=CHECK_REQUESTS) as transport:
            return await _check(access, transport, clock())
    except msgspec.DecodeError as error:
        raise NotKubernetes(_not_kubernetes(access)) from error
    except ApiError as error:
        if error.reason or error.status in {401, 403}:
            raise
        raise NotKubernetes(f"{_not_kubernetes(access)} It answered with status {error.status}.") from error
    except TimeoutError as error:
        message = f"{access.server} did not answer all questions in {CHECK_SECONDS:.0f} seconds"
        raise Unreachable(message) from error


async def _check(access: Access, transport: Transport, now: float) -> Checked:
    version = await server_version(transport)
    if not version:
        raise NotKubernetes(_not_kubernetes(access))
    found, uid = await discover(transport), await _uid(transport)
    asked = grants.questions(found.resources, found.groups)
    warnings = tuple(find_warnings(access, now=now))
    try:
        return await _review(access, Reviews(transport), found, asked, Checked(version, uid, (), (), {}, (), warnings))
    except ApiError as error:
        if error.status != 403:
            raise
        lacking = tuple(grants.lacking({}, may_ask=False))
        return Checked(version, uid, (), (), found.missing, lacking, warnings, may_ask=False)


async def _review(
    access: Access, reviews: Reviews, found: Discovered, asked: list[Question], so_far: Checked
) -> Checked:
    denied, paths = await reviews.denied(asked), await reviews.denied_paths(PATHS)
    here = await reviews.allowed_in(access.namespace, denied) if any(denied.values()) else set()
    permissions = tuple(
        Permission(question.resource, verbs, question in here, question.is_granted)
        for question, verbs in denied.items()
    )
    return Checked(
        server_version=so_far.server_version,
        uid=so_far.uid,
        permissions=permissions,
        denied_paths=paths,
        missing=found.missing,
        lacking=tuple(grants.lacking(denied, paths)),
        warnings=so_far.warnings,
    )


def find_warnings(access: Access, *, now: float) -> list[str]:
    """What is amiss with the way to this cluster, though it works. ``now`` is in unix seconds."""
    found: list[str] = []
    if access.server.startswith("http://"):
        found.append(
            "The connection is not encrypted (http): whoever is in between can read along, credentials included."
        )
    if access.insecure_skip_tls_verify:
        found.append("The server's certificate is not verified: whoever is in between can read along.")
    if access.proxy_url:
        found.append(f"The cluster is reached through the proxy {urlsplit(access.proxy_url).hostname}.")
    if access.authentication is None and access.client_certificate is None:
        found.append("The context has no credentials: the cluster is asked as system:anonymous.")
    if access.client_certificate is not None:
        until = certificates.end(access.client_certificate.certificate, whose=access.user)
        days = (until - datetime.fromtimestamp(now, UTC)).days
        if days < EXPIRES_SOON_DAYS:
            found.append(
                f"The client certificate runs out on {until:%Y-%m-%d at %H:%M} UTC. Then new credentials are needed."
            )
    return found


async def _uid(transport: Transport) -> str:
    """Which cluster this is; empty where that may not be read."""
    try:
        return msgspec.json.decode(await transport.get(NAMESPACE), type=_Namespace).metadata.uid
    except ApiError:
        return ""


def _not_kubernetes(access: Access) -> str:
    return f"{access.server} does not answer as a Kubernetes API server does. Look at the server's address."
