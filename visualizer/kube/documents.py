"""Documents: what a kubeconfig says, as client-go's ``clientcmd/api/v1`` has it, and how several become one.

Parsing is pure and trusts nothing: the size is limited, YAML's tags and aliases are refused (aliases make small files
huge), and no message shows a value. Fields that Orrery does not know are passed over, as kubectl does. Whether what is
said can be used, :mod:`visualizer.kube.kubeconfig` finds out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec
import yaml
from msgspec import Struct, field

from visualizer.kube.access import Hidden, KubeconfigError

MAX_FILE_BYTES: Final = 4 << 20
MAX_UPLOAD_BYTES: Final = 256 << 10
"""A context with its certificates takes about 10 KB; an upload holds one or a few."""
MAX_DEPTH: Final = 24
_NAMES_SHOWN: Final = 20
_NAME_SHOWN: Final = 120


class Extension(Hidden, frozen=True):
    """Something that a program keeps in the kubeconfig, under its name."""

    name: str
    extension: Any = None


class Cluster(Hidden, frozen=True, rename="kebab"):
    """A server and how to be sure of it."""

    server: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool | None = None
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    proxy_url: str | None = None
    extensions: list[Extension] | None = None


class EnvVar(Hidden, frozen=True):
    """A variable of a plugin's environment."""

    name: str
    value: str = ""


class ExecConfig(Hidden, frozen=True, rename="camel"):
    """A program that gives credentials."""

    command: str | None = None
    api_version: str | None = None
    args: list[str] | None = None
    env: list[EnvVar] | None = None
    install_hint: str | None = None
    provide_cluster_info: bool | None = None
    interactive_mode: str | None = None


class User(Hidden, frozen=True, rename="kebab"):
    """Whom to be, and how to prove it."""

    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    token: str | None = None
    token_file: str | None = field(default=None, name="tokenFile")
    impersonate: str | None = field(default=None, name="as")
    impersonate_uid: str | None = field(default=None, name="as-uid")
    impersonate_groups: list[str] | None = field(default=None, name="as-groups")
    username: str | None = None
    password: str | None = None
    auth_provider: dict[str, Any] | None = None
    exec: ExecConfig | None = None


class Context(Hidden, frozen=True):
    """A cluster, a user and a namespace, by name."""

    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None


class _NamedCluster(Hidden, frozen=True):
    name: str
    cluster: Cluster | None = None


class _NamedUser(Hidden, frozen=True):
    name: str
    user: User | None = None


class _NamedContext(Hidden, frozen=True):
    name: str
    context: Context | None = None


class _Document(Hidden, frozen=True):
    api_version: str | None = field(default=None, name="apiVersion")
    kind: str | None = None
    current_context: str | None = field(default=None, name="current-context")
    clusters: list[_NamedCluster] | None = None
    users: list[_NamedUser] | None = None
    contexts: list[_NamedContext] | None = None


Value = TypeVar("Value", bound=Struct)


@dataclass(frozen=True)
class Entry(Generic[Value]):
    """A cluster, user or context with its name and the file it stands in; ``file`` is None for an upload."""

    kind: str
    name: str
    value: Value
    file: Path | None

    @property
    def where(self) -> str:
        """The entry in words, for messages."""
        return f"{self.kind} {quoted(self.name)} in {name_of(self.file)}"


@dataclass(frozen=True)
class Kubeconfig:
    """One kubeconfig or several merged: entries by name. ``files`` names what it was made of."""

    files: tuple[Path | None, ...]
    current_context: str
    clusters: dict[str, Entry[Cluster]]
    users: dict[str, Entry[User]]
    contexts: dict[str, Entry[Context]]


def parse(data: bytes, file: Path | None) -> Kubeconfig:
    """What a kubeconfig says. ``file`` is where it stands, absolute, or None for an upload.

    Raises :class:`KubeconfigError` when it is too large, not YAML, or not a kubeconfig.
    """
    where = "The uploaded kubeconfig" if file is None else str(file)
    limit = MAX_UPLOAD_BYTES if file is None else MAX_FILE_BYTES
    if len(data) > limit:
        message = f"{where} is larger than {limit >> 10} KiB. Keep only the contexts that are needed in it."
        raise KubeconfigError(message)
    try:
        document = msgspec.convert(_load(data, where) or {}, _Document)
    except msgspec.ValidationError as error:
        message = f"{where} is not a kubeconfig: {error}. Put what should be text, but does not look it, in quotes."
        raise KubeconfigError(message) from error
    if (document.kind or "Config") != "Config" or (document.api_version or "v1") != "v1":
        message = f"{where} is not a kubeconfig: it should say kind: Config and apiVersion: v1."
        raise KubeconfigError(message)
    return Kubeconfig(
        files=(file,),
        current_context=document.current_context or "",
        clusters=_by_name(
            Entry("cluster", each.name, each.cluster or Cluster(), file) for each in document.clusters or ()
        ),
        users=_by_name(Entry("user", each.name, each.user or User(), file) for each in document.users or ()),
        contexts=_by_name(
            Entry("context", each.name, each.context or Context(), file) for each in document.contexts or ()
        ),
    )


def merge(parts: Sequence[Kubeconfig]) -> Kubeconfig:
    """Several kubeconfigs as one, as kubectl merges a KUBECONFIG list: who says something first is right.

    An entry counts whole: nothing of a later one of the same name is added to it.
    """
    backwards = parts[::-1]
    return Kubeconfig(
        files=tuple(file for part in parts for file in part.files),
        current_context=next((part.current_context for part in parts if part.current_context), ""),
        clusters={name: entry for part in backwards for name, entry in part.clusters.items()},
        users={name: entry for part in backwards for name, entry in part.users.items()},
        contexts={name: entry for part in backwards for name, entry in part.contexts.items()},
    )


def name_of(file: Path | None) -> str:
    """The file in words, for messages."""
    return "the uploaded kubeconfig" if file is None else str(file)


def quoted(name: str) -> str:
    """A name in quotes, for messages: not too long, and with nothing in it that a terminal obeys."""
    return repr(name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…")


def names(entries: Iterable[str]) -> str:
    """Names in words, for messages: sorted, and not too many."""
    ordered = sorted(entries)
    shown = ", ".join(map(quoted, islice(ordered, _NAMES_SHOWN)))
    rest = len(ordered) - _NAMES_SHOWN
    return (f"{shown} and {rest} more" if rest > 0 else shown) or "none"


def _by_name(entries: Iterable[Entry[Value]]) -> dict[str, Entry[Value]]:
    found: dict[str, Entry[Value]] = {}
    for entry in entries:
        if entry.name in found:
            message = f"There is more than one {entry.where}. Remove all but one."
            raise KubeconfigError(message)
        found[entry.name] = entry
    return found


class _Loader(yaml.CSafeLoader):
    """JSON's kinds of values only: kubectl, too, makes JSON of a kubeconfig first, and knows no dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML declares it
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in _JSON]
        for _JSON in [{"bool", "int", "float", "null"}]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _load(data: bytes, where: str) -> object:
    try:
        _inspect(data, where)
        return yaml.load(data, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        message = f"{where} is not YAML{place}."
        raise KubeconfigError(message) from None  # the cause quotes the file, tokens and all
    except (yaml.YAMLError, ValueError, ArithmeticError):
        message = f"{where} is not YAML: it has characters or numbers that cannot be read."
        raise KubeconfigError(message) from None


def _inspect(data: bytes, where: str) -> None:
    """Raises KubeconfigError for what no kubeconfig needs, before anything is built of it."""
    depth = 0
    for event in yaml.parse(data, _Loader):
        if isinstance(event, yaml.AliasEvent):
            message = f"{where} has a YAML alias (*). Write out what it stands for."
            raise KubeconfigError(message)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag not in {None, "!"}:
            message = f"{where} has a YAML tag (!). Remove it."
            raise KubeconfigError(message)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            message = f"{where} is nested deeper than {MAX_DEPTH} levels. No kubeconfig is."
            raise KubeconfigError(message)
