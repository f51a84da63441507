"""Threads: work that reads the database or takes long, done beside the event loop: no viewer waits for another's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import Error, connections

_Result = TypeVar("_Result")


async def in_thread(work: Callable[[], _Result]) -> _Result:
    """What the work gives, done in one of the event loop's threads. The thread keeps its database connection."""
    return await sync_to_async(_do, thread_sensitive=False)(work)


async def in_thread_to_end(work: Callable[[], _Result]) -> _Result:
    """The same, for what writes: whoever is cancelled meanwhile goes on only when the write is done, or undone."""
    doing = asyncio.ensure_future(in_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        raise


def _do(work: Callable[[], _Result]) -> _Result:
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["CONN_HEALTH_CHECKS"]:
            connection.close_if_unusable_or_obsolete()  # a database that was away broke every thread's connection
    try:
        return work()
    except Error:
        connections.close_all()  # a broken connection must not meet the next work
        raise
