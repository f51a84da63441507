"""Adding a cluster, and what is altered of it later: its name, its credentials (kept sealed), and that it is there."""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from visualizer.kube.access import Access, to_json
from visualizer.kube.credentials import Credentials
from visualizer.kube.sealing import Sealer
from visualizer.kube.transport import BURST, Transport
from visualizer.models import Cluster, Log

RECORDING_ORDER: Final = 1000
"""Where a log stands among the recordings that are not shipped: the newest first."""

RESERVED_SLUGS: Final = frozenset({"add", "check", "contexts"})
"""They mean something else in addresses."""

LEAST_SECONDS: Final = 10
"""No cluster is listed more often than this: a list of everything is what costs an API server most."""


class NameTaken(Exception):
    """Another cluster has this name."""


class OtherCluster(Exception):
    """The credentials lead to another cluster than the one they were given for. Its log must stay one cluster's."""


def transport_to(access: Access, credentials: Credentials | None = None, *, burst: int = BURST) -> Transport:
    """A transport to the cluster of this access, as its user; the credentials are made, or those of an earlier one."""
    shown = credentials or Credentials(access)
    return Transport(access.server, shown, proxy=access.proxy_url, server_name=access.tls_server_name, burst=burst)


def save(name: str, access: Access, sealer: Sealer, *, uid: str = "") -> Cluster:
    """Keep the cluster, or the new access of one of this name. Raises :class:`OtherCluster`."""
    found = Cluster.objects.filter(name=name).first()
    return give_access(found, access, sealer, uid=uid) if found else add(name, access, sealer, uid=uid)


def add(name: str, access: Access, sealer: Sealer, *, uid: str = "", poll_seconds: int | None = None) -> Cluster:
    """Keep a cluster. ``uid``, where it is known, tells it from others later. Raises :class:`NameTaken`.

    With ``poll_seconds`` it is not watched, but listed so often.
    """
    fields = {**_fields_of(access, sealer), **_reading(poll_seconds), "uid": uid}
    try:
        with transaction.atomic():
            return Cluster.objects.create(name=name, slug=free_cluster_slug(name), **fields)
    except IntegrityError as error:
        raise NameTaken(f"There is a cluster “{name}” already. Choose another name.") from error


def give_access(cluster: Cluster, access: Access, sealer: Sealer, *, uid: str = "") -> Cluster:
    """Reach the cluster by this from now on; who follows it begins to within seconds. Raises :class:`OtherCluster`."""
    if uid and cluster.uid and uid != cluster.uid:
        raise OtherCluster(
            f"These credentials lead to another cluster than “{cluster.name}”: its Namespace kube-system has another "
            "uid. Add it under a name of its own, or remove the old one first."
        )
    fields = {**_fields_of(access, sealer), **({"uid": uid} if uid else {})}
    Cluster.objects.filter(pk=cluster.pk).update(**fields)
    cluster.refresh_from_db()
    return cluster


def read_every(cluster: Cluster, poll_seconds: int | None) -> None:
    """List the cluster so often and do not watch it; with None, watch it."""
    Cluster.objects.filter(pk=cluster.pk).update(**_reading(poll_seconds))


def rename(cluster: Cluster, name: str) -> Cluster:
    """Call the cluster, and its log, by another name. Addresses stay. Raises :class:`NameTaken`."""
    try:
        with transaction.atomic():
            Cluster.objects.filter(pk=cluster.pk).update(name=name)
            Log.objects.filter(cluster=cluster).update(title=name, name=name)
    except IntegrityError as error:
        raise NameTaken(f"There is a cluster “{name}” already. Choose another name.") from error
    cluster.refresh_from_db()
    return cluster


def remove(cluster: Cluster, *, with_log: bool) -> None:
    """Forget a cluster and its credentials. What was seen of it stays, as a recording, unless it is to go too."""
    log = cluster.log
    with transaction.atomic():
        cluster.delete()
        if log is not None and with_log:
            log.delete()
        elif log is not None:
            Log.objects.filter(pk=log.pk).update(is_live=False, order=RECORDING_ORDER)


def free_cluster_slug(name: str) -> str:
    """A slug for a cluster of this name that no other has."""
    wanted = slugify(name)[:70] or "cluster"
    taken = {*RESERVED_SLUGS, *Cluster.objects.filter(slug__startswith=wanted).values_list("slug", flat=True)}
    return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _reading(poll_seconds: int | None) -> dict[str, object]:
    return {"is_polled": False} if poll_seconds is None else {"is_polled": True, "poll_seconds": poll_seconds}


def _fields_of(access: Access, sealer: Sealer) -> dict[str, object]:
    return {
        "server": access.server,
        "is_insecure": access.insecure_skip_tls_verify,
        "access": sealer.seal(to_json(access)),
    }
