"""Rows of tables, as ``kubectl get`` shows them: what pkg/printers/internalversion does in the API server.

Kinds that are not told of here have a name and an age, as custom resources without columns of their own have: so a
built-in kind without columns here is not printed at all (:data:`COLUMNS` says which are).
The tests' API server prints by this table, and what it prints is held against the real one's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from visualizer.printing import podcells
from visualizer.printing.durations import ago, seconds_of

Object = dict[str, Any]
NONE = "<none>"


@dataclass(frozen=True)
class Column:
    """One column; ``schema`` is the type whose field's description it has, or "" when ``about`` is its own."""

    name: str
    cell: Callable[[Object, float], Any]
    type: str = "string"
    wide: bool = False
    schema: str = ""
    about: str = ""
    format: str = ""


def columns_of(resource: str) -> tuple[Column, ...]:
    """The columns of a resource, such as ``apps/v1/deployments``."""
    return COLUMNS.get(resource, DEFAULT)


def row(resource: str, obj: Object, now: float) -> list[Any]:
    """One object's cells at a time (unix seconds).

    Raises KeyError, TypeError, AttributeError or ValueError for an object that has not the shape of its kind.
    """
    return [column.cell(obj, now) for column in columns_of(resource)]


def print_row(resource: str, obj: Object, now: float) -> list[str] | None:
    """The cells that ``kubectl get`` shows without ``--output=wide``; None where they cannot be told."""
    if resource not in COLUMNS and resource.rpartition("/")[0] in BUILT_IN:
        return None
    try:
        cells = row(resource, obj, now)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return [str(cell) for cell, column in zip(cells, columns_of(resource), strict=True) if not column.wide]


def _at(path: str, absent: object = NONE) -> Callable[[Object, float], Any]:
    """What is at a path; ``absent`` if it is not there, or empty."""

    def cell(obj: Object, _now: float) -> Any:  # noqa: ANN401 - whatever JSON has there
        value: Any = obj
        for part in path.split("."):
            value = (value or {}).get(part)
        return absent if value in (None, "", {}, []) else value

    return cell


def _since(path: str, absent: str) -> Callable[[Object, float], str]:
    """How long ago the time at a path was."""
    read = _at(path, "")

    def cell(obj: Object, now: float) -> str:
        written = read(obj, now)
        return ago(now - seconds_of(written)) if written else absent

    return cell


def _of(part: str, whole: str) -> Callable[[Object, float], str]:
    first, second = _at(part, 0), _at(whole, 0)
    return lambda obj, now: f"{first(obj, now)}/{second(obj, now)}"


def _count(path: str) -> Callable[[Object, float], int]:
    found = _at(path, ())
    return lambda obj, now: len(found(obj, now))


def _pairs(path: str) -> Callable[[Object, float], str]:
    found = _at(path, {})
    return lambda obj, now: ",".join(f"{key}={value}" for key, value in sorted(found(obj, now).items())) or NONE


def _containers(field: str) -> Callable[[Object, float], str]:
    found = _at("spec.template.spec.containers", ())
    return lambda obj, now: ",".join(container.get(field, "") for container in found(obj, now))


def _node_status(obj: Object, now: float) -> str:
    conditions = {condition["type"]: condition["status"] for condition in obj.get("status", {}).get("conditions", ())}
    status = "Unknown" if "Ready" not in conditions else "Ready" if conditions["Ready"] == "True" else "NotReady"
    return f"{status},SchedulingDisabled" if obj.get("spec", {}).get("unschedulable") else status


def _node_roles(obj: Object, now: float) -> str:
    prefix = "node-role.kubernetes.io/"
    labels = obj["metadata"].get("labels") or {}
    return ",".join(sorted(label.removeprefix(prefix) for label in labels if label.startswith(prefix))) or NONE


def _node_address(kind: str) -> Callable[[Object, float], str]:
    def cell(obj: Object, now: float) -> str:
        addresses = obj.get("status", {}).get("addresses", ())
        return next((one["address"] for one in addresses if one["type"] == kind), NONE)

    return cell


def _ports(obj: Object, now: float) -> str:
    def told(port: dict[str, Any]) -> str:
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        return f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}"

    return ",".join(told(port) for port in obj["spec"].get("ports", ())) or NONE


def _external(obj: Object, now: float) -> str:
    spec = obj["spec"]
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    ingress = (obj.get("status", {}).get("loadBalancer") or {}).get("ingress", ())
    addresses = [one.get("ip") or one.get("hostname", "") for one in ingress] + spec.get("externalIPs", [])
    return ",".join(addresses) or ("<pending>" if spec.get("type") == "LoadBalancer" else NONE)


def _job_status(obj: Object, now: float) -> str:
    held = {one["type"] for one in obj.get("status", {}).get("conditions", ()) if one["status"] == "True"}
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    found = (
        kind for kind in ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet") if kind in held
    )
    return next(found, "Running")


def _event_object(obj: Object, now: float) -> str:
    involved = obj["involvedObject"]
    return f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"


def _event_seen(obj: Object, now: float) -> str:
    written = obj.get("lastTimestamp") or (obj.get("series") or {}).get("lastObservedTime") or obj.get("eventTime")
    return _since("time", "<unknown>")({"time": written}, now)


NAME = Column("Name", _at("metadata.name"), format="name", schema="ObjectMeta", about="name")
AGE = Column("Age", _since("metadata.creationTimestamp", "<unknown>"), schema="ObjectMeta", about="creationTimestamp")
IMAGES = (Column("Containers", _containers("name"), wide=True), Column("Images", _containers("image"), wide=True))
SELECTOR = Column("Selector", _pairs("spec.selector.matchLabels"), wide=True)
DEFAULT = (NAME, AGE)

BUILT_IN = frozenset(
    {
        "v1", "admissionregistration.k8s.io/v1", "apiextensions.k8s.io/v1", "apiregistration.k8s.io/v1", "apps/v1",
        "autoscaling/v1", "autoscaling/v2", "batch/v1", "certificates.k8s.io/v1", "coordination.k8s.io/v1",
        "discovery.k8s.io/v1", "events.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1", "networking.k8s.io/v1",
        "node.k8s.io/v1", "policy/v1", "rbac.authorization.k8s.io/v1", "resource.k8s.io/v1", "scheduling.k8s.io/v1",
        "storage.k8s.io/v1",
    }
)  # fmt: skip
"""Group versions whose kinds have columns of their own in the API server, whether they are told of here or not."""


def _number(name: str, path: str) -> Column:
    return Column(name, _at(path, 0), type="integer")


COLUMNS: dict[str, tuple[Column, ...]] = {
    "v1/pods": (
        NAME,
        Column("Ready", podcells.ready, about="The aggregate readiness state of this pod for accepting traffic."),
        Column("Status", podcells.status, about="The aggregate status of the containers in this pod."),
        Column(
            "Restarts",
            podcells.restarts,
            about="The number of times the containers in this pod have been restarted and when the last container in "
            "this pod has restarted.",
        ),
        AGE,
        Column("IP", _at("status.podIP"), wide=True, schema="PodStatus", about="podIP"),
        Column("Node", _at("spec.nodeName"), wide=True, schema="PodSpec", about="nodeName"),
        Column(
            "Nominated Node", _at("status.nominatedNodeName"), wide=True, schema="PodStatus", about="nominatedNodeName"
        ),
        Column("Readiness Gates", podcells.gates, wide=True, schema="PodSpec", about="readinessGates"),
    ),
    "v1/nodes": (
        NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        AGE,
        Column("Version", _at("status.nodeInfo.kubeletVersion")),
        Column("Internal-IP", _node_address("InternalIP"), wide=True),
        Column("External-IP", _node_address("ExternalIP"), wide=True),
        Column("OS-Image", _at("status.nodeInfo.osImage", "<unknown>"), wide=True),
        Column("Kernel-Version", _at("status.nodeInfo.kernelVersion", "<unknown>"), wide=True),
        Column("Container-Runtime", _at("status.nodeInfo.containerRuntimeVersion", "<unknown>"), wide=True),
    ),
    "v1/namespaces": (NAME, Column("Status", _at("status.phase")), AGE),
    "v1/services": (
        NAME,
        Column("Type", _at("spec.type")),
        Column("Cluster-IP", _at("spec.clusterIP")),
        Column("External-IP", _external),
        Column("Port(s)", _ports),
        AGE,
        Column("Selector", _pairs("spec.selector"), wide=True),
    ),
    "v1/configmaps": (NAME, Column("Data", _count("data"), type="integer"), AGE),
    "v1/secrets": (NAME, Column("Type", _at("type", "")), Column("Data", _count("data"), type="integer"), AGE),
    "v1/events": (
        Column("Last Seen", _event_seen),
        Column("Type", _at("type", "")),
        Column("Reason", _at("reason", "")),
        Column("Object", _event_object),
        Column("Subobject", _at("involvedObject.fieldPath", ""), wide=True),
        Column("Source", _at("source.component", ""), wide=True),
        Column("Message", _at("message", "")),
        Column("First Seen", _since("firstTimestamp", "<unknown>"), wide=True),
        Column("Count", _at("count", 1), type="integer", wide=True),
        Column("Name", _at("metadata.name"), wide=True, format="name"),
    ),
    "apps/v1/deployments": (
        NAME,
        Column("Ready", _of("status.readyReplicas", "spec.replicas")),
        Column("Up-to-date", _at("status.updatedReplicas", 0)),
        Column("Available", _at("status.availableReplicas", 0)),
        AGE,
        *IMAGES,
        SELECTOR,
    ),
    "apps/v1/replicasets": (
        NAME,
        _number("Desired", "spec.replicas"),
        _number("Current", "status.replicas"),
        _number("Ready", "status.readyReplicas"),
        AGE,
        *IMAGES,
        SELECTOR,
    ),
    "apps/v1/statefulsets": (NAME, Column("Ready", _of("status.readyReplicas", "spec.replicas")), AGE, *IMAGES),
    "apps/v1/daemonsets": (
        NAME,
        _number("Desired", "status.desiredNumberScheduled"),
        _number("Current", "status.currentNumberScheduled"),
        _number("Ready", "status.numberReady"),
        _number("Up-to-date", "status.updatedNumberScheduled"),
        _number("Available", "status.numberAvailable"),
        Column("Node Selector", _pairs("spec.template.spec.nodeSelector")),
        AGE,
        *IMAGES,
        SELECTOR,
    ),
    "batch/v1/jobs": (
        NAME,
        Column("Status", _job_status),
        Column("Completions", _of("status.succeeded", "spec.completions")),
        AGE,
        *IMAGES,
        SELECTOR,
    ),
    "batch/v1/cronjobs": (
        NAME,
        Column("Schedule", _at("spec.schedule")),
        Column("Timezone", _at("spec.timeZone")),
        Column("Suspend", lambda obj, now: str(obj["spec"].get("suspend", False)), type="boolean"),
        Column("Active", _count("status.active"), type="integer"),
        Column("Last Schedule", _since("status.lastScheduleTime", NONE)),
        AGE,
    ),
    "coordination.k8s.io/v1/leases": (NAME, Column("Holder", _at("spec.holderIdentity", "")), AGE),
}
