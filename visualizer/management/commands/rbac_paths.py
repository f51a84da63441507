"""``orrery rbac_paths``: how somebody could come to hold more than it was given."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer.management.commands.can_i import open_file
from visualizer.management.commands.who_can import parse_action
from visualizer.rbac.identities import party_from_text
from visualizer.rbac.paths import Path as EscalationPath
from visualizer.rbac.paths import Paths
from visualizer.rbac.policy import Party
from visualizer.rbac.questions import find_parties
from visualizer.rbac.situation import Situation


class Command(BaseCommand):
    """Print each path, shortest first, with every precondition and what meets it."""

    help = "Find the ways in which somebody can come to hold more (docs/escalation.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From whom, to what, and the file."""
        parser.add_argument("subject", help="alice, user:alice, group:developers, sa:shop/api; or - for everybody")
        parser.add_argument("file", type=Path, help="a recording, or JSON with roles and bindings; zstd or plain")
        parser.add_argument("--to", nargs=2, metavar=("VERB", "RESOURCE"), help="an action (else: cluster-admin)")
        parser.add_argument("-n", "--namespace", default="", help="the action is meant in this namespace")
        parser.add_argument("--at", default="", help="a place in the recording: unix seconds or RFC 3339 (its end)")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        subject: str,
        file: Path,
        to: list[str] | None,
        namespace: str,
        at: str,
        **_options: Any,  # noqa: ANN401
    ) -> None:
        """Print them."""
        situation, vocabulary = open_file(file, at)
        goal = None if to is None else parse_action(vocabulary, *to, namespace=namespace)
        paths = Paths(situation, goal)
        if subject == "-":
            found = [path for party in paths.sources() if (path := paths.shortest(party)) is not None]
            self._print(found, f"Nobody can come to {paths.goal_words} by a way that is known here.")
            return
        for party in parties_named(situation, subject):
            if paths.is_there(party):
                self.stdout.write(f"{party.words} holds {paths.goal_words} already.")
                continue
            nothing = f"{party.words} cannot come to {paths.goal_words} by a way that is known here."
            self._print(paths.from_(party), nothing)

    def _print(self, paths: list[EscalationPath], nothing: str) -> None:
        for path in paths:
            self.stdout.write(
                f"{path.start.words}: {len(path.steps)} steps" + (" (not certain)" if path.unknown else "")
            )
            for number, step in enumerate(path.steps, 1):
                self.stdout.write(f"  {number}. {step.kind.title}, {step.words}")
                for need in step.needs:
                    self.stdout.write(f"     {'+' if need.is_known else '?'} {need.text}")
                    if need.power is not None and need.power.grant is not None:
                        self.stdout.write(f"       {need.power.grant.reason}")
        if not paths:
            self.stdout.write(nothing)


def parties_named(situation: Situation, text: str) -> list[Party]:
    """Everybody whom these words may mean. Raises CommandError where nobody is called so."""
    outright = party_from_text(text)
    found = [outright] if outright else list(find_parties(situation.policy, text, situation.accounts or ()))
    if not found:
        raise CommandError(
            f"No binding names “{text}”. Say what it is to ask all the same: user:{text} or group:{text}."
        )
    return found
