"""What people hand in: a cluster's RBAC objects as JSON, and questions as SubjectAccessReviews ask them.

Two shapes of objects are read: ``{"objects": {"clusterroles": [...], "clusterrolebindings": [...], "roles": [...],
"rolebindings": [...]}}``, and a list as ``kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o json``
prints it. A question is one JSON object with ``user``, ``groups`` and one of ``resourceAttributes`` and
``nonResourceAttributes``, as in the spec of a SubjectAccessReview (authorization/v1). Everything else is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec
import yaml
from msgspec import Raw, Struct

from visualizer.objects import Binding, Role
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.policy import Policy

KINDS: Final[dict[str, type[Role] | type[Binding]]] = {
    "ClusterRole": Role,
    "ClusterRoleBinding": Binding,
    "Role": Role,
    "RoleBinding": Binding,
}


MOST_CHARACTERS: Final = 50_000
"""The longest YAML that is taken."""


class DocumentError(ValueError):
    """What was handed in cannot be read; the message is for whoever did."""


class Review(Struct, frozen=True):
    """One question: who asks, and for what."""

    user: str
    groups: list[str]
    attributes: Attributes


class _Objects(Struct):
    clusterroles: list[Role] = []
    clusterrolebindings: list[Binding] = []
    roles: list[Role] = []
    rolebindings: list[Binding] = []


class _Kind(Struct):
    kind: str = ""


class _Document(Struct):
    objects: _Objects | None = None
    items: list[Raw] | None = None


class _ResourceAttributes(Struct):
    verb: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class _NonResourceAttributes(Struct):
    path: str = ""
    verb: str = ""


class _Review(Struct, rename="camel"):
    user: str | None = None
    groups: list[str] | None = None
    resource_attributes: _ResourceAttributes | None = None
    non_resource_attributes: _NonResourceAttributes | None = None


_Read = TypeVar("_Read")


def read_policy(text: bytes) -> Policy:
    """The policy in this JSON. Raises :class:`DocumentError`."""
    document = _decode(text, _Document)
    if document.objects is not None:
        found = document.objects
        return make_policy([*found.clusterroles, *found.roles], [*found.clusterrolebindings, *found.rolebindings])
    if document.items is None:
        raise DocumentError("it has neither “objects” nor “items”, so there are no roles and bindings in it")
    kinds = [(_decode(item, _Kind).kind, item) for item in document.items]
    read = [_decode(item, KINDS[kind]) for kind, item in kinds if kind in KINDS]
    return make_policy(
        [found for found in read if isinstance(found, Role)], [found for found in read if isinstance(found, Binding)]
    )


def make_policy(roles: Iterable[Role], bindings: Iterable[Binding]) -> Policy:
    """The policy of these objects."""
    policy = Policy()
    for role in roles:
        policy.put_role(role)
    for binding in bindings:
        policy.put_binding(binding)
    return policy


def read_review(line: bytes) -> Review:
    """The question on this line. Raises :class:`DocumentError`."""
    review = _decode(line, _Review)
    user, groups = review.user or "", review.groups or []
    if not user and not groups:
        raise DocumentError("it names neither a user nor a group")
    asked, path = review.resource_attributes, review.non_resource_attributes
    if asked is not None and path is None:
        return Review(user, groups, Attributes(**msgspec.structs.asdict(asked)))
    if path is not None and asked is None:
        return Review(user, groups, Attributes(verb=path.verb, path=path.path))
    raise DocumentError(
        "it must have one of “resourceAttributes” and “nonResourceAttributes”, and has "
        + ("neither" if asked is None else "both")
    )


def read_yaml(text: str) -> list[Role | Binding]:
    """The roles and bindings in some YAML (or JSON), one document after another. Raises :class:`DocumentError`."""
    if len(text) > MOST_CHARACTERS:
        raise DocumentError(f"it is longer than {MOST_CHARACTERS:,} characters")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise DocumentError("it has references (*), which are not taken here: write everything out")
        documents = [found for found in yaml.safe_load_all(text) if found is not None]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"it is not YAML: {' '.join(str(error).split())}") from error
    items = [item for document in documents for item in _items_of(document)]
    if not items:
        raise DocumentError("there is no role or binding in it")
    return [_convert(item) for item in items]


def _items_of(document: object) -> list[object]:
    """A List is its items."""
    if isinstance(document, dict) and str(document.get("kind")).endswith("List") and "items" in document:
        items = document["items"]
        return items if isinstance(items, list) else []
    return [document]


def _convert(item: object) -> Role | Binding:
    kind = str(item.get("kind", "")) if isinstance(item, dict) else ""
    if kind not in KINDS:
        named = f"“{kind}”" if kind else "something without a kind"
        raise DocumentError(f"it has {named} in it; only {', '.join(KINDS)} are taken")
    try:
        found: Role | Binding = msgspec.convert(item, KINDS[kind])
    except (msgspec.ValidationError, RecursionError) as error:
        words = str(error)
        raise DocumentError(f"the {kind} in it cannot be read: {words[:1].lower()}{words[1:]}") from error
    is_of_cluster = kind.startswith("Cluster")
    if is_of_cluster and found.metadata.namespace:
        raise DocumentError(f"a {kind} has no namespace, and “{found.metadata.name}” has one")
    if not is_of_cluster and not found.metadata.namespace:
        raise DocumentError(f"the {kind} “{found.metadata.name}” has no namespace")
    return found


def _decode(text: bytes | Raw, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        words = str(error).removeprefix("JSON is malformed: ")
        raise DocumentError(f"it cannot be read: {words[:1].lower()}{words[1:]}") from error
    except RecursionError as error:
        raise DocumentError("it is nested too deeply to be read") from error
