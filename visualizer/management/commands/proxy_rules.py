"""``orrery proxy_rules``: what a kube-proxy programs on a node."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer.log.opening import Still, open_file
from visualizer.log.recording import RecordingError
from visualizer.routing import comparison, iptablestext, nftablestext
from visualizer.routing.addresses import Family
from visualizer.routing.comparison import lines_of
from visualizer.routing.pasted import PasteError, read_pasted
from visualizer.routing.proxy import Proxy
from visualizer.routing.rules import Mode
from visualizer.routing.snapshot import Snapshot, SnapshotError, read_snapshot, take_snapshot

_TEXTS = {"iptables": iptablestext.lines, "nftables": nftablestext.lines}


class Command(BaseCommand):
    """Print the rules of one node."""

    help = "Print what kube-proxy programs on a node, from a recording or a JSON object (docs/routing.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from, which node, and how."""
        parser.add_argument("file", type=Path, help="a recording, or a JSON object; compressed with zstd or not")
        parser.add_argument("--node", required=True, help="the node's name")
        parser.add_argument("--mode", required=True, choices=sorted(_TEXTS), help="kube-proxy's mode")
        parser.add_argument("--cluster-cidr", default="", help="kube-proxy's --cluster-cidr: where Pods' addresses are")
        parser.add_argument("--at", default="", help="a time in the recording: RFC 3339, unix seconds, or +SECONDS")
        parser.add_argument(
            "--compare", type=Path, help="what iptables-save or nft printed on the node: tell differences"
        )
        parser.add_argument("--family", choices=("IPv4", "IPv6"), default="IPv4", help="the addresses' family")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        file: Path,
        node: str,
        mode: Mode,
        cluster_cidr: str,
        at: str,
        family: Family,
        compare: Path | None,
        **_options: Any,  # noqa: ANN401
    ) -> None:
        """Print them."""
        snapshot = snapshot_of(file, at)
        try:
            proxy = snapshot.proxy(node, mode, family=family, cluster_cidr=cluster_cidr)
        except SnapshotError as error:
            raise CommandError(f"{file}: {error}.") from error
        for name, why in snapshot.guesses(cluster_cidr=cluster_cidr, mode=mode):
            self.stderr.write(f"{name}: {why}")
        if compare is None:
            self.stdout.write("\n".join(_TEXTS[mode](proxy.ruleset())))
        else:
            self.stdout.write("\n".join(_differences(compare, proxy)))


def _differences(path: Path, proxy: Proxy) -> list[str]:
    try:
        return list(lines_of(comparison.compare(read_pasted(path.read_text(errors="replace")), proxy)))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except PasteError as error:
        raise CommandError(f"{path}: {error}.") from error


def snapshot_of(file: Path, at: str) -> Snapshot:
    """What the file holds. Raises CommandError, in a sentence, for whatever is wrong with it."""
    try:
        found = open_file(file, at=at)
        if isinstance(found, Still):
            return take_snapshot(found.store, server_version=found.header.server_version)
        if at:
            raise CommandError(f"{file} is no recording, so it has no --at.")
        return read_snapshot(found)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except (RecordingError, SnapshotError) as error:
        raise CommandError(f"{file} cannot be read: {error}.") from error
