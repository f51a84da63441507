"""``orrery trace_packet``: a packet's way through the cluster, hop by hop."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from visualizer.log.opening import Still, open_file
from visualizer.log.recording import RecordingError
from visualizer.routing.hops import TraceError
from visualizer.routing.model import Routing
from visualizer.routing.rules import Mode
from visualizer.routing.snapshot import SnapshotError, read_snapshot, store_of
from visualizer.routing.trace import sender_from, trace
from visualizer.routing.tracetext import destination_from, lines


class Command(BaseCommand):
    """Print the hops of one packet."""

    help = "Follow a packet through Services, kube-proxy's rules and NetworkPolicies (docs/routing.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from, where to, and how."""
        parser.add_argument("file", type=Path, help="a recording, or a JSON object; compressed with zstd or not")
        parser.add_argument(
            "--from", dest="sender", required=True, help="namespace/pod, a node, an address, or outside"
        )
        parser.add_argument("--to", required=True, help="a name or address with a port: web.shop:80, 10.96.0.10:53/UDP")
        parser.add_argument("--mode", choices=("iptables", "nftables"), default="iptables", help="kube-proxy's mode")
        parser.add_argument("--via", default="", help="the node at which a packet from outside comes in")
        parser.add_argument("--choose", default="", help="the endpoint (address:port) or Pod to follow")
        parser.add_argument("--cluster-cidr", default="", help="kube-proxy's --cluster-cidr: where Pods' addresses are")
        parser.add_argument("--at", default="", help="a time in the recording: RFC 3339, unix seconds, or +SECONDS")
        parser.add_argument("--json", action="store_true", help="print the hops as JSON")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        file: Path,
        sender: str,
        to: str,
        mode: Mode,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Print them."""
        routing = _routing(file, options["at"], options["cluster_cidr"])
        try:
            host, port, protocol = destination_from(to)
            found = trace(
                routing,
                sender_from(routing, sender),
                host,
                port,
                protocol=protocol,
                mode=mode,
                via=options["via"],
                choose=options["choose"],
            )
        except TraceError as error:
            raise CommandError(f"{error}.") from error
        if options["json"]:
            self.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        else:
            self.stdout.write("\n".join(lines(found)))


def _routing(file: Path, at: str, cluster_cidr: str) -> Routing:
    try:
        found = open_file(file, at=at)
        if isinstance(found, Still):
            return Routing.build(found.store, cluster_cidr=cluster_cidr)
        if at:
            raise CommandError(f"{file} is no recording, so it has no --at.")
        snapshot = read_snapshot(found)
        return Routing.build(store_of(snapshot), cluster_cidr=cluster_cidr or snapshot.cluster_cidr)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except (RecordingError, SnapshotError) as error:
        raise CommandError(f"{file} cannot be read: {error}.") from error
