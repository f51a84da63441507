"""Versions: the API server's, the kubelets', and whether the version skew policy allows them together.

A kubelet must not be newer than the API server, and may be three minor versions older; one before 1.25 only two
(https://kubernetes.io/releases/version-skew-policy/#kubelet). Nodes are listed from the server's cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Struct, field

from visualizer.kube.discovery import server_version
from visualizer.kube.polls.asking import Asked, refused
from visualizer.kube.polls.pages import iter_pages
from visualizer.kube.polls.results import KubeletVersion, Outcome, Versions
from visualizer.kube.transport import ApiError, Transport

MOST_NAMES: Final = 20
MINORS_OLDER: Final = 3
MINORS_OLDER_BEFORE_25: Final = 2

_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")


class _Metadata(Struct):
    name: str


class _NodeInfo(Struct):
    kubeletVersion: str = ""


class _Status(Struct):
    nodeInfo: _NodeInfo = field(default_factory=_NodeInfo)


class _Node(Struct):
    metadata: _Metadata
    status: _Status = field(default_factory=_Status)


_nodes: Final = msgspec.json.Decoder(_Node)


async def ask(asked: Asked) -> Outcome:
    """The versions; failing where a kubelet's is one that the policy forbids."""
    server = await server_version(asked.transport)
    try:
        kubelets = await _kubelets(asked.transport)
    except ApiError as error:
        outcome = refused(error)
        return Outcome(outcome.state, outcome.problem, Versions(server, [], 0))
    found = compare(server, kubelets)
    if not found.unsupported_nodes:
        return Outcome("ok", result=found)
    wrong = ", ".join(kubelet.version for kubelet in found.kubelets if kubelet.is_supported is False)
    problem = f"Kubelets of {wrong} do not go with an API server of {server}: {found.unsupported_nodes} nodes."
    return Outcome("failing", problem, found)


async def _kubelets(transport: Transport) -> dict[str, str]:
    """Each node's kubelet version."""
    found: dict[str, str] = {}
    async for page in iter_pages(transport, "/api/v1/nodes", {"resourceVersion": "0"}):
        for node in map(_nodes.decode, page.items):
            found[node.metadata.name] = node.status.nodeInfo.kubeletVersion
    return found


def compare(server: str, kubelets: Mapping[str, str]) -> Versions:
    """The kubelets' versions by node, held against the server's."""
    by_version: dict[str, list[str]] = {}
    for node, version in sorted(kubelets.items()):
        by_version.setdefault(version, []).append(node)
    found = [_describe(server, version, nodes) for version, nodes in by_version.items()]
    found.sort(key=lambda kubelet: _parsed(kubelet.version) or (0, 0), reverse=True)
    return Versions(server, found, _count(kubelet for kubelet in found if kubelet.is_supported is False))


def _describe(server: str, version: str, nodes: list[str]) -> KubeletVersion:
    behind, is_supported = _skew(_parsed(server), _parsed(version))
    return KubeletVersion(version, len(nodes), nodes[:MOST_NAMES], behind, is_supported)


def _skew(server: tuple[int, int] | None, kubelet: tuple[int, int] | None) -> tuple[int | None, bool | None]:
    """How many minor versions the kubelet is older, and whether that may be; None for what cannot be told."""
    if server is None or kubelet is None or server[0] != kubelet[0]:
        return None, None
    behind = server[1] - kubelet[1]
    allowed = MINORS_OLDER if kubelet[1] >= 25 else MINORS_OLDER_BEFORE_25
    return behind, 0 <= behind <= allowed


def _count(kubelets: Iterable[KubeletVersion]) -> int:
    return sum(kubelet.nodes for kubelet in kubelets)


def _parsed(version: str) -> tuple[int, int] | None:
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2])) if found else None
