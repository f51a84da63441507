"""Who may alter which clusters there are: staff, where a login is required; else whoever is at this machine.

Adding a cluster makes this server connect to an address that somebody typed in, so it is also limited how often.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import HttpError

CHECKS_A_MINUTE: Final = 20
_MINUTE_SECONDS: Final = 60


def may_alter_clusters(request: HttpRequest) -> bool:
    """Whether whoever asks may add, alter and remove clusters."""
    return not settings.LOGIN_REQUIRED or bool(request.user.is_authenticated and request.user.is_staff)


def staff(request: HttpRequest) -> bool:
    """For calls of the API that are for staff. Raises HttpError 403 for others, before anything is done."""
    if not may_alter_clusters(request):
        raise HttpError(403, "Only staff may alter which clusters there are. Ask whoever runs this server.")
    return True


def may_edit_lessons(request: HttpRequest) -> bool:
    """Whether whoever asks may write lessons: the same people."""
    return may_alter_clusters(request)


def lesson_editor(request: HttpRequest) -> bool:
    """For calls of the API that write lessons. Raises HttpError 403 for others, before anything is done."""
    if not may_edit_lessons(request):
        raise HttpError(403, "Only staff may write lessons. Ask whoever runs this server.")
    return True


def spend_check(request: HttpRequest) -> None:
    """Count one connection to a cluster. Raises HttpError 429 where somebody asks for more than twenty a minute."""
    who = f"cluster-checks:{request.user.pk if request.user.is_authenticated else 'local'}"
    cache.add(who, 0, _MINUTE_SECONDS)
    try:
        count = cache.incr(who)
    except ValueError:  # it ran out in between
        return
    if count > CHECKS_A_MINUTE:
        raise HttpError(
            429, f"That were more than {CHECKS_A_MINUTE} connections in a minute. Wait a minute, then go on."
        )
