"""A probe's settings: what it asks, in words, and its numbers as they hold, with the defaults filled in.

The defaults are those of pkg/apis/core/v1/defaults.go (``SetDefaults_Probe``). The API server writes them into the
object, so a number that equals its default may have been set to it.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from visualizer.containers.facts import ProbeKind, Setting
from visualizer.containers.manifest import Container, Exec, Hook, HTTPGet, Probe, TCPSocket

_PERIOD: Final = 10
_TIMEOUT: Final = 1
_SUCCESSES: Final = 1
_FAILURES: Final = 3
_GRACE: Final = 30
_LONGEST: Final = 200


class Numbers(Struct, frozen=True):
    """A probe's numbers as the kubelet uses them: seconds and counts."""

    delay: int
    timeout: int
    period: int
    successes: int
    failures: int


def probes_of(container: Container) -> dict[ProbeKind, Probe]:
    """The probes that this container has, in the order in which they matter."""
    found: dict[ProbeKind, Probe | None] = {
        "startup": container.startup_probe,
        "liveness": container.liveness_probe,
        "readiness": container.readiness_probe,
    }
    return {kind: probe for kind, probe in found.items() if probe is not None}


def numbers_of(probe: Probe) -> Numbers:
    """Its numbers, none below what the API server lets through."""
    return Numbers(
        max(0, probe.initial_delay_seconds or 0),
        max(1, probe.timeout_seconds or _TIMEOUT),
        max(1, probe.period_seconds or _PERIOD),
        max(1, probe.success_threshold or _SUCCESSES),
        max(1, probe.failure_threshold or _FAILURES),
    )


def list_settings(probe: Probe, kind: ProbeKind, pod_grace: int | None) -> list[Setting]:
    """Every number in words. ``pod_grace`` is the Pod's terminationGracePeriodSeconds."""
    numbers = numbers_of(probe)
    settings = [
        Setting(name="initialDelaySeconds", value=f"{numbers.delay} s", is_default=numbers.delay == 0),
        Setting(name="periodSeconds", value=f"{numbers.period} s", is_default=numbers.period == _PERIOD),
        Setting(name="timeoutSeconds", value=f"{numbers.timeout} s", is_default=numbers.timeout == _TIMEOUT),
        Setting(name="successThreshold", value=str(numbers.successes), is_default=numbers.successes == _SUCCESSES),
        Setting(name="failureThreshold", value=str(numbers.failures), is_default=numbers.failures == _FAILURES),
    ]
    if kind == "readiness":
        return settings
    own = probe.termination_grace_period_seconds
    grace = own if own is not None else pod_grace if pod_grace is not None else _GRACE
    value = f"{grace} s" if own is not None else f"{grace} s, the Pod’s"
    return [*settings, Setting(name="terminationGracePeriodSeconds", value=value, is_default=own is None)]


def handler_words(probe: Probe) -> str:
    """What the kubelet does to ask."""
    if probe.http_get:
        return http_words(probe.http_get)
    if probe.tcp_socket:
        return tcp_words(probe.tcp_socket)
    if probe.exec:
        return exec_words(probe.exec)
    if probe.grpc:
        service = f" for {probe.grpc.service}" if probe.grpc.service else ""
        return f"gRPC health check{service} at port {probe.grpc.port}"
    return "nothing: no handler is set"


def hook_words(name: str, hook: Hook) -> str:
    """What a lifecycle hook does: ``preStop: sleep 5 s``."""
    if hook.http_get:
        what = http_words(hook.http_get)
    elif hook.tcp_socket:
        what = tcp_words(hook.tcp_socket)
    elif hook.sleep:
        what = f"sleep {hook.sleep.seconds} s"
    else:
        what = exec_words(hook.exec) if hook.exec else "nothing"
    return f"{name}: {what}"


def http_words(get: HTTPGet) -> str:
    """What is asked, and where: ``HTTP GET :8080/livez``. An answer of 200 to 399 is success."""
    path = get.path or "/"
    slash = "" if path.startswith("/") else "/"
    return _cut(f"{get.scheme or 'HTTP'} GET {get.host}:{get.port}{slash}{path}")


def tcp_words(socket: TCPSocket) -> str:
    """Whether a connection can be opened."""
    return _cut(f"open TCP {socket.host}:{socket.port}")


def exec_words(run: Exec) -> str:
    """The command line, as its words in a row."""
    return _cut(f"run {' '.join(run.command or ()) or 'nothing'}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
