"""``orrery who_can``: everybody whom a binding names and who can do something, and by which grants."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer.management.commands.can_i import open_file
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.questions import who_can
from visualizer.rbac.resources import UnknownResource, Vocabulary


class Command(BaseCommand):
    """Print each subject, and below it the server's words for each grant."""

    help = "List who can do something, from the roles and bindings in a file (docs/rbac.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The action, where, and the file."""
        parser.add_argument("verb", help="such as get, list, create, delete, bind")
        parser.add_argument("resource", help="pods, pods/exec, deployments.apps, or a URL such as /metrics")
        parser.add_argument("file", type=Path, help="a recording, or JSON with roles and bindings; zstd or plain")
        parser.add_argument("-n", "--namespace", default="", help="in this namespace (without: in the whole cluster)")
        parser.add_argument("-A", "--anywhere", action="store_true", help="in any namespace at all")
        parser.add_argument("--name", default="", help="on the object of this name")
        parser.add_argument("--at", default="", help="a place in the recording: unix seconds or RFC 3339 (its end)")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        verb: str,
        resource: str,
        file: Path,
        namespace: str,
        anywhere: bool,
        name: str,
        at: str,
        **_options: Any,  # noqa: ANN401
    ) -> None:
        """Print them."""
        situation, vocabulary = open_file(file, at)
        attributes = parse_action(vocabulary, verb, resource, namespace=namespace, name=name)
        holders = who_can(situation.policy, attributes, anywhere=anywhere)
        for holder in holders:
            self.stdout.write(holder.party.words)
            for grant in holder.grants:
                self.stdout.write(f"  {grant.reason}")
        if not holders:
            self.stdout.write("Nobody whom a binding names. Members of system:masters always can.")


def parse_action(
    vocabulary: Vocabulary, verb: str, resource: str, *, namespace: str = "", name: str = ""
) -> Attributes:
    """The action in these words. Raises CommandError with a sentence."""
    if resource.startswith("/"):
        return Attributes(verb, path=resource)
    try:
        found = vocabulary.find(resource)
    except UnknownResource as error:
        raise CommandError(str(error)) from error
    return Attributes(verb, found.group, found.resource, found.subresource, namespace, name)
