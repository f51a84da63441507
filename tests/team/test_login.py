"""Who may see anything, where a login is required: nothing but the login page is for strangers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import Settings
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.test import AsyncClient, Client
from django.urls import URLPattern, URLResolver, get_resolver

from dashboard import consumers, login
from dashboard.asgi import application
from dashboard.environment import ROOT
from tests.live.conftest import LiveLog, until
from tests.team.services import environment

PASSWORD = "an orrery of brass"
OPEN = {"healthz", "login/"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    """A team's server."""
    settings.LOGIN_REQUIRED = True


@pytest.fixture
def ada(db: None) -> User:
    """Somebody with an account."""
    return User.objects.create_user("ada", password=PASSWORD)


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    """Every address of the site, with something in each gap."""
    found: list[str] = []
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, route)
        else:
            found.append(route.replace("<slug:slug>", "deploy").replace("<slug>", "deploy"))
    return found


def test_every_page_asks_a_stranger_to_log_in_and_every_call_is_refused(client: Client) -> None:
    every = addresses(get_resolver().url_patterns)
    assert {"", "logs/deploy/", "api/logs", "api/openapi.json", *OPEN} <= set(every)
    for address in set(every) - OPEN:
        answer = client.get(f"/{address}")
        if address.startswith("api/"):
            assert answer.status_code == 401, address
            assert answer.json()["problem"].startswith("You are not logged in")
        else:
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/login/"), address


def test_a_stranger_may_see_the_login_page_and_whether_the_site_lives(client: Client) -> None:
    page = client.get("/login/")
    assert page.status_code == 200
    assert b'type="password"' in page.content
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert b"<style" not in page.content
    assert b" style=" not in page.content
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/static/login.css").status_code == 200


def test_who_logs_in_comes_to_the_page_that_was_asked_for(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    asked = client.get("/?kind=pods")
    page = client.get(asked["Location"])
    form = {"username": "ada", "password": PASSWORD, "next": page.context["next"]}
    done = client.post("/login/", {**form, "csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    assert (done.status_code, done["Location"]) == (302, "/?kind=pods")
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert client.get("/").status_code == 200
    assert client.get("/api/logs").status_code == 200


def test_nobody_is_sent_to_another_site_after_the_login(client: Client, ada: User) -> None:
    done = client.post("/login/", {"username": "ada", "password": PASSWORD, "next": "https://evil.example/"})
    assert done["Location"] == "/"


def test_a_wrong_password_is_told_and_opens_nothing(client: Client, ada: User) -> None:
    answer = client.post("/login/", {"username": "ada", "password": "a guess"})
    assert answer.status_code == 200
    assert "No account has this name and password" in answer.content.decode()
    assert b"a guess" not in answer.content
    assert client.get("/api/logs").status_code == 401


def test_who_logs_out_is_a_stranger_again(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert "Log out" in client.get("/").content.decode()
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/api/logs").status_code == 401


def test_where_no_login_is_required_nobody_is_asked(client: Client, settings: Settings) -> None:
    settings.LOGIN_REQUIRED = False
    page = client.get("/")
    assert page.status_code == 200
    assert "Log out" not in page.content.decode()
    assert "sessionid" not in client.cookies


@contextlib.asynccontextmanager
async def socket(live: LiveLog, client: Client | None) -> AsyncIterator[WebsocketCommunicator]:
    """A websocket on a live log, from a page of this site."""
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
    if client is not None:
        headers.append((b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode()))
    communicator = WebsocketCommunicator(application, f"/ws/logs/{live.log.slug}/", headers=headers)
    assert (await communicator.connect(timeout=10))[0]
    yield communicator
    await communicator.disconnect()


async def closed(communicator: WebsocketCommunicator) -> int:
    """The code that the socket is closed with, whatever is said before."""
    async with asyncio.timeout(20):
        while True:
            said = await communicator.receive_output(timeout=20)
            if said["type"] == "websocket.close":
                return int(said["code"])


@sync_to_async
def logged_in() -> tuple[User, Client]:
    """Somebody, and their browser."""
    user, client = User.objects.create_user("grace", password=PASSWORD), Client()
    client.force_login(user)
    return user, client


async def test_a_websocket_of_a_stranger_is_closed(live: LiveLog) -> None:
    async with socket(live, None) as communicator:
        assert await closed(communicator) == 4403


async def test_a_websocket_with_a_made_up_session_is_closed(live: LiveLog) -> None:
    _, client = await logged_in()
    client.cookies["sessionid"] = "x" * 32
    async with socket(live, client) as communicator:
        assert await closed(communicator) == 4403


@pytest.mark.parametrize("way", ["logs out", "gets another password", "is no longer active", "is deleted"])
async def test_a_websocket_is_closed_soon_after_its_viewer(
    live: LiveLog, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOGIN_SECONDS", 0.02)
    asked: list[bool] = []
    ask = login.may_watch

    async def noted(scope: object) -> bool:
        asked.append(await ask(scope))
        return asked[-1]

    monkeypatch.setattr(consumers, "may_watch", noted)
    user, client = await logged_in()
    async with socket(live, client) as communicator:
        await until(lambda: len(asked) > 2)  # it has been asked again, and the viewer may stay
        assert all(asked)
        await sync_to_async(leave)(user, client, way)
        assert await closed(communicator) == 4403


def leave(user: User, client: Client, way: str) -> None:
    """End the login in one way."""
    if way == "logs out":
        client.post("/logout/")
    elif way == "gets another password":
        user.set_password("another of silver")
        user.save()
    elif way == "is no longer active":
        user.is_active = False
        user.save()
    else:
        user.delete()


def test_cookies_go_by_https_only_where_visitors_come_by_it() -> None:
    for https in (True, False):
        found = settings_with(ORRERY_HTTPS=str(https))
        assert found == f"{https} {https} {('HTTP_X_FORWARDED_PROTO', 'https') if https else None}"


def settings_with(**variables: str) -> str:
    """What a process with these variables has set."""
    told = (
        "from dashboard import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, getattr(s, 'SECURE_PROXY_SSL_HEADER', None))"
    )
    with tempfile.TemporaryDirectory() as folder:
        made = environment(Path(folder), **variables)
        done = subprocess.run(
            [sys.executable, "-c", told], cwd=ROOT, env=made, capture_output=True, text=True, check=True
        )
    return done.stdout.strip()


def allow_rbac(user: User) -> None:
    """Give the permission to see who may do what."""
    user.user_permissions.add(Permission.objects.get(codename="view_rbac", content_type__app_label="visualizer"))


async def hello(communicator: WebsocketCommunicator) -> dict[str, Any]:
    """The greeting."""
    said = json.loads(await communicator.receive_from(timeout=20))
    (told,) = (message for message in (said if isinstance(said, list) else [said]) if message["op"] == "hello")
    return told


async def test_rbac_takes_a_permission_of_its_own_and_who_gets_it_is_greeted_anew(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOGIN_SECONDS", 0.02)
    user, client = await logged_in()
    async with socket(live, client) as communicator:
        assert (await hello(communicator))["forbidden"] == ["rbac"]
        await sync_to_async(allow_rbac)(user)
        assert await closed(communicator) == 1012
    async with socket(live, client) as communicator:
        assert (await hello(communicator))["forbidden"] == []


async def test_a_recording_has_roles_in_it_and_is_given_only_to_who_may_see_them(live: LiveLog) -> None:
    user, _ = await logged_in()
    client, address = AsyncClient(), f"/api/logs/{live.log.slug}/recording"
    await client.aforce_login(user)
    refused = await client.get(address)
    assert (refused.status_code, "visualizer.view_rbac" in refused.json()["problem"]) == (403, True)
    await sync_to_async(allow_rbac)(user)
    given = await client.get(address)
    assert given.status_code == 200
    assert [block async for block in given.streaming_content]


def test_where_no_login_is_required_everybody_may_see_rbac(settings: Settings) -> None:
    settings.LOGIN_REQUIRED = False
    assert login.may_see_rbac(AnonymousUser())
    settings.LOGIN_REQUIRED = True
    assert not login.may_see_rbac(AnonymousUser())
    assert login.may_see_rbac(User(is_superuser=True))
