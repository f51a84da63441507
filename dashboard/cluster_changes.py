"""The HTTP API's part that alters which clusters there are: for staff, and only from a page of this site.

A kubeconfig comes in and never goes out: it is read into an access, which is sealed. No answer and no log line has any
of it but names and the server's address.
"""

from __future__ import annotations

from typing import Annotated, Literal

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.views.decorators.csrf import csrf_protect
from ninja import Path, Query, Schema, Status
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from pydantic import Field, SecretStr, StringConstraints

from dashboard.cluster_api import ClusterOut, clusters, told
from dashboard.clusters import sealer
from dashboard.problems import ProblemOut
from dashboard.staff import spend_check, staff
from visualizer.following import adding, checking
from visualizer.following.adding import LEAST_SECONDS
from visualizer.following.checking import Checked, NotKubernetes
from visualizer.kube import grants, kubeconfig
from visualizer.kube.access import Access, CredentialsError, KubeconfigError
from visualizer.kube.documents import MAX_UPLOAD_BYTES
from visualizer.kube.transport import ApiError, Unreachable
from visualizer.models import Cluster

__all__ = ["clusters"]

Slug = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80, description="A cluster's name in addresses.")]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
PollSeconds = Annotated[int, Field(ge=LEAST_SECONDS, le=86_400)]
Kubeconfig = Annotated[SecretStr, Field(max_length=MAX_UPLOAD_BYTES, description="A kubeconfig's text, YAML or JSON.")]


class KubeconfigIn(Schema):
    """A kubeconfig. It may hold tokens and ``*-data`` only: no programs, no files."""

    kubeconfig: Kubeconfig


class AccessIn(KubeconfigIn):
    """A context of a kubeconfig; its current one where none is named."""

    context: str | None = Field(default=None, max_length=1_000)


class ClusterIn(AccessIn):
    """A cluster to be followed, and what it is to be called. ``poll_seconds``: as in :class:`SettingsIn`."""

    name: Name
    poll_seconds: PollSeconds | None = None


class SettingsIn(Schema):
    """What is to be altered of a cluster; what is not given stays. Its addresses stay, too.

    ``poll_seconds``: it is listed so often, and not watched; null to watch it. ``keep_seconds`` and ``keep_bytes``: how
    much of its log is kept; null for as much as the site's settings say.
    """

    name: Name | None = None
    poll_seconds: PollSeconds | None = None
    keep_seconds: int | None = Field(default=None, ge=60, le=3_650 * 86_400)
    keep_bytes: int | None = Field(default=None, ge=1 << 20, le=1 << 50)


class ContextOut(Schema):
    """A context of a kubeconfig. ``problem`` says why it cannot be taken; it is empty where it can."""

    name: str
    server: str
    user: str
    namespace: str
    is_current: bool
    problem: str


class PermissionOut(Schema):
    """Whether a resource may be read in all namespaces. ``denied`` are verbs.

    Custom resources are not ``is_granted`` by ``deploy/rbac.yaml``. ``only_in_namespace``: it may be read in the
    namespace of the context, which is not enough.
    """

    resource: str
    denied: list[Literal["get", "list", "watch"]]
    only_in_namespace: bool
    is_granted: bool


class CheckOut(Schema):
    """What a cluster said of itself. ``rules`` is YAML: what to add to the ClusterRole of ``deploy/rbac.yaml``.

    ``connected_to`` is the server's address, and ``through`` that of the proxy, or empty. ``missing`` are API groups
    whose servers do not answer. Where ``may_ask`` is false, nothing is known of the permissions.
    """

    connected_to: str
    through: str
    server_version: str
    warnings: list[str]
    may_ask: bool
    permissions: list[PermissionOut]
    denied_paths: list[str]
    missing: dict[str, str]
    rules: str


REFUSALS = {400: ProblemOut, 403: ProblemOut, 422: ProblemOut}


@clusters.post("/contexts", response={200: list[ContextOut], **REFUSALS}, auth=staff)
@decorate_view(csrf_protect)
def list_contexts(request: HttpRequest, body: KubeconfigIn) -> list[kubeconfig.Choice]:
    """The contexts of a kubeconfig. Nothing is connected to, and nothing is kept. It needs the CSRF token."""
    try:
        return kubeconfig.choices(body.kubeconfig.get_secret_value())
    except KubeconfigError as error:
        raise HttpError(400, str(error)) from error


@clusters.post("/check", response={200: CheckOut, **REFUSALS, 429: ProblemOut, 502: ProblemOut}, auth=staff)
@decorate_view(csrf_protect)
def check_cluster(request: HttpRequest, body: AccessIn) -> dict[str, object]:
    """Connect to a cluster and ask what may be read there. Nothing is kept. It needs the CSRF token."""
    access = _access(body)
    checked = _check(request, access)
    return {
        "connected_to": access.server,
        "through": access.proxy_url or "",
        "server_version": checked.server_version,
        "warnings": checked.warnings,
        "may_ask": checked.may_ask,
        "permissions": checked.permissions,
        "denied_paths": checked.denied_paths,
        "missing": checked.missing,
        "rules": grants.as_yaml(checked.lacking),
    }


@clusters.post(
    "", response={201: ClusterOut, **REFUSALS, 409: ProblemOut, 429: ProblemOut, 502: ProblemOut}, auth=staff
)
@decorate_view(csrf_protect)
def add_cluster(request: HttpRequest, body: ClusterIn) -> Status[dict[str, object]]:
    """Check a cluster, and follow it from now on. It needs the CSRF token."""
    if Cluster.objects.filter(name=body.name).exists():
        raise HttpError(409, f"There is a cluster “{body.name}” already. Choose another name.")
    access = _access(body)
    checked = _check(request, access)
    try:
        cluster = adding.add(body.name, access, sealer(), uid=checked.uid, poll_seconds=body.poll_seconds)
    except adding.NameTaken as error:
        raise HttpError(409, str(error)) from error
    return Status(201, told(cluster))


@clusters.patch("/{slug}", response={200: ClusterOut, **REFUSALS, 404: ProblemOut, 409: ProblemOut}, auth=staff)
@decorate_view(csrf_protect)
def alter_cluster(request: HttpRequest, slug: Slug, body: SettingsIn) -> dict[str, object]:
    """Call a cluster by another name, read it in another way, or keep more or less of it. It needs the CSRF token."""
    cluster, given = _find(slug), body.model_fields_set
    try:
        if body.name is not None:
            adding.rename(cluster, body.name)
    except adding.NameTaken as error:
        raise HttpError(409, str(error)) from error
    if "poll_seconds" in given:
        adding.read_every(cluster, body.poll_seconds)
    kept = {name: getattr(body, name) for name in given & {"keep_seconds", "keep_bytes"}}
    if kept:
        Cluster.objects.filter(pk=cluster.pk).update(**kept)
    return told(_find(slug))


@clusters.put(
    "/{slug}/access",
    response={200: ClusterOut, **REFUSALS, 404: ProblemOut, 409: ProblemOut, 429: ProblemOut, 502: ProblemOut},
    auth=staff,
)
@decorate_view(csrf_protect)
def give_access(request: HttpRequest, slug: Slug, body: AccessIn) -> dict[str, object]:
    """Reach a cluster by other credentials from now on. They must lead to the same cluster. It needs the CSRF token."""
    cluster, access = _find(slug), _access(body)
    checked = _check(request, access)
    try:
        return told(adding.give_access(cluster, access, sealer(), uid=checked.uid))
    except adding.OtherCluster as error:
        raise HttpError(409, str(error)) from error


@clusters.delete("/{slug}", response={204: None, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut}, auth=staff)
@decorate_view(csrf_protect)
def remove_cluster(
    request: HttpRequest,
    slug: Slug,
    with_log: Annotated[bool, Query(description="Whether what was seen of it is to go too.")] = False,
) -> Status[None]:
    """Follow a cluster no more, and forget its credentials. It needs the CSRF token."""
    adding.remove(_find(slug), with_log=with_log)
    return Status(204, None)


def _find(slug: str) -> Cluster:
    found = Cluster.objects.filter(slug=slug).select_related("log").first()
    if found is None:
        raise HttpError(404, f"There is no cluster “{slug}”.")
    return found


def _access(body: AccessIn) -> Access:
    try:
        return kubeconfig.parse_uploaded(body.kubeconfig.get_secret_value(), body.context or None)
    except KubeconfigError as error:
        raise HttpError(400, str(error)) from error


def _check(request: HttpRequest, access: Access) -> Checked:
    spend_check(request)
    try:
        return async_to_sync(checking.check)(access)
    except (ApiError, Unreachable, NotKubernetes, CredentialsError) as error:
        raise HttpError(502, f"{str(error).removesuffix('.')}.") from error
