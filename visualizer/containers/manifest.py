"""The manifest: the fields of one Pod, and of Events about it, that tell of its containers.

The store keeps less of a Pod, because it keeps all of them. These are decoded from the log's JSON when somebody looks
at one. Shapes follow the Kubernetes 1.36 API reference.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""As far as a browser counts."""


class _Part(Struct, frozen=True, gc=False, rename="camel"):
    pass


class HTTPGet(_Part, frozen=True):
    """``httpGet``. An empty host is the Pod's own address."""

    port: int | str = 0
    path: str = ""
    host: str = ""
    scheme: str = ""


class TCPSocket(_Part, frozen=True):
    """``tcpSocket``."""

    port: int | str = 0
    host: str = ""


class Exec(_Part, frozen=True):
    """``exec``: a program in the container; exit code 0 is success."""

    command: list[str] | None = None


class GRPC(_Part, frozen=True):
    """``grpc``: the standard health check of gRPC, which may name a service."""

    port: int = 0
    service: str = ""


class Sleep(_Part, frozen=True):
    """``sleep`` of a lifecycle hook."""

    seconds: Int64 = 0


class Probe(_Part, frozen=True):
    """``startupProbe``, ``livenessProbe`` or ``readinessProbe``. Of the four handlers one is set."""

    exec: Exec | None = None
    http_get: HTTPGet | None = None
    tcp_socket: TCPSocket | None = None
    grpc: GRPC | None = None
    initial_delay_seconds: Int32 | None = None
    timeout_seconds: Int32 | None = None
    period_seconds: Int32 | None = None
    success_threshold: Int32 | None = None
    failure_threshold: Int32 | None = None
    termination_grace_period_seconds: Int64 | None = None


class Hook(_Part, frozen=True):
    """``lifecycle.postStart`` or ``lifecycle.preStop``."""

    exec: Exec | None = None
    http_get: HTTPGet | None = None
    tcp_socket: TCPSocket | None = None
    sleep: Sleep | None = None


class Lifecycle(_Part, frozen=True):
    """``lifecycle``."""

    post_start: Hook | None = None
    pre_stop: Hook | None = None
    stop_signal: str | None = None


class Container(_Part, frozen=True):
    """One of ``containers``, ``initContainers`` or ``ephemeralContainers``.

    ``restart_policy`` is Always for a native sidecar (KEP-753); ``restart_policy_rules`` are of KEP-5307.
    """

    name: str
    image: str = ""
    restart_policy: str | None = None
    restart_policy_rules: list[msgspec.Raw] | None = None
    startup_probe: Probe | None = None
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    lifecycle: Lifecycle | None = None
    target_container_name: str | None = None


class Waiting(_Part, frozen=True):
    """``state.waiting``."""

    reason: str | None = None
    message: str | None = None


class Running(_Part, frozen=True):
    """``state.running``."""

    started_at: str | None = None


class Terminated(_Part, frozen=True):
    """``state.terminated``."""

    exit_code: Int32 = 0
    signal: Int32 | None = None
    reason: str | None = None
    message: str | None = None
    started_at: str | None = None
    finished_at: str | None = None


class State(_Part, frozen=True):
    """One of the three is set."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(_Part, frozen=True):
    """``status.containerStatuses[]`` and its siblings."""

    name: str
    ready: bool = False
    started: bool | None = None
    restart_count: Int32 = 0
    state: State | None = None
    last_state: State | None = None


class Condition(_Part, frozen=True):
    """``status.conditions[]``."""

    type: str
    status: str = "Unknown"
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None


class ReadinessGate(_Part, frozen=True):
    """``readinessGates[]``: a condition of someone else's that has to be True, too."""

    condition_type: str = ""


class Gate(_Part, frozen=True):
    """``schedulingGates[]``."""

    name: str = ""


class Spec(_Part, frozen=True):
    """``spec``."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    ephemeral_containers: list[Container] | None = None
    restart_policy: str = ""
    readiness_gates: list[ReadinessGate] | None = None
    scheduling_gates: list[Gate] | None = None
    termination_grace_period_seconds: Int64 | None = None
    node_name: str = ""


class Status(_Part, frozen=True):
    """``status``."""

    phase: str = ""
    reason: str | None = None
    message: str | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    ephemeral_container_statuses: list[ContainerStatus] | None = None


class PodMetadata(_Part, frozen=True):
    """``metadata``."""

    name: str = ""
    namespace: str = ""
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: Int64 | None = None
    finalizers: list[str] | None = None


class Pod(_Part, frozen=True):
    """v1/pods."""

    metadata: PodMetadata = PodMetadata()
    spec: Spec = Spec()
    status: Status = Status()


class Involved(_Part, frozen=True):
    """``involvedObject``. ``field_path`` names the container: ``spec.initContainers{migrate}``."""

    field_path: str = ""


class Series(_Part, frozen=True):
    """``series`` of an Event of the newer kind."""

    count: Int32 = 0
    last_observed_time: str | None = None


class Event(_Part, frozen=True):
    """v1/events about a Pod."""

    involved_object: Involved = Involved()
    reason: str | None = None
    message: str | None = None
    count: Int32 | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: Series | None = None
    type_: str | None = field(default=None, name="type")


_pods: Final = msgspec.json.Decoder(Pod)
_events: Final = msgspec.json.Decoder(Event)


class Unreadable(ValueError):
    """These fields are not what the API says they are; the message says which, in a sentence."""


def read_pod(line: bytes) -> Pod:
    """The Pod of this JSON. Raises :class:`Unreadable`."""
    try:
        return _pods.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"The containers of this Pod cannot be read: {error}.") from error


def read_event(line: bytes) -> Event:
    """The Event of this JSON. Raises :class:`Unreadable`."""
    try:
        return _events.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"An Event about this Pod cannot be read: {error}.") from error
