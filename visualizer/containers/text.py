"""A Pod's containers and probes as lines of text, for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from visualizer.containers.facts import ContainerFacts, PodFacts, ProbeFacts

_ROLES: Final = {"init": "init", "sidecar": "native sidecar", "main": "", "ephemeral": "ephemeral"}


def lines(facts: PodFacts) -> Iterator[str]:
    """One after another: why it is not Ready, its conditions, its Services, and each container with its probes."""
    yield f"{facts.phase or 'no phase'}. {facts.why}"
    if facts.deletion:
        yield f"It is being deleted. {' '.join(facts.deletion.words)}"
    for condition in facts.conditions:
        yield f"  {condition.type}: {condition.status or 'not told yet'}{_in_brackets(condition.reason)}"
    for service in facts.services:
        yield f"  in the EndpointSlices of {service.service}: {'ready' if service.is_ready else 'not ready'}"
    for container in facts.containers:
        yield ""
        yield from _container(container)


def _container(container: ContainerFacts) -> Iterator[str]:
    role = _ROLES[container.role]
    yield f"{container.place}. {container.name}{_in_brackets(role)}, {container.words}, {container.image}"
    if container.waits_for:
        yield f"   waits for {container.waits_for}"
    if container.restarts:
        yield f"   restarts: {container.restarts}"
    if container.ending and container.phase != "terminated":
        yield f"   the run before ended: {container.ending.words}"
    if container.back_off:
        yield f"   the kubelet {container.back_off.words}"
    if container.looks_like:
        yield f"   guessed: looks like {container.looks_like.name}. {container.looks_like.why}"
    for probe in container.probes:
        yield from _probe(probe)


def _probe(probe: ProbeFacts) -> Iterator[str]:
    counts = f"every {probe.period} s, {probe.failure_threshold} failures or {probe.success_threshold} success count"
    yield f"   {probe.kind}: {probe.handler}, {counts}"
    yield f"      {probe.state} ({probe.certainty}: {probe.source})"
    yield f"      {probe.words} {probe.outcome}".rstrip()
    if probe.last_words:
        yield f"      last said: {probe.last_words}"
    if len(probe.spells) > 1:
        past = [f"{spell.state} {spell.end - spell.begin:.1f} s" for spell in probe.spells]
        yield f"      before: {', '.join(past)}"


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
