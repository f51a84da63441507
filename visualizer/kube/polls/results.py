"""Results: what each poll answers, as plain data. It is kept as JSON in the database and given out by the HTTP API.

Times end in ``_ts`` and are unix seconds; lengths of time end in ``_seconds``. None stands for what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["ok", "warning", "failing", "refused", "absent", "unreachable"]
"""How a poll ended: all is well; something should be looked at; something is wrong; the user may not ask this; the
cluster has no such thing; or there was no answer that can be understood."""


@dataclass(frozen=True)
class Outcome:
    """How asking ended. ``problem`` is a sentence for every state but ok; ``result`` is None where nothing was told."""

    state: State
    problem: str = ""
    result: object = None


@dataclass(frozen=True)
class Check:
    """One check of ``/livez`` or ``/readyz``.

    ``name`` is the server's, such as ``etcd`` or ``poststarthook/rbac/bootstrap-roles``. ``reason`` is what it says of
    one that fails: mostly ``reason withheld``, as the server tells it in its own log only.
    """

    name: str
    is_ok: bool
    reason: str = ""


@dataclass(frozen=True)
class Checks:
    """The checks of ``/livez`` or ``/readyz``, in the server's order. ``failed`` is how many fail."""

    checks: list[Check]
    failed: int


@dataclass(frozen=True)
class KubeletVersion:
    """The nodes whose kubelets have one version.

    ``nodes`` is how many there are, ``names`` the first twenty of them. ``minors_behind`` is how many minor versions
    they are older than the API server; below zero they are newer. ``is_supported``: the version skew policy allows it
    (not newer, and three minors older at most). Both are None where one of the two cannot be read as a version.
    """

    version: str
    nodes: int
    names: list[str]
    minors_behind: int | None
    is_supported: bool | None


@dataclass(frozen=True)
class Versions:
    """The API server's version and its kubelets', newest first. ``unsupported_nodes`` is how many break the policy."""

    server: str
    kubelets: list[KubeletVersion]
    unsupported_nodes: int


@dataclass(frozen=True)
class GroupVersion:
    """One API group in one version (``apps/v1``; the core group is ``v1``), and how many resources it serves here."""

    name: str
    resources: int


@dataclass(frozen=True)
class Served:
    """What the API server serves that can be listed and watched.

    ``resources`` names each, as in ``apps/v1/deployments``. ``appeared`` and ``disappeared`` are since the poll before.
    ``missing`` are group versions whose own servers do not answer, with why.
    """

    groups: list[GroupVersion]
    resources: list[str]
    appeared: list[str]
    disappeared: list[str]
    missing: dict[str, str]


@dataclass(frozen=True)
class ComponentLease:
    """A Lease in ``kube-system``: who leads a component, or that an API server is there.

    ``role`` is ``leader`` for a component's election and ``server`` for an API server's own identity. ``holder`` is
    empty where the last one gave it back. ``age_seconds`` is the time since it was renewed, by the API server's own
    clock. ``is_stale``: that is longer than ``duration_seconds``, so nobody leads (or that server is gone).
    ``transitions`` is how often the holder changed.
    """

    name: str
    role: Literal["leader", "server"]
    holder: str
    acquired_ts: float | None
    renewed_ts: float | None
    duration_seconds: int | None
    age_seconds: float | None
    is_stale: bool
    transitions: int | None


@dataclass(frozen=True)
class Leaders:
    """Every component's lease, by name; those of control plane components come first."""

    leases: list[ComponentLease]


@dataclass(frozen=True)
class RequestCount:
    """Requests of one verb to one resource (``deployments.apps``), since the API server started.

    ``per_second`` is the rate since the poll before; None for the first, and after another API server answered.
    """

    verb: str
    resource: str
    total: int
    per_second: float | None


@dataclass(frozen=True)
class ResourceCount:
    """How many of something one resource has."""

    resource: str
    count: int


@dataclass(frozen=True)
class EtcdLatency:
    """How long etcd takes for one operation (``get``, ``list``, ``update``), as the API server measures it.

    ``count`` is how often it was asked, ``mean_seconds`` the mean, and ``p50_seconds`` and ``p99_seconds`` are told
    from a histogram, so between two bounds: since the poll before, or since the start where ``is_since_start``.
    """

    operation: str
    count: int
    mean_seconds: float
    p50_seconds: float
    p99_seconds: float
    is_since_start: bool


@dataclass(frozen=True)
class ServerMetrics:
    """Figures of the API server that answered, by its ``/metrics``.

    ``asked_ts`` is when this was told, ``started_ts`` when the server started. ``requests`` are the hundred most
    frequent pairs of verb and resource; the sums are over all. ``errors`` are answers of 500 and above, ``throttled``
    those of 429. ``open_watches`` is the sum of ``watches``. ``etcd`` has the busiest operation first;
    ``database_bytes`` is etcd's database. ``buckets`` and ``codes`` are counters, for the next poll to compare with.
    """

    asked_ts: float
    started_ts: float | None
    requests_total: int
    requests_per_second: float | None
    errors_per_second: float | None
    throttled_per_second: float | None
    requests: list[RequestCount]
    in_flight_mutating: int | None
    in_flight_read_only: int | None
    open_watches: int
    watches: list[ResourceCount]
    etcd: list[EtcdLatency]
    database_bytes: int | None
    stored_objects: list[ResourceCount]
    codes: dict[str, int] = field(default_factory=dict)
    buckets: dict[str, list[list[float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class CertificateInfo:
    """One certificate. ``depth`` 0 is the server's own; None for one that is not part of what the server showed.

    ``names`` are the hosts and addresses it is for. ``serial`` is hexadecimal.
    """

    depth: int | None
    subject: str
    issuer: str
    serial: str
    names: list[str]
    not_before_ts: float
    not_after_ts: float


@dataclass(frozen=True)
class Certificates:
    """The server's certificates, verified as ``openssl verify`` does it.

    ``chain`` is what the server showed, in its order. ``authorities`` are those that the kubeconfig trusts, and
    ``client`` is this program's own certificate. ``is_trusted`` is the verdict; where it is False, ``error_code``,
    ``error_depth`` and ``error_words`` are OpenSSL's: which check failed, at which depth of the chain it built (0 is
    the server's own), and in its own words. ``is_trusted_by_clients``: as Kubernetes' clients see it, which take every
    certificate of the kubeconfig's bundle for an anchor. ``expires_ts`` is when the first of the chain, or the client's
    own, runs out, and ``expires_subject`` whose that is.
    """

    chain: list[CertificateInfo]
    authorities: list[CertificateInfo]
    client: CertificateInfo | None
    is_trusted: bool
    is_trusted_by_clients: bool
    error_code: int | None
    error_depth: int | None
    error_words: str
    expires_ts: float
    expires_subject: str


@dataclass(frozen=True)
class NodeUsage:
    """What a node uses, by metrics.k8s.io: cores and bytes, averaged over ``window_seconds`` up to ``ts``."""

    name: str
    cpu_cores: float
    memory_bytes: int
    ts: float | None
    window_seconds: float | None


@dataclass(frozen=True)
class PodUsage:
    """What a pod's containers use together."""

    namespace: str
    name: str
    cpu_cores: float
    memory_bytes: int


@dataclass(frozen=True)
class Usage:
    """Usage of nodes and pods. The lists have the largest hundred by memory; counts and sums are over all."""

    nodes: list[NodeUsage]
    pods: list[PodUsage]
    node_count: int
    pod_count: int
    nodes_cpu_cores: float
    nodes_memory_bytes: int
    pods_cpu_cores: float
    pods_memory_bytes: int


@dataclass(frozen=True)
class Difference:
    """An object that is not in the log as it is in the cluster. ``key`` is ``namespace/name``, or ``name``.

    ``kind``: the log lacks it (``lacking``), still has it (``left over``), or has another version (``other version``).
    The versions are resourceVersions; empty where there is none.
    """

    resource: str
    key: str
    kind: Literal["lacking", "left over", "other version"]
    log_version: str
    cluster_version: str


@dataclass(frozen=True)
class Drift:
    """Whether the log's objects are the cluster's, by uid and resourceVersion.

    ``differences`` are the first hundred that were there at both of two looks, ``difference_count`` how many there
    are. ``not_compared`` names resources that could not be compared, with why.
    """

    resources: int
    objects: int
    difference_count: int
    differences: list[Difference]
    not_compared: dict[str, str]


@dataclass(frozen=True)
class Listed:
    """What listing a cluster that is not watched found: how many resources and objects, and how many differences.

    ``not_listed`` names what could not be listed, with why; ``listed_ts`` is when each of the others was.
    """

    resources: int
    objects: int
    changes: int
    not_listed: dict[str, str]
    listed_ts: dict[str, float] = field(default_factory=dict)
