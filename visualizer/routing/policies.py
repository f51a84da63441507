"""NetworkPolicies: whether they let a packet leave a Pod and come to one.

After the API reference of networking.k8s.io/v1 and the documentation's “Network Policies”. A policy is enforced by the
cluster's network plugin, or by nothing where the plugin does not: what is said here is what the policies ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from visualizer.network import NetworkPolicy, PolicyPeer, PolicyPort
from visualizer.objects import Pod, key_of
from visualizer.routing.addresses import contains
from visualizer.routing.selectors import matches

Direction = Literal["ingress", "egress"]
_Rule = tuple[list[PolicyPeer] | None, list[PolicyPort] | None]


class Peer(Struct, frozen=True):
    """The other side: its address, and its Pod and the labels of that Pod's namespace where it is one."""

    address: str
    pod: Pod | None = None
    namespace_labels: Mapping[str, str] = {}


class Target(Struct, frozen=True):
    """Where the packet goes: the port, and the Pod it is of, whose ports a policy may mean by name."""

    port: int
    protocol: str = "TCP"
    pod: Pod | None = None


class Verdict(Struct, frozen=True):
    """What the policies say: ``policies`` are those that select the Pod, ``allowing`` those of them that allow."""

    is_allowed: bool
    policies: tuple[str, ...] = ()
    allowing: tuple[str, ...] = ()


def judge(direction: Direction, pod: Pod, peer: Peer, target: Target, policies: Iterable[NetworkPolicy]) -> Verdict:
    """Whether the policies let the Pod take a packet from its peer (ingress), or send one there (egress).

    A Pod that no policy of this direction selects is free. Otherwise one rule of one policy that matches is enough.
    """
    selecting = [policy for policy in policies if selects(policy, pod, direction)]
    allowing = [
        policy for policy in selecting if any(_allows(rule, policy, peer, target) for rule in _rules(policy, direction))
    ]
    return Verdict(
        is_allowed=not selecting or bool(allowing),
        policies=tuple(key_of(policy.metadata) for policy in selecting),
        allowing=tuple(key_of(policy.metadata) for policy in allowing),
    )


def selects(policy: NetworkPolicy, pod: Pod, direction: Direction) -> bool:
    """Whether a policy is about the Pod in this direction. Pods on the node's own network are not subject to any."""
    if policy.metadata.namespace != pod.metadata.namespace or pod.spec.host_network:
        return False
    types = policy.spec.policy_types or ["Ingress", *(["Egress"] if policy.spec.egress is not None else [])]
    return direction.capitalize() in types and matches(policy.spec.pod_selector, pod.metadata.labels or {})


def _rules(policy: NetworkPolicy, direction: Direction) -> list[_Rule]:
    if direction == "ingress":
        return [(rule.from_, rule.ports) for rule in policy.spec.ingress or ()]
    return [(rule.to, rule.ports) for rule in policy.spec.egress or ()]


def _allows(rule: _Rule, policy: NetworkPolicy, peer: Peer, target: Target) -> bool:
    peers, ports = rule
    if ports and not any(_is_port(item, target) for item in ports):
        return False
    return not peers or any(_is_peer(item, policy, peer) for item in peers)


def _is_peer(wanted: PolicyPeer, policy: NetworkPolicy, peer: Peer) -> bool:
    if wanted.ip_block is not None:
        block = wanted.ip_block
        is_in = contains(block.cidr, peer.address)
        return is_in and not any(contains(cidr, peer.address) for cidr in block.except_ or ())
    if peer.pod is None or peer.pod.spec.host_network:
        return False
    if wanted.namespace_selector is None:
        if peer.pod.metadata.namespace != policy.metadata.namespace:
            return False
    elif not matches(wanted.namespace_selector, peer.namespace_labels):
        return False
    return wanted.pod_selector is None or matches(wanted.pod_selector, peer.pod.metadata.labels or {})


def _is_port(wanted: PolicyPort, target: Target) -> bool:
    if (wanted.protocol or "TCP") != target.protocol:
        return False
    if wanted.port is None:
        return True
    if isinstance(wanted.port, int):
        return wanted.port <= target.port <= (wanted.end_port or wanted.port)
    containers = (target.pod.spec.containers if target.pod else None) or ()
    return any(
        (item.name, item.container_port, item.protocol) == (wanted.port, target.port, target.protocol)
        for container in containers
        for item in container.ports or ()
    )
