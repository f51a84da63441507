"""Who may see anything: every page, every call of the API and every websocket asks for a login where one is required.

Only the login page itself, the health check and static files do not. Accounts are Django's: ``orrery createsuperuser``
makes the first. How often one may try is not limited here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from asgiref.sync import sync_to_async
from channels.auth import get_user
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, JsonResponse

API = "/api/"


class LoginRequired(LoginRequiredMiddleware):
    """Sends to the login page who is not logged in; the API answers 401. Not used where no login is required."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.LOGIN_REQUIRED:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> Any:  # noqa: ANN401 - Django's
        """What is answered in the place of the view."""
        if request.path.startswith(API):
            return JsonResponse({"problem": "You are not logged in, or no longer. Log in and try again."}, status=401)
        return super().handle_no_permission(request, view_func)


SEE_RBAC: Final = "visualizer.view_rbac"
"""The permission to see who may do what in a cluster (docs/rbac.md)."""


def may_see_rbac(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this user may see RBAC: everybody where no login is required, else who was given the permission."""
    return not settings.LOGIN_REQUIRED or (isinstance(user, AbstractUser) and user.has_perm(SEE_RBAC))


async def may_watch(scope: Any) -> bool:  # noqa: ANN401 - an ASGI scope
    """Whether the session of this websocket is, at this moment, that of somebody who is logged in, or need not be."""
    if not settings.LOGIN_REQUIRED:
        return True
    user = await _user_of(scope)
    return user is not None and bool(user.is_authenticated)


async def may_watch_rbac(scope: Any) -> bool:  # noqa: ANN401 - an ASGI scope
    """Whether the viewer at this websocket may, at this moment, see RBAC."""
    if not settings.LOGIN_REQUIRED:
        return True
    user = await _user_of(scope)
    return user is not None and await sync_to_async(may_see_rbac)(user)


async def _user_of(scope: Any) -> AbstractBaseUser | AnonymousUser | None:  # noqa: ANN401 - an ASGI scope
    """The user of this websocket's session as it is in the database by now; None where there is no session."""
    key = scope["session"].session_key
    if key is None:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore
    now: Any = {"session": store(key)}
    return await get_user(now)
