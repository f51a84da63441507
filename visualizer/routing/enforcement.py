"""What NetworkPolicies do to a packet, as a hop of its way."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from visualizer.network import NetworkPolicy
from visualizer.objects import Pod, key_of
from visualizer.routing.hops import Hop
from visualizer.routing.index import Index
from visualizer.routing.policies import Direction, Peer, Target, judge

POLICIES: Final = "networking.k8s.io/v1/networkpolicies"
ENFORCED: Final = "if the network plugin enforces policies"


def policy_hop(index: Index, direction: Direction, pod: Pod, peer: Peer, target: Target) -> Hop | None:
    """What the policies that select the Pod say of the packet, or None where none selects it."""
    if peer.pod is not None:
        entry = index.store.get("v1/namespaces", peer.pod.metadata.namespace)
        peer = replace(peer, namespace_labels=(entry.object.metadata.labels if entry else None) or {})
    verdict = judge(direction, pod, peer, target, index.objects(POLICIES, NetworkPolicy))
    if not verdict.policies:
        return None
    key, side = key_of(pod.metadata), "from" if direction == "ingress" else "to"
    what = f"{direction} {side} {peer.address} at port {target.port}/{target.protocol}"
    if verdict.is_allowed:
        return Hop("policy", f"Pod {key}", f"NetworkPolicy {', '.join(verdict.allowing)} lets {key} have {what}")
    names = ", ".join(verdict.policies)
    text = f"dropped, {ENFORCED}: NetworkPolicy {names} selects {key}, and none allows {what}"
    return Hop("policy", f"Pod {key}", text, is_broken=True)
