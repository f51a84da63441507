"""Kept: which objects the log of a cluster has by now, and in which version, to be held against the cluster's own."""

from __future__ import annotations

from visualizer.kube.polls.asking import Kept
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Cluster


async def kept_objects(cluster_id: int) -> dict[str, Kept]:
    """Of each resource that was read, how far, and its objects; nothing where the cluster has no log yet."""
    return await in_thread(lambda: _read(cluster_id))


def _read(cluster_id: int) -> dict[str, Kept]:
    """One query gives the versions and the log's end, which are written together (following/feed.py)."""
    cluster = Cluster.objects.select_related("log").get(pk=cluster_id)
    if cluster.log is None:
        return {}
    reader = Reader(cluster.log)
    store = reader.seek(cluster.log.last_seq).store
    found = {}
    for name, version in cluster.versions.items():
        if name in reader.resources:
            entries = store.entries(name)
            objects = {
                key: (entry.object.metadata.uid, entry.object.metadata.resource_version)
                for key, entry in entries.items()
            }
            found[name] = Kept(version, reader.resources[name].path, objects)
    return found
