"""The Node authorizer, which is asked before RBAC: what a kubelet may do for the pods on its own node.

Mirrors plugin/pkg/auth/authorizer/node/node_authorizer.go of Kubernetes 1.36 with its gates at their defaults. The
rules that are the same for all nodes are those of the ClusterRole ``system:node``, which the server makes from the
same list at each start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from visualizer.rbac.attributes import Attributes
from visualizer.rbac.policy import Key, Policy
from visualizer.rbac.words import quote

NODES_GROUP: Final = "system:nodes"
USER_PREFIX: Final = "system:node:"

Kinship = Callable[[str, str, str, str], bool]
"""Whether a node (first) has to do with an object: its resource, namespace and name."""

_NODE_LEASES: Final = "kube-node-lease"
_OWN_VERBS: Final = ("get", "create", "update", "patch", "delete")


class Verdict(NamedTuple):
    """Allowed, or no opinion and perhaps why."""

    allowed: bool
    reason: str = ""


_ALLOWED: Final = Verdict(True)
_SILENT: Final = Verdict(False)


def node_of(user: str, groups: Sequence[str]) -> str | None:
    """The node whose kubelet this is, which may be empty; None for anybody else (pkg/auth/nodeidentifier)."""
    if not user.startswith(USER_PREFIX) or NODES_GROUP not in groups:
        return None
    return user.removeprefix(USER_PREFIX)


def decide(
    policy: Policy, *, user: str, groups: Sequence[str], attributes: Attributes, kinship: Kinship | None
) -> Verdict:
    """What the Node authorizer says of this action."""
    node = node_of(user, groups)
    if node is None:
        return _SILENT
    if not node:
        return Verdict(False, f"unknown node for user {quote(user)}")
    authorize = None if attributes.path is not None else _SPECIAL.get((attributes.group, attributes.resource))
    if authorize is not None:
        return authorize(_Request(policy, node, attributes, kinship))
    return _ALLOWED if _follows_rules(policy, attributes) else _SILENT


class _Request(NamedTuple):
    policy: Policy
    node: str
    asked: Attributes
    kinship: Kinship | None

    def related(self) -> Verdict:
        """Allowed where the object has to do with a pod on the node."""
        asked = self.asked
        if not asked.name:
            return Verdict(False, "No Object name found")
        if self.kinship is not None and self.kinship(self.node, asked.resource, asked.namespace, asked.name):
            return _ALLOWED
        return Verdict(False, f"no relationship found between node '{self.node}' and this object")


def _follows_rules(policy: Policy, attributes: Attributes) -> bool:
    role = policy.roles.get(Key("", "system:node"))
    return role is not None and role.find(attributes) is not None


def _read_namespaced(request: _Request) -> Verdict:
    asked = request.asked
    if asked.verb not in ("get", "list", "watch"):
        return Verdict(False, "can only read resources of this type")
    if asked.subresource:
        return Verdict(False, "cannot read subresource")
    if not asked.namespace:
        return Verdict(False, "can only read namespaced object of this type")
    return request.related()


def _get(request: _Request) -> Verdict:
    if request.asked.verb != "get":
        return Verdict(False, "can only get individual resources of this type")
    if request.asked.subresource:
        return Verdict(False, "cannot get subresource")
    return request.related()


def _claim(request: _Request) -> Verdict:
    if request.asked.subresource != "status":
        return _get(request)
    if request.asked.verb not in ("update", "patch"):
        return Verdict(False, "can only get/update/patch this type")
    return request.related()


def _service_account(request: _Request) -> Verdict:
    asked = request.asked
    if asked.verb == "get" and not asked.subresource and _follows_rules(request.policy, asked):
        return request.related()
    if asked.verb != "create" or not asked.name:
        return Verdict(False, "can only create tokens for individual service accounts")
    if asked.subresource != "token":
        return Verdict(False, "can only create token subresource of serviceaccount")
    return request.related()


def _lease(request: _Request) -> Verdict:
    asked = request.asked
    if asked.verb not in _OWN_VERBS:
        return Verdict(False, "can only get, create, update, patch, or delete a node lease")
    if asked.namespace != _NODE_LEASES:
        return Verdict(False, f'can only access leases in the "{_NODE_LEASES}" system namespace')
    if asked.verb != "create" and asked.name != request.node:
        return Verdict(False, "can only access node lease with the same name as the requesting node")
    return _ALLOWED


def _csi_node(request: _Request) -> Verdict:
    asked = request.asked
    if asked.verb not in _OWN_VERBS:
        return Verdict(False, "can only get, create, update, patch, or delete a CSINode")
    if asked.subresource:
        return Verdict(False, "cannot authorize CSINode subresources")
    if asked.verb != "create" and asked.name != request.node:
        return Verdict(False, "can only access CSINode with the same name as the requesting node")
    return _ALLOWED


def _resource_slice(request: _Request) -> Verdict:
    asked = request.asked
    if asked.subresource:
        return Verdict(False, "cannot authorize ResourceSlice subresources")
    if asked.verb == "create":
        return _ALLOWED
    if asked.verb in ("get", "update", "patch", "delete"):
        return request.related()
    if asked.verb in ("watch", "list", "deletecollection"):
        return Verdict(False, "can only list/watch/deletecollection resourceslices with nodeName field selector")
    verbs = "get, watch, list, create, update, patch, delete, deletecollection"
    return Verdict(False, f"only the following verbs are allowed for a ResourceSlice: {verbs}")


def _node(request: _Request) -> Verdict:
    asked = request.asked
    if not asked.subresource and asked.verb in ("create", "update", "patch"):
        return _ALLOWED
    if not asked.subresource and asked.verb in ("get", "list", "watch"):
        if asked.name == request.node:
            return _ALLOWED
        whose = f"'{asked.name}'" if asked.name else "all nodes"
        return Verdict(False, f"node '{request.node}' cannot read {whose}, only its own Node object")
    return _ALLOWED if asked.subresource == "status" and asked.verb in ("update", "patch") else _SILENT


def _pod(request: _Request) -> Verdict:
    asked = request.asked
    if not asked.subresource and asked.verb == "get":
        return _get(request)
    if not asked.subresource and asked.verb in ("list", "watch"):
        if asked.name:
            return request.related()
        return Verdict(False, "can only list/watch pods with spec.nodeName field selector")
    allowed = {"": ("create", "delete"), "status": ("update", "patch"), "eviction": ("create",)}
    return _ALLOWED if asked.verb in allowed.get(asked.subresource, ()) else _SILENT


_SPECIAL: Final[dict[tuple[str, str], Callable[[_Request], Verdict]]] = {
    ("", "secrets"): _read_namespaced,
    ("", "configmaps"): _read_namespaced,
    ("", "persistentvolumeclaims"): _claim,
    ("", "persistentvolumes"): _get,
    ("resource.k8s.io", "resourceclaims"): _get,
    ("storage.k8s.io", "volumeattachments"): _get,
    ("", "serviceaccounts"): _service_account,
    ("coordination.k8s.io", "leases"): _lease,
    ("storage.k8s.io", "csinodes"): _csi_node,
    ("resource.k8s.io", "resourceslices"): _resource_slice,
    ("", "nodes"): _node,
    ("", "pods"): _pod,
}
