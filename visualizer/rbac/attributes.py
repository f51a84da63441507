"""What a request asks for, as the authorizer sees it: an action, apart from who asks.

Mirrors ``authorizer.Attributes`` of k8s.io/apiserver, and the attributes of a SubjectAccessReview (authorization/v1).
"""

from __future__ import annotations

from msgspec import Struct


class Attributes(Struct, frozen=True):
    """One action. ``path`` is set for a URL that is no resource, and everything but ``verb`` is empty then.

    ``namespace`` is empty for what is asked of the whole cluster, ``name`` for what is asked of no single object.
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None

    @property
    def full_resource(self) -> str:
        """The resource with its subresource, as rules write it: ``pods/exec``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def describe(attributes: Attributes) -> str:
    """The action in words: ``get secrets named gold in vault``, ``get /metrics``."""
    if attributes.path is not None:
        return f"{attributes.verb} {attributes.path}"
    resource = attributes.full_resource
    if attributes.group:
        resource = f"{resource}.{attributes.group}"
    named = f" named {attributes.name}" if attributes.name else ""
    where = f"in {attributes.namespace}" if attributes.namespace else "in the whole cluster"
    return f"{attributes.verb} {resource}{named} {where}"
