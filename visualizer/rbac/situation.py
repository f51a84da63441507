"""The situation: a cluster's policy, and what else decides where a grant leads.

A path often hangs on what there is: a ServiceAccount in the namespace, a running pod with its token, a Secret that
holds one. Where that is not known (a file with roles and bindings only), it is None, and findings say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from visualizer.objects import AnyObject, Binding, Pod, Role, Secret, ServiceAccount
from visualizer.rbac.policy import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, Key, Policy
from visualizer.store import Store

PODS: Final = "v1/pods"
SERVICE_ACCOUNTS: Final = "v1/serviceaccounts"
SECRETS: Final = "v1/secrets"
NAMESPACES: Final = "v1/namespaces"

POD_SECURITY: Final = "pod-security.kubernetes.io/enforce"
"""The label by which Pod Security admission knows what a namespace forbids (KEP-2579)."""

WORKLOADS: Final[Mapping[str, tuple[str, str]]] = {
    "apps/v1/daemonsets": ("apps", "daemonsets"),
    "apps/v1/deployments": ("apps", "deployments"),
    "apps/v1/replicasets": ("apps", "replicasets"),
    "apps/v1/statefulsets": ("apps", "statefulsets"),
    "batch/v1/cronjobs": ("batch", "cronjobs"),
    "batch/v1/jobs": ("batch", "jobs"),
    "v1/replicationcontrollers": ("", "replicationcontrollers"),
}
"""The resources that make pods from a template: their group and plural."""

_MINOR: Final = re.compile(r"v?1\.(\d+)")


class AccountPod(Struct, frozen=True):
    """A Pod and the ServiceAccount that it runs as. ``has_token``: a token for the API server is mounted in it."""

    namespace: str
    name: str
    node: str
    account: str
    has_token: bool
    is_running: bool


class Situation:
    """A policy and its surroundings. What is None is not known."""

    def __init__(self, policy: Policy, *, server_version: str = "") -> None:
        self.policy = policy
        self.accounts: dict[Key, ServiceAccount] | None = None
        self.pods: list[AccountPod] | None = None
        self.token_secrets: dict[Key, str] | None = None
        self.workloads: dict[tuple[str, str], set[Key]] = {}
        self.pod_security: dict[str, str] | None = None
        minor = _MINOR.match(server_version)
        self.server_minor = int(minor[1]) if minor else None

    @property
    def namespaces(self) -> set[str]:
        """Every namespace that a role, binding or ServiceAccount is in."""
        found = {key.namespace for key in (*self.policy.roles, *self.policy.bindings, *(self.accounts or ()))}
        return found - {""}

    def is_kin(self, node: str, resource: str, namespace: str, name: str) -> bool:
        """What the Node authorizer asks: whether a pod on this node is that object, or runs as that account.

        Secrets, ConfigMaps and claims that pods use are not known here.
        """
        here = [pod for pod in self.pods or () if pod.node == node and pod.namespace == namespace]
        if resource == "pods":
            return any(pod.name == name for pod in here)
        return resource == "serviceaccounts" and any(pod.account == name for pod in here)


def policy_of(store: Store) -> Policy:
    """The policy of this store."""
    policy = Policy()
    for resource in (CLUSTER_ROLES, ROLES, CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS):
        for entry in store.entries(resource).values():
            put(policy, entry.object)
    return policy


def put(policy: Policy, obj: AnyObject) -> None:
    """Add a role or binding; anything else is nothing to a policy."""
    if isinstance(obj, Role):
        policy.put_role(obj)
    elif isinstance(obj, Binding):
        policy.put_binding(obj)


def situation_of(store: Store, *, policy: Policy | None = None, server_version: str = "") -> Situation:
    """The situation of this store. ``policy``, if given, is used for the store's own."""
    situation = Situation(policy_of(store) if policy is None else policy, server_version=server_version)
    if SERVICE_ACCOUNTS in store.resources:
        situation.accounts = {
            _key(obj): obj for obj in _objects(store, SERVICE_ACCOUNTS) if isinstance(obj, ServiceAccount)
        }
    if PODS in store.resources:
        situation.pods = [_account_pod(obj) for obj in _objects(store, PODS) if isinstance(obj, Pod)]
    if SECRETS in store.resources:
        found = [(obj, _account_of(obj)) for obj in _objects(store, SECRETS) if isinstance(obj, Secret)]
        situation.token_secrets = {_key(obj): account for obj, account in found if account}
    if NAMESPACES in store.resources:
        labels = {obj.metadata.name: obj.metadata.labels or {} for obj in _objects(store, NAMESPACES)}
        situation.pod_security = {name: found.get(POD_SECURITY, "") for name, found in labels.items()}
    for resource, place in WORKLOADS.items():
        situation.workloads[place] = {_key(obj) for obj in _objects(store, resource)}
    return situation


def _objects(store: Store, resource: str) -> Iterable[AnyObject]:
    return [entry.object for entry in store.entries(resource).values()]


def _key(obj: AnyObject) -> Key:
    return Key(obj.metadata.namespace, obj.metadata.name)


def _account_of(secret: Secret) -> str:
    """Whose token the Secret holds. Its type is not known where only metadata was read; the annotation tells too."""
    if secret.type not in ("", "kubernetes.io/service-account-token") or secret.metadata.annotations is None:
        return ""
    return secret.metadata.annotations.service_account


def _account_pod(pod: Pod) -> AccountPod:
    sources = [
        source.service_account_token
        for volume in pod.spec.volumes or ()
        if volume.projected is not None
        for source in volume.projected.sources or ()
    ]
    return AccountPod(
        namespace=pod.metadata.namespace,
        name=pod.metadata.name,
        node=pod.spec.node_name,
        account=pod.spec.service_account_name or "default",
        has_token=any(source is not None and not source.audience for source in sources),
        is_running=pod.status.phase == "Running" and pod.metadata.deletion_timestamp is None,
    )
