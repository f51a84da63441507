"""What a pod asks of a node: the fields of its spec that the scheduler's filters read.

Only the pod that somebody asks about is decoded so far; of the others, the store has what counts (``objects.PodSpec``).
Shapes follow the Kubernetes 1.36 API reference.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from visualizer.objects import Container, LabelSelector, Metadata, PodAffinityTerm, ResourceRequirements


class _Part(Struct, frozen=True, gc=False, rename="camel"):
    pass


class Toleration(_Part, frozen=True):
    """``tolerations[]``. An empty key with Exists tolerates every taint, an empty effect every effect."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""


class NodeSelectorRequirement(_Part, frozen=True):
    """One of ``matchExpressions`` or ``matchFields``. Operators: In, NotIn, Exists, DoesNotExist, Gt, Lt."""

    key: str
    operator: str
    values: list[str] | None = None


class NodeSelectorTerm(_Part, frozen=True):
    """All of its requirements must hold. One without any matches no node."""

    match_expressions: list[NodeSelectorRequirement] | None = None
    match_fields: list[NodeSelectorRequirement] | None = None


class NodeSelector(_Part, frozen=True):
    """One of its terms must match."""

    node_selector_terms: list[NodeSelectorTerm] | None = None


class NodeAffinity(_Part, frozen=True):
    """``nodeAffinity``: only what is required."""

    required_during_scheduling_ignored_during_execution: NodeSelector | None = None


class PodAffinity(_Part, frozen=True):
    """``podAffinity`` or ``podAntiAffinity``: only what is required."""

    required_during_scheduling_ignored_during_execution: list[PodAffinityTerm] | None = None


class Affinity(_Part, frozen=True):
    """``affinity``."""

    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


class TopologySpreadConstraint(_Part, frozen=True):
    """``topologySpreadConstraints[]``."""

    max_skew: int = 1
    topology_key: str = ""
    when_unsatisfiable: str = ""
    label_selector: LabelSelector | None = None
    min_domains: int | None = None
    node_affinity_policy: str = "Honor"
    node_taints_policy: str = "Ignore"
    match_label_keys: list[str] | None = None


class ClaimVolume(_Part, frozen=True):
    """``persistentVolumeClaim`` of a volume."""

    claim_name: str = ""


class Volume(_Part, frozen=True):
    """``volumes[]``: whether it is a claim, or makes one for the pod."""

    name: str = ""
    persistent_volume_claim: ClaimVolume | None = None
    ephemeral: dict[str, msgspec.Raw] | None = None


class Gate(_Part, frozen=True):
    """``schedulingGates[]``."""

    name: str


class AskingSpec(_Part, frozen=True):
    """``spec`` of the pod that waits."""

    node_name: str = ""
    node_selector: dict[str, str] | None = None
    affinity: Affinity | None = None
    tolerations: list[Toleration] | None = None
    topology_spread_constraints: list[TopologySpreadConstraint] | None = None
    scheduling_gates: list[Gate] | None = None
    scheduler_name: str = "default-scheduler"
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    overhead: dict[str, str] | None = None
    resources: ResourceRequirements | None = None
    volumes: list[Volume] | None = None
    resource_claims: list[msgspec.Raw] | None = None


class AskingPod(_Part, frozen=True):
    """The pod that waits."""

    metadata: Metadata
    spec: AskingSpec = AskingSpec()


def read_pod(line: bytes) -> AskingPod:
    """A pod from its JSON. Raises :class:`msgspec.DecodeError` where it has not the shape of one."""
    return _decoder.decode(line)


_decoder = msgspec.json.Decoder(AskingPod)
