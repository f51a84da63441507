"""Adding a cluster: it is asked what may be read there, and kept with its credentials sealed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import msgspec
from django.utils.text import slugify
from msgspec import Struct, field

from visualizer.kube.access import Access, to_json
from visualizer.kube.credentials import Credentials
from visualizer.kube.discovery import discover, server_version
from visualizer.kube.sealing import Sealer
from visualizer.kube.transport import Transport
from visualizer.models import Cluster

REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
REVIEWS_AT_ONCE: Final = 8
VERBS: Final = ("list", "watch")


@dataclass(frozen=True)
class Permission:
    """Whether one resource may be listed and watched in all namespaces, as the API server's authorizer says."""

    resource: str
    denied: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What a cluster said of itself. ``missing`` are groups whose servers do not answer, with why."""

    server_version: str
    permissions: tuple[Permission, ...]
    missing: dict[str, str]


class _ReviewStatus(Struct):
    allowed: bool = False


class _Review(Struct):
    status: _ReviewStatus = field(default_factory=_ReviewStatus)


async def check(access: Access) -> Checked:
    """Ask the cluster.

    Raises :class:`visualizer.kube.transport.ApiError`, :class:`visualizer.kube.transport.Unreachable` and
    :class:`visualizer.kube.access.CredentialsError`.
    """
    async with transport_to(access) as transport:
        version = await server_version(transport)
        found = await discover(transport)
        turn = asyncio.Semaphore(REVIEWS_AT_ONCE)

        async def review(resource: str) -> Permission:
            async with turn:
                denied = [verb for verb in VERBS if not await _may(transport, resource, verb)]
            return Permission(resource, tuple(denied))

        permissions = await asyncio.gather(*map(review, sorted(found.resources)))
        return Checked(version, tuple(permissions), found.missing)


def transport_to(access: Access, credentials: Credentials | None = None) -> Transport:
    """A transport to the cluster of this access, as its user; the credentials are made, or those of an earlier one."""
    shown = credentials or Credentials(access)
    return Transport(access.server, shown, proxy=access.proxy_url, server_name=access.tls_server_name)


def save(name: str, access: Access, sealer: Sealer) -> Cluster:
    """Keep the cluster, or the new access of one that is there."""
    fields = {
        "server": access.server,
        "is_insecure": access.insecure_skip_tls_verify,
        "access": sealer.seal(to_json(access)),
    }
    cluster, _ = Cluster.objects.update_or_create(
        name=name, defaults=fields, create_defaults={**fields, "slug": free_cluster_slug(name)}
    )
    return cluster


def free_cluster_slug(name: str) -> str:
    """A slug for a cluster of this name that no other has."""
    wanted = slugify(name)[:70] or "cluster"
    taken = set(Cluster.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


async def _may(transport: Transport, resource: str, verb: str) -> bool:
    *group, version, plural = resource.split("/")
    attributes = {"group": "".join(group), "version": version, "resource": plural, "verb": verb}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return msgspec.json.decode(await transport.post(REVIEWS, body), type=_Review).status.allowed
