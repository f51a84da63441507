"""Making a node's rules: for 5,000 Services of 10 endpoints each, and again after one endpoint changed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import orjson

from bench.figures import Figure
from visualizer.network import EndpointSlice, Service
from visualizer.objects import Node
from visualizer.routing.diagram import RoutingDiagram
from visualizer.routing.rules import Mode
from visualizer.routing.snapshot import Snapshot, store_of

SERVICES = 5_000
ENDPOINTS = 10
NODES = 50
CHANGES = 200
FIRST_LIMIT_S = 2.0
CHANGE_LIMIT_MS = 5.0
MODES: tuple[Mode, ...] = ("iptables", "nftables")


def run(_folder: Path) -> list[Figure]:
    """Both modes on one node, beside what only reading the objects costs."""
    snapshot, reading_s = _cluster()
    figures = []
    for mode in MODES:
        start = time.perf_counter()
        proxy = snapshot.proxy("node-1", mode)
        proxy.ruleset()
        first_s = time.perf_counter() - start
        samples = []
        for number in range(CHANGES):
            piece = msgspec.convert(piece_of(number, f"namespace-{number % 100}", moved=1), EndpointSlice)
            start = time.perf_counter()
            proxy.put(snapshot.services[number], [piece])
            samples.append((time.perf_counter() - start) * 1e3)
        change_ms = statistics.median(samples)
        figures += [
            Figure(
                name=f"{mode} rules of a node, {SERVICES:,} Services × {ENDPOINTS} endpoints, from nothing",
                value=f"{first_s:.2f} s",
                target=f"≤ {FIRST_LIMIT_S:.0f} s",
                met=first_s <= FIRST_LIMIT_S,
                baseline=f"orjson.loads of the objects {reading_s:.2f} s",
                ratio=f"{first_s / reading_s:.1f}",
            ),
            Figure(
                name=f"{mode} rules after one endpoint changed",
                value=f"{change_ms:.2f} ms",
                target=f"≤ {CHANGE_LIMIT_MS:.0f} ms",
                met=change_ms <= CHANGE_LIMIT_MS,
                baseline=f"all of them anew {first_s * 1e3:.0f} ms",
                ratio=f"{change_ms / first_s / 1e3:.5f}",
            ),
        ]
    return [*figures, _diagram(snapshot)]


def _diagram(snapshot: Snapshot) -> Figure:
    """The rows of the whole diagram, built where somebody asks for it."""
    store = store_of(snapshot)
    start = time.perf_counter()
    RoutingDiagram.build(store)
    seconds = time.perf_counter() - start
    return Figure(
        name=f"the routing diagram's rows, {SERVICES:,} Services × {ENDPOINTS} endpoints",
        value=f"{seconds:.2f} s",
        target="—",
        met=None,
    )


def _cluster() -> tuple[Snapshot, float]:
    lines = [orjson.dumps(raw) for raw in _objects()]
    start = time.perf_counter()
    for line in lines:
        orjson.loads(line)
    reading_s = time.perf_counter() - start
    addresses = [{"type": "InternalIP", "address": "10.10.0.1"}]
    node = msgspec.convert({"metadata": {"name": "node-1"}, "status": {"addresses": addresses}}, Node)
    return (
        Snapshot(
            nodes=(node,),
            services=tuple(msgspec.json.decode(line, type=Service) for line in lines[::2]),
            slices=tuple(msgspec.json.decode(line, type=EndpointSlice) for line in lines[1::2]),
            cluster_cidr="10.128.0.0/9",
            service_cidrs=("10.96.0.0/16",),
        ),
        reading_s,
    )


def _objects() -> Iterator[dict[str, object]]:
    for number in range(SERVICES):
        yield service_of(number, f"namespace-{number % 100}")
        yield piece_of(number, f"namespace-{number % 100}")


def service_of(number: int, namespace: str) -> dict[str, object]:
    """One Service of many."""
    return {
        "metadata": {"name": f"service-{number}", "namespace": namespace},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": f"10.96.{number >> 8}.{number & 255}",
            "selector": {"app": f"service-{number}"},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
        },
    }


def piece_of(number: int, namespace: str, moved: int = 0) -> dict[str, object]:
    """Its EndpointSlice; ``moved`` gives every endpoint another address."""
    first = number * ENDPOINTS
    return {
        "metadata": {
            "name": f"service-{number}-x",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": f"service-{number}"},
        },
        "addressType": "IPv4",
        "endpoints": [
            {
                "addresses": [f"10.{128 + moved + (n >> 16)}.{n >> 8 & 255}.{n & 255}"],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": f"node-{n % NODES}",
            }
            for n in range(first, first + ENDPOINTS)
        ],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }
