"""Reviews: asking an API server what one may do there, by the ``authorization.k8s.io/v1`` self-subject reviews.

What is asked for all namespaces is answered by a SelfSubjectAccessReview for each verb: only that is a fact. A
SelfSubjectRulesReview tells of one namespace at a time and may be incomplete, so it serves as a hint only: that a
permission was given in one namespace, where all were meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from visualizer.kube.grants import EVERY, Question, split
from visualizer.kube.transport import ApiError, Transport

ACCESS_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
SUBJECT_REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
REVIEWS_AT_ONCE: Final = 8


class _AccessStatus(Struct):
    allowed: bool = False


class _AccessReview(Struct):
    status: _AccessStatus = field(default_factory=_AccessStatus)


class Verdict(Struct, rename="camel"):
    """What a SubjectAccessReview was answered. ``denied``: some authorizer refused outright, whatever others say."""

    allowed: bool = False
    denied: bool = False
    reason: str = ""
    evaluation_error: str = ""


class _SubjectReview(Struct):
    status: Verdict = field(default_factory=Verdict)


class _ResourceRule(Struct):
    verbs: list[str] = []
    apiGroups: list[str] = []
    resources: list[str] = []
    resourceNames: list[str] = []


class _RulesStatus(Struct):
    resourceRules: list[_ResourceRule] = []


class _RulesReview(Struct):
    status: _RulesStatus = field(default_factory=_RulesStatus)


async def review_subject(transport: Transport, spec: Mapping[str, Any]) -> Verdict:
    """What somebody else may do, as the cluster's own authorizers say. Nothing is written, though its verb is create.

    ``spec`` is that of a SubjectAccessReview. Raises what :class:`Transport` raises.
    """
    body = {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": dict(spec)}
    return msgspec.json.decode(await transport.post(SUBJECT_REVIEWS, body), type=_SubjectReview).status


class Reviews:
    """Asks one API server, as whoever the transport speaks for. All raise what :class:`Transport` raises."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._turn = asyncio.Semaphore(REVIEWS_AT_ONCE)

    async def denied(self, questions: Sequence[Question]) -> dict[Question, tuple[str, ...]]:
        """Of each question, the verbs that may not be used in all namespaces."""
        asked = [(question, verb) for question in questions for verb in question.verbs]
        allowed = await self._are_allowed([{"resourceAttributes": _attributes(*each)} for each in asked])
        denied: dict[Question, tuple[str, ...]] = dict.fromkeys(questions, ())
        for (question, verb), may in zip(asked, allowed, strict=True):
            denied[question] += () if may else (verb,)
        return denied

    async def denied_paths(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of the paths that may not be got. A path that ends in ``*`` is meant as RBAC means it."""
        asked = [{"nonResourceAttributes": {"path": path, "verb": "get"}} for path in paths]
        allowed = await self._are_allowed(asked)
        return tuple(path for path, may in zip(paths, allowed, strict=True) if not may)

    async def allowed_in(self, namespace: str, denied: Mapping[Question, Collection[str]]) -> set[Question]:
        """Those that may be used in this namespace, though not in all; none where the server does not tell."""
        body = {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1"}
        try:
            answer = await self._transport.post(RULES_REVIEWS, {**body, "spec": {"namespace": namespace}})
        except ApiError:
            return set()
        rules = msgspec.json.decode(answer, type=_RulesReview).status.resourceRules
        return {
            question
            for question, verbs in denied.items()
            if verbs and all(_grants(rules, question, verb) for verb in verbs)
        }

    async def _are_allowed(self, specs: Sequence[dict[str, Any]]) -> list[bool]:
        """All of them, a few at a time. Where one cannot be asked, none is asked any more."""
        tasks = [asyncio.create_task(self._is_allowed(spec)) for spec in specs]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _is_allowed(self, spec: dict[str, Any]) -> bool:
        body = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}
        async with self._turn:
            answer = await self._transport.post(ACCESS_REVIEWS, body)
        return msgspec.json.decode(answer, type=_AccessReview).status.allowed


def _attributes(question: Question, verb: str) -> dict[str, str]:
    group, version, plural = split(question.resource)
    return {"group": group, "version": version, "resource": plural, "verb": verb}


def _grants(rules: Sequence[_ResourceRule], question: Question, verb: str) -> bool:
    return any(
        not rule.resourceNames
        and {verb, EVERY} & set(rule.verbs)
        and {question.group, EVERY} & set(rule.apiGroups)
        and {question.plural, EVERY} & set(rule.resources)
        for rule in rules
    )
