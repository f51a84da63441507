"""``/metrics``: a few of the figures a real server tells, of what the stand-in really holds and does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.apiserver.resources import Resource
from tests.apiserver.watching import Watch

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"


def metrics(counts: dict[Resource, int], versions: dict[Resource, int], watches: Iterable[Watch]) -> str:
    """Objects, versions of the watch cache and open watches, by resource, in the text format of Prometheus."""
    open_watches = Counter(watch.resource for watch in watches)
    return "".join(
        [
            *_gauge("apiserver_longrunning_requests", [(_watch(one), count) for one, count in open_watches.items()]),
            *_gauge(
                "apiserver_storage_objects", [({"resource": one.qualified}, count) for one, count in counts.items()]
            ),
            *_gauge("apiserver_watch_cache_resource_version", [(_of(one), told) for one, told in versions.items()]),
        ]
    )


def _gauge(name: str, samples: list[tuple[dict[str, str], int]]) -> list[str]:
    lines = [f"# TYPE {name} gauge\n"]
    for labels, value in samples:
        told = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{{{told}}} {value}\n")
    return lines


def _of(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "resource": resource.name}


def _watch(resource: Resource) -> dict[str, str]:
    return {
        "component": "apiserver",
        "group": resource.group,
        "resource": resource.name,
        "scope": "cluster",
        "subresource": "",
        "verb": "WATCH",
        "version": resource.version,
    }
