"""``orrery trace``: what each write of a recording set off."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from visualizer.collector import OtlpError, send
from visualizer.flow import otlp, treetext
from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.tree import Tree
from visualizer.log.recording import Limits, RecordingError
from visualizer.log.replaying import replay_file
from visualizer.store import Store

MOST_WRITES = 200_000
"""How many writes of a recording are remembered here: far more than while somebody watches."""

SENT_TOGETHER = 50
"""How many traces one request to a collector carries."""


class Command(BaseCommand):
    """Print a recording's traces, or send them to an OpenTelemetry collector."""

    help = "Print what each write of a recording set off, as JSON or as text (docs/causality.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The recording, which traces, and in which form."""
        parser.add_argument("recording", type=Path, help="a recording, compressed with zstd or not")
        parser.add_argument(
            "--root", default="", help="only traces that begin with this object: apps/v1/deployments/shop/web"
        )
        form = parser.add_mutually_exclusive_group()
        form.add_argument(
            "--text", action="store_true", help="an indented tree, with the lag and certainty of each hop"
        )
        form.add_argument("--explain", action="store_true", help="sentences, each with its evidence")
        form.add_argument(
            "--otlp", dest="collector", default="", metavar="URL", help="send them: http://localhost:4318/v1/traces"
        )

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        recording: Path,
        root: str,
        text: bool,
        explain: bool,
        collector: str,
        **_options: Any,  # noqa: ANN401
    ) -> None:
        """Print or send them."""
        name, trees = read_traces(recording)
        chosen = [tree for tree in trees if _begins_with(tree, root)]
        if not chosen:
            raise CommandError(_no_such(root, trees))
        if collector:
            self._send(chosen, name, collector)
        elif text or explain:
            told: Callable[[Tree], Iterable[str]] = treetext.lines if text else treetext.explained
            self.stdout.write("\n\n".join("\n".join(told(tree)) for tree in chosen))
        else:
            self.stdout.write("[\n" + ",\n".join(msgspec.json.encode(tree).decode() for tree in chosen) + "\n]")

    def _send(self, trees: Sequence[Tree], name: str, url: str) -> None:
        for start in range(0, len(trees), SENT_TOGETHER):
            request = otlp.export(trees[start : start + SENT_TOGETHER], log=name)
            try:
                send(url, request)
            except OtlpError as error:
                raise CommandError(str(error)) from error
        sys.stderr.write(f"{len(trees)} traces were sent to {url}.\n")


def read_traces(recording: Path) -> tuple[str, list[Tree]]:
    """The recording's name, and its traces in the order in which they begin. Raises CommandError with a sentence."""
    environment = settings.ENVIRONMENT
    limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
    try:
        header, frames = replay_file(recording, limits=limits)
        store, flow = Store(header.resources), FlowDiagram(remembered=MOST_WRITES)
        for seq, frame in frames:
            flow.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
    except OSError as error:
        raise CommandError(f"{recording} cannot be read: {error.strerror}.") from error
    except RecordingError as error:
        raise CommandError(f"{recording} cannot be read: {error}.") from error
    return header.name, list(flow.traces())


def _begins_with(tree: Tree, root: str) -> bool:
    return not root or _path(tree) == root.strip("/")


def _path(tree: Tree) -> str:
    """The root's object as the option names it."""
    return next((write.ref.replace(":", "/", 1) for write in tree.writes if write.seq == tree.seq), "")


def _no_such(root: str, trees: Sequence[Tree]) -> str:
    if not trees:
        return "There is no trace in this recording: nothing was written in it."
    known = ", ".join(dict.fromkeys(_path(tree) for tree in trees))
    return f"No trace begins with {root}. There are: {known}."
