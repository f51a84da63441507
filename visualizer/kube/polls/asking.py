"""Asking: what a poll is given, and how any failure of it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from visualizer.kube.access import Access, CredentialsError
from visualizer.kube.polls.logs import ListedLog, Versions
from visualizer.kube.polls.results import Outcome
from visualizer.kube.transport import ApiError, Transport, Unreachable


@dataclass(frozen=True)
class Kept:
    """What the log has of one resource: how far it has been read, and its objects."""

    version: str
    path: str
    objects: Versions


@dataclass(frozen=True)
class Asked:
    """What a poll may use. ``before`` is the last result of the same poll, ``now`` is unix seconds.

    ``kept`` gives what the log has by now of every resource; none where the cluster has no log yet. ``listed_log`` is
    its log, for a listing to write to.
    """

    transport: Transport
    access: Access
    before: object
    now: float
    kept: Callable[[], Awaitable[Mapping[str, Kept]]]
    listed_log: Callable[[], AbstractAsyncContextManager[ListedLog]]


Ask: TypeAlias = Callable[[Asked], Awaitable[Outcome]]


async def ask(poll: Ask, asked: Asked, *, limit_seconds: float) -> Outcome:
    """The poll's outcome; whatever the cluster does, there is one."""
    try:
        async with asyncio.timeout(limit_seconds):
            return await poll(asked)
    except ApiError as error:
        return refused(error)
    except TimeoutError:
        return Outcome("unreachable", f"There was no answer within {limit_seconds:g} seconds.")
    except ValueError as error:  # msgspec's, a bad line's, a quantity's, a certificate's
        return Outcome("unreachable", f"The answer cannot be read: {error}.")
    except (Unreachable, CredentialsError) as error:
        return Outcome("unreachable", _sentence(str(error)))


def refused(error: ApiError) -> Outcome:
    """The outcome where the API server says no."""
    if error.status in (401, 403):
        return Outcome("refused", _sentence(error.message))
    if error.status == 404:
        return Outcome("absent", "The cluster does not serve this.")
    return Outcome("unreachable", _sentence(str(error)))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
