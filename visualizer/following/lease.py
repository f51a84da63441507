"""Leases: each cluster is followed by one watcher, and by another within ten seconds of its death.

A lease is two columns of the cluster's row, altered by one conditional update, so that any database will do. Clocks of
the watchers' machines must agree within a second or two, as those of a cluster's nodes must.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from visualizer.models import Cluster

LEASE_SECONDS: Final = 7.0
RENEW_SECONDS: Final = 2.0


class LostLease(RuntimeError):
    """Another watcher holds the cluster by now: this one must not write any more."""


def holder_name() -> str:
    """A name for a watcher that no other has."""
    return f"{socket.gethostname()[:60]}/{os.getpid()}/{secrets.token_hex(4)}"


def may_take(holder: str) -> list[Cluster]:
    """The clusters that are to be watched, and that this holder has, or nobody holds at present."""
    return list(Cluster.objects.filter(_may_be_taken_by(holder), is_polled=False))


def take(cluster_id: int, holder: str) -> bool:
    """Take the lease if it is free or ours, or renew it; whether it is ours now."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    return Cluster.objects.filter(_may_be_taken_by(holder), pk=cluster_id).update(holder=holder, held_until=until) == 1


def give_back(cluster_ids: Iterable[int], holder: str) -> None:
    """Let others have them at once."""
    Cluster.objects.filter(pk__in=list(cluster_ids), holder=holder).update(holder="", held_until=None)


def write_held(cluster_id: int, holder: str, **fields: object) -> None:
    """Alter the cluster's row as its holder. Raises :class:`LostLease` where it is not ours; call in a transaction."""
    if Cluster.objects.filter(pk=cluster_id, holder=holder).update(**fields) != 1:
        raise LostLease(f"another watcher holds the cluster {cluster_id}")


def _may_be_taken_by(holder: str) -> Q:
    return Q(holder="") | Q(holder=holder) | Q(held_until__lt=timezone.now())
