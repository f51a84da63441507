"""Columns: what ``kubectl get`` prints of each kind beside name and namespace.

As the API server's pkg/printers/internalversion/printers.go (Kubernetes 1.36) makes them, for the kinds that people
list most; any other kind has its age. Cells are read from the raw object. What is not there is told as kubectl does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from visualizer.nodes.status import describe_pod
from visualizer.objects import AnyObject, Pod

Json = Mapping[str, object]
NONE: Final = "<none>"

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_YEAR = 365 * _DAY


class Column(Struct, frozen=True):
    """One column. ``cell`` is given the object as the store has it, as the log has it, and the time (unix seconds)."""

    name: str
    cell: Callable[[AnyObject, Json, float], str]


def columns_of(resource: str) -> Sequence[Column]:
    """The columns of a resource (``apps/v1/deployments``), whatever its version."""
    group_version, _, plural = resource.rpartition("/")
    return COLUMNS.get((group_version.rpartition("/")[0], plural), DEFAULT)


def age_words(seconds: float) -> str:
    """A duration as kubectl tells ages: ``HumanDuration`` of apimachinery's pkg/util/duration."""
    if seconds < -1:
        return "<invalid>"
    whole = max(0, int(seconds))
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < 10 * _MINUTE:
        return _two(whole, (_MINUTE, "m"), (1, "s"))
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, (_HOUR, "h"), (_MINUTE, "m"))
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, (_DAY, "d"), (_HOUR, "h"))
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    return _two(whole, (_YEAR, "y"), (_DAY, "d")) if whole < 8 * _YEAR else f"{whole // _YEAR}y"


def _two(seconds: int, large: tuple[int, str], small: tuple[int, str]) -> str:
    rest = seconds % large[0] // small[0]
    return f"{seconds // large[0]}{large[1]}" + (f"{rest}{small[1]}" if rest else "")


def at(obj: object, path: str) -> object:
    """What is at a path of keys with dots between; None where it is not there."""
    for part in path.split("."):
        if not isinstance(obj, dict):
            return None
        obj = obj.get(part)
    return obj


def _items(obj: object, path: str) -> list[object]:
    found = at(obj, path)
    return found if isinstance(found, list) else []


def _text(path: str, absent: str = NONE) -> Callable[[AnyObject, Json, float], str]:
    def cell(_obj: AnyObject, raw: Json, _now: float) -> str:
        found = at(raw, path)
        if isinstance(found, bool):
            return str(found)
        return absent if found in (None, "", {}, []) else str(found)

    return cell


def _since(path: str, absent: str = "<unknown>") -> Callable[[AnyObject, Json, float], str]:
    def cell(_obj: AnyObject, raw: Json, now: float) -> str:
        written = at(raw, path)
        if not isinstance(written, str):
            return absent
        try:
            return age_words(now - datetime.fromisoformat(written).timestamp())
        except ValueError:
            return absent

    return cell


def _of(part: str, whole: str, default: str = "0") -> Callable[[AnyObject, Json, float], str]:
    first, second = _text(part, "0"), _text(whole, default)
    return lambda obj, raw, now: f"{first(obj, raw, now)}/{second(obj, raw, now)}"


def _count(*paths: str) -> Callable[[AnyObject, Json, float], str]:
    def cell(_obj: AnyObject, raw: Json, _now: float) -> str:
        return str(sum(len(found) for path in paths if isinstance(found := at(raw, path), dict | list)))

    return cell


def _joined(path: str, field: str) -> Callable[[AnyObject, Json, float], str]:
    def cell(_obj: AnyObject, raw: Json, _now: float) -> str:
        return ",".join(str(at(each, field) or "") for each in _items(raw, path)) or NONE

    return cell


def _pairs(path: str) -> Callable[[AnyObject, Json, float], str]:
    def cell(_obj: AnyObject, raw: Json, _now: float) -> str:
        found = at(raw, path)
        pairs = sorted(found.items()) if isinstance(found, dict) else []
        return ",".join(f"{key}={value}" for key, value in pairs) or NONE

    return cell


def _pod_ready(obj: AnyObject, _raw: Json, _now: float) -> str:
    if not isinstance(obj, Pod):
        return ""
    line = describe_pod(obj)
    return f"{line.ready}/{line.containers}"


def _pod_status(obj: AnyObject, _raw: Json, _now: float) -> str:
    return describe_pod(obj).status if isinstance(obj, Pod) else ""


def _pod_restarts(obj: AnyObject, _raw: Json, _now: float) -> str:
    return str(describe_pod(obj).restarts) if isinstance(obj, Pod) else ""


def _node_status(_obj: AnyObject, raw: Json, _now: float) -> str:
    ready = next((at(each, "status") for each in _items(raw, "status.conditions") if at(each, "type") == "Ready"), None)
    words = "Unknown" if ready is None else "Ready" if ready == "True" else "NotReady"
    return f"{words},SchedulingDisabled" if at(raw, "spec.unschedulable") is True else words


def _node_roles(_obj: AnyObject, raw: Json, _now: float) -> str:
    labels, prefix = at(raw, "metadata.labels"), "node-role.kubernetes.io/"
    names = (
        [str(each).removeprefix(prefix) for each in labels if str(each).startswith(prefix)]
        if isinstance(labels, dict)
        else []
    )
    return ",".join(sorted(names)) or NONE


def _ports(_obj: AnyObject, raw: Json, _now: float) -> str:
    told = []
    for port in _items(raw, "spec.ports"):
        node = at(port, "nodePort")
        told.append(f"{at(port, 'port')}{f':{node}' if node else ''}/{at(port, 'protocol') or 'TCP'}")
    return ",".join(told) or NONE


def _external(_obj: AnyObject, raw: Json, _now: float) -> str:
    if at(raw, "spec.type") == "ExternalName":
        return str(at(raw, "spec.externalName") or "")
    found = [str(at(each, "ip") or at(each, "hostname") or "") for each in _items(raw, "status.loadBalancer.ingress")]
    found += [str(each) for each in _items(raw, "spec.externalIPs")]
    return ",".join(found) or ("<pending>" if at(raw, "spec.type") == "LoadBalancer" else NONE)


def _job_status(_obj: AnyObject, raw: Json, _now: float) -> str:
    if at(raw, "metadata.deletionTimestamp") is not None:
        return "Terminating"
    held = {at(each, "type") for each in _items(raw, "status.conditions") if at(each, "status") == "True"}
    kinds = ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet")
    return next((kind for kind in kinds if kind in held), "Running")


def _claim_modes(_obj: AnyObject, raw: Json, _now: float) -> str:
    short = {
        "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP",
    }  # fmt: skip
    modes = _items(raw, "status.accessModes") or _items(raw, "spec.accessModes")
    return ",".join(short.get(str(mode), str(mode)) for mode in modes)


def _claim_of(_obj: AnyObject, raw: Json, _now: float) -> str:
    name = at(raw, "spec.claimRef.name")
    return f"{at(raw, 'spec.claimRef.namespace')}/{name}" if name else ""


def _hosts(_obj: AnyObject, raw: Json, _now: float) -> str:
    hosts = [str(at(rule, "host")) for rule in _items(raw, "spec.rules") if at(rule, "host")]
    return ",".join(hosts) or "*"


def _reference(_obj: AnyObject, raw: Json, _now: float) -> str:
    return f"{at(raw, 'spec.scaleTargetRef.kind')}/{at(raw, 'spec.scaleTargetRef.name')}"


def _role(_obj: AnyObject, raw: Json, _now: float) -> str:
    return f"{at(raw, 'roleRef.kind')}/{at(raw, 'roleRef.name')}"


def _event_object(_obj: AnyObject, raw: Json, _now: float) -> str:
    return f"{at(raw, 'involvedObject.kind')}/{at(raw, 'involvedObject.name')}".lower()


def _event_seen(obj: AnyObject, raw: Json, now: float) -> str:
    for path in ("series.lastObservedTime", "lastTimestamp", "eventTime"):
        if at(raw, path):
            return _since(path)(obj, raw, now)
    return "<unknown>"


def _addresses(_obj: AnyObject, raw: Json, _now: float) -> str:
    found = [str(address) for each in _items(raw, "endpoints") for address in _items(each, "addresses")]
    return ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "") or "<unset>"


AGE: Final = Column("Age", _since("metadata.creationTimestamp"))
DEFAULT: Final = (AGE,)

COLUMNS: Final[Mapping[tuple[str, str], Sequence[Column]]] = {
    ("", "pods"): (
        Column("Ready", _pod_ready),
        Column("Status", _pod_status),
        Column("Restarts", _pod_restarts),
        AGE,
        Column("IP", _text("status.podIP")),
        Column("Node", _text("spec.nodeName")),
    ),
    ("", "nodes"): (
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        AGE,
        Column("Version", _text("status.nodeInfo.kubeletVersion")),
    ),
    ("", "namespaces"): (Column("Status", _text("status.phase")), AGE),
    ("", "services"): (
        Column("Type", _text("spec.type")),
        Column("Cluster-IP", _text("spec.clusterIP")),
        Column("External-IP", _external),
        Column("Port(s)", _ports),
        AGE,
        Column("Selector", _pairs("spec.selector")),
    ),
    ("", "configmaps"): (Column("Data", _count("data", "binaryData")), AGE),
    ("", "secrets"): (Column("Type", _text("type", "")), Column("Data", _count("data")), AGE),
    ("", "serviceaccounts"): (AGE,),
    ("", "persistentvolumeclaims"): (
        Column("Status", _text("status.phase")),
        Column("Volume", _text("spec.volumeName", "")),
        Column("Capacity", _text("status.capacity.storage", "")),
        Column("Access modes", _claim_modes),
        Column("StorageClass", _text("spec.storageClassName", "")),
        AGE,
    ),
    ("", "persistentvolumes"): (
        Column("Capacity", _text("spec.capacity.storage", "")),
        Column("Access modes", _claim_modes),
        Column("Reclaim policy", _text("spec.persistentVolumeReclaimPolicy", "")),
        Column("Status", _text("status.phase")),
        Column("Claim", _claim_of),
        Column("StorageClass", _text("spec.storageClassName", "")),
        AGE,
    ),
    ("", "replicationcontrollers"): (
        Column("Desired", _text("spec.replicas", "0")),
        Column("Current", _text("status.replicas", "0")),
        Column("Ready", _text("status.readyReplicas", "0")),
        AGE,
    ),
    ("", "events"): (
        Column("Last seen", _event_seen),
        Column("Type", _text("type", "")),
        Column("Reason", _text("reason", "")),
        Column("Object", _event_object),
        Column("Message", _text("message", "")),
    ),
    ("apps", "deployments"): (
        Column("Ready", _of("status.readyReplicas", "spec.replicas")),
        Column("Up-to-date", _text("status.updatedReplicas", "0")),
        Column("Available", _text("status.availableReplicas", "0")),
        AGE,
        Column("Images", _joined("spec.template.spec.containers", "image")),
    ),
    ("apps", "replicasets"): (
        Column("Desired", _text("spec.replicas", "0")),
        Column("Current", _text("status.replicas", "0")),
        Column("Ready", _text("status.readyReplicas", "0")),
        AGE,
        Column("Images", _joined("spec.template.spec.containers", "image")),
    ),
    ("apps", "statefulsets"): (
        Column("Ready", _of("status.readyReplicas", "spec.replicas")),
        AGE,
        Column("Images", _joined("spec.template.spec.containers", "image")),
    ),
    ("apps", "daemonsets"): (
        Column("Desired", _text("status.desiredNumberScheduled", "0")),
        Column("Current", _text("status.currentNumberScheduled", "0")),
        Column("Ready", _text("status.numberReady", "0")),
        Column("Up-to-date", _text("status.updatedNumberScheduled", "0")),
        Column("Available", _text("status.numberAvailable", "0")),
        Column("Node selector", _pairs("spec.template.spec.nodeSelector")),
        AGE,
    ),
    ("batch", "jobs"): (
        Column("Status", _job_status),
        Column("Completions", _of("status.succeeded", "spec.completions", "1")),
        AGE,
    ),
    ("batch", "cronjobs"): (
        Column("Schedule", _text("spec.schedule")),
        Column("Timezone", _text("spec.timeZone")),
        Column("Suspend", _text("spec.suspend", "False")),
        Column("Active", _count("status.active")),
        Column("Last schedule", _since("status.lastScheduleTime", NONE)),
        AGE,
    ),
    ("networking.k8s.io", "ingresses"): (
        Column("Class", _text("spec.ingressClassName")),
        Column("Hosts", _hosts),
        AGE,
    ),
    ("networking.k8s.io", "networkpolicies"): (Column("Pod-selector", _pairs("spec.podSelector.matchLabels")), AGE),
    ("autoscaling", "horizontalpodautoscalers"): (
        Column("Reference", _reference),
        Column("Minpods", _text("spec.minReplicas", "<unset>")),
        Column("Maxpods", _text("spec.maxReplicas")),
        Column("Replicas", _text("status.currentReplicas", "0")),
        AGE,
    ),
    ("policy", "poddisruptionbudgets"): (
        Column("Min available", _text("spec.minAvailable", "N/A")),
        Column("Max unavailable", _text("spec.maxUnavailable", "N/A")),
        Column("Allowed disruptions", _text("status.disruptionsAllowed", "0")),
        AGE,
    ),
    ("discovery.k8s.io", "endpointslices"): (
        Column("Addresstype", _text("addressType")),
        Column("Endpoints", _addresses),
        AGE,
    ),
    ("coordination.k8s.io", "leases"): (Column("Holder", _text("spec.holderIdentity", "")), AGE),
    ("storage.k8s.io", "storageclasses"): (
        Column("Provisioner", _text("provisioner")),
        Column("Reclaimpolicy", _text("reclaimPolicy")),
        Column("Volumebindingmode", _text("volumeBindingMode")),
        AGE,
    ),
    ("scheduling.k8s.io", "priorityclasses"): (
        Column("Value", _text("value", "0")),
        Column("Global-default", _text("globalDefault", "False")),
        AGE,
    ),
    ("rbac.authorization.k8s.io", "rolebindings"): (Column("Role", _role), AGE),
    ("rbac.authorization.k8s.io", "clusterrolebindings"): (Column("Role", _role), AGE),
}
"""By group and plural."""
