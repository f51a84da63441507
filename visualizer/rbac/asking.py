"""Questions in words: ``who can delete pods in shop?``, ``what can alice do?``, ``where does shop/api lead?``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.rbac.attributes import Attributes
from visualizer.rbac.identities import party_from_text
from visualizer.rbac.policy import Party
from visualizer.rbac.questions import find_parties
from visualizer.rbac.resources import UnknownResource, Vocabulary
from visualizer.rbac.situation import Situation

EXAMPLES: Final = "“who can delete pods in shop?”, “what can alice do?” or “where does shop/api lead?”"


class NotUnderstood(ValueError):
    """The words are no question that can be answered; the message says why."""


class WhoCan(Struct, frozen=True):
    """Who can do this. ``anywhere``: in any namespace."""

    attributes: Attributes
    anywhere: bool


class WhatCan(Struct, frozen=True):
    """What they can do. ``namespace`` narrows it; empty: anywhere. ``assumed``: no binding names them."""

    parties: Sequence[Party]
    namespace: str
    assumed: bool


class Can(Struct, frozen=True):
    """Whether they can do this."""

    parties: Sequence[Party]
    attributes: Attributes
    assumed: bool


class Leads(Struct, frozen=True):
    """Where what they hold leads. ``goal`` is an action, or None for everything."""

    parties: Sequence[Party]
    goal: Attributes | None
    assumed: bool


Question = WhoCan | WhatCan | Can | Leads

_WHO: Final = re.compile(r"who (?:can|may)\s+(?P<action>.+)", re.IGNORECASE | re.DOTALL)
_WHAT: Final = re.compile(r"what (?:can|may)\s+(?P<who>.+?)\s+do(?:\s+in\s+(?P<where>\S+))?", re.IGNORECASE | re.DOTALL)
_LEADS: Final = re.compile(
    r"(?:where (?:does|do|can)|how (?:does|do|can))\s+(?P<who>.+?)\s+"
    r"(?:leads?|gets?|becomes?|comes?)(?:\s+to)?(?:\s+(?P<goal>.+))?",
    re.IGNORECASE | re.DOTALL,
)
_CAN: Final = re.compile(r"(?:can|may)\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_ACTION: Final = re.compile(
    r"(?P<verb>\S+)\s+(?P<resource>\S+)(?:\s+(?:named\s+)?(?P<name>(?!in\b|on\b|any|every|cluster)\S+))?"
    r"(?:\s+(?:in|on)\s+(?P<where>.+?)|\s+(?P<word>anywhere|everywhere|cluster-wide))?",
    re.IGNORECASE,
)
_ANY: Final = frozenset({"anywhere", "any namespace", "every namespace", "all namespaces"})
_CLUSTER: Final = frozenset({"everywhere", "cluster-wide", "the whole cluster", "the cluster"})


def understand(text: str, situation: Situation, vocabulary: Vocabulary) -> Question:
    """The question in these words. Raises :class:`NotUnderstood`."""
    words = " ".join(text.split()).rstrip("?. ")
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Situation, Vocabulary], Question]], ...] = (
        (_WHO, _read_who),
        (_WHAT, _read_what),
        (_LEADS, _read_leads),
        (_CAN, _read_can),
    )
    for pattern, read in readers:
        match = pattern.fullmatch(words)
        if match is not None:
            return read(match, situation, vocabulary)
    raise NotUnderstood(f"That is not understood. Ask such as {EXAMPLES}.")


def _read_who(match: re.Match[str], _situation: Situation, vocabulary: Vocabulary) -> Question:
    return WhoCan(*_action(match["action"], vocabulary))


def _read_what(match: re.Match[str], situation: Situation, _vocabulary: Vocabulary) -> Question:
    parties, assumed = _parties(match["who"], situation)
    return WhatCan(parties, match["where"] or "", assumed)


def _read_leads(match: re.Match[str], situation: Situation, vocabulary: Vocabulary) -> Question:
    parties, assumed = _parties(match["who"], situation)
    goal = (match["goal"] or "").strip().lower()
    if goal in ("", "cluster-admin", "a cluster-admin", "everything", "admin"):
        return Leads(parties, None, assumed)
    return Leads(parties, _action(goal, vocabulary)[0], assumed)


def _read_can(match: re.Match[str], situation: Situation, vocabulary: Vocabulary) -> Question:
    """The name may have spaces in it only where its kind is said (``group developers``)."""
    words = match["rest"].split()
    lengths = (3, 2, 1) if words[0].lower() == "service" else (2, 1)
    for length in lengths:
        name = " ".join(words[:length])
        if len(words) > length and (length == 1 or party_from_text(name) is not None):
            parties, assumed = _parties(name, situation)
            return Can(parties, _action(" ".join(words[length:]), vocabulary)[0], assumed)
    raise NotUnderstood(f"That does not say who or what. Ask such as {EXAMPLES}.")


def _action(text: str, vocabulary: Vocabulary) -> tuple[Attributes, bool]:
    match = _ACTION.fullmatch(text.strip())
    if match is None:
        raise NotUnderstood(f"“{text}” is no action. An action is such as “delete pods in shop” or “get /metrics”.")
    verb, resource = match["verb"].lower(), match["resource"]
    if resource.startswith("/"):
        return Attributes(verb, path=resource), False
    try:
        found = vocabulary.find(resource)
    except UnknownResource as error:
        raise NotUnderstood(str(error)) from error
    asked = Attributes(verb, found.group, found.resource, found.subresource, "", match["name"] or "")
    where = (match["where"] or match["word"] or "anywhere").strip()
    if where.lower() in _ANY:
        return asked, True
    if where.lower() in _CLUSTER:
        return asked, False
    return msgspec.structs.replace(asked, namespace=where.removeprefix("namespace ")), False


def _parties(text: str, situation: Situation) -> tuple[list[Party], bool]:
    """Whom these words mean, and whether that is a guess: somebody of that name whom no binding names is a User."""
    outright = party_from_text(text)
    if outright is not None:
        return [outright], outright not in situation.policy.parties
    found = list(find_parties(situation.policy, text, situation.accounts or ()))
    return (found, False) if found else ([Party("User", text)], True)
