"""TLS in earnest: a real server, which asks for certificates, and what each access makes of it."""

from __future__ import annotations

import ssl
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.kube.accesses import Clock, access, by_certificate, certified, plugin
from tests.kube.pki import Authority, Pair
from visualizer.kube.access import CredentialsError, Token
from visualizer.kube.credentials import Credentials

AUTHORITY = Authority()
USERS = Authority("users")
ADA = USERS.client("ada")
SERVER = AUTHORITY.server("kubernetes.default.svc", "127.0.0.1")

Start = Callable[[Pair], Awaitable[str]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a server that knows its users by their certificates, and answers with who asked."""
    runners: list[web.AppRunner] = []

    async def who(request: web.Request) -> web.Response:
        shown = request.transport.get_extra_info("peercert") if request.transport else None
        name = dict(shown["subject"][0])["commonName"] if shown else "anonymous"
        return web.json_response({"name": name, "authorization": request.headers.get("Authorization")})

    async def start(pair: Pair) -> str:
        (tmp_path / "server.pem").write_bytes(pair.certificate + pair.key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=USERS.pem.decode())
        context.load_cert_chain(tmp_path / "server.pem")
        context.verify_mode = ssl.CERT_OPTIONAL
        app = web.Application()
        app.router.add_get("/", who)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        return f"https://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def ask(credentials: Credentials, server: str) -> dict[str, Any]:
    """Who the server says we are."""
    context = await credentials.ssl_context()
    assert context is not None
    async with aiohttp.ClientSession() as session:
        how = {"ssl": context, "server_hostname": credentials.server_hostname}
        async with session.get(server, headers=await credentials.headers(), **how) as response:
            return await response.json()


async def test_the_server_is_known_by_its_authority_and_the_user_by_the_certificate(serve: Start) -> None:
    server = await serve(SERVER)
    trusting = access(server, certificate_authority=AUTHORITY.pem)
    assert await ask(Credentials(trusting), server) == {"name": "anonymous", "authorization": None}
    shown = access(server, certificate_authority=AUTHORITY.pem, client_certificate=certified(ADA))
    assert await ask(Credentials(shown), server) == {"name": "ada", "authorization": None}


async def test_a_bundle_with_comments_and_several_authorities_is_trusted_as_a_whole(serve: Start) -> None:
    server = await serve(SERVER)
    bundle = "# Ämter\n".encode() + USERS.pem + b"# prod\n" + AUTHORITY.pem + AUTHORITY.pem
    assert (await ask(Credentials(access(server, certificate_authority=bundle)), server))["name"] == "anonymous"


@pytest.mark.parametrize("authority", [USERS.pem, Authority().pem, None])
async def test_a_server_of_another_authority_is_refused(serve: Start, authority: bytes | None) -> None:
    server = await serve(SERVER)
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="CERTIFICATE_VERIFY_FAILED"):
        await ask(Credentials(access(server, certificate_authority=authority)), server)


async def test_a_server_by_another_name_is_known_by_the_tls_server_name_only(serve: Start) -> None:
    server = await serve(AUTHORITY.server("kubernetes.default.svc"))
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="IP address mismatch"):
        await ask(Credentials(access(server, certificate_authority=AUTHORITY.pem)), server)
    named = access(server, certificate_authority=AUTHORITY.pem, tls_server_name="kubernetes.default.svc")
    assert (await ask(Credentials(named), server))["name"] == "anonymous"
    misnamed = access(server, certificate_authority=AUTHORITY.pem, tls_server_name="other.svc")
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="Hostname mismatch"):
        await ask(Credentials(misnamed), server)


async def test_who_skips_verification_reaches_any_server_and_still_shows_the_certificate(serve: Start) -> None:
    server = await serve(Authority().server("elsewhere"))
    careless = access(server, insecure_skip_tls_verify=True, client_certificate=certified(ADA))
    assert (await ask(Credentials(careless), server))["name"] == "ada"


async def test_a_plugins_certificate_is_shown_and_after_a_refusal_the_next_one(serve: Start, tmp_path: Path) -> None:
    server = await serve(SERVER)
    given = plugin(tmp_path, by_certificate(ADA), by_certificate(USERS.client("bob")))
    credentials = Credentials(access(server, certificate_authority=AUTHORITY.pem, authentication=given))
    assert (await ask(credentials, server))["name"] == "ada"
    before = await credentials.ssl_context()
    assert await credentials.ssl_context() is before
    assert await credentials.refresh()
    assert await credentials.ssl_context() is not before
    assert (await ask(credentials, server))["name"] == "bob"


async def test_a_token_goes_over_tls(serve: Start) -> None:
    server = await serve(SERVER)
    credentials = Credentials(
        access(server, certificate_authority=AUTHORITY.pem, authentication=Token(token="t0p-secret"))
    )
    assert (await ask(credentials, server))["authorization"] == "Bearer t0p-secret"


async def test_plain_http_has_no_tls() -> None:
    assert await Credentials(access("http://127.0.0.1:8001")).ssl_context() is None


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_clients_key_is_left_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    load = ssl.SSLContext.load_cert_chain

    def watch(context: ssl.SSLContext, path: str) -> None:
        modes.append(stat.S_IMODE(Path(path).stat().st_mode))
        load(context, path)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    await Credentials(access(client_certificate=certified(ADA))).ssl_context()
    assert modes == [0o600]
    assert not any(files_in(tmp_path))


async def test_a_client_certificate_that_runs_out_meanwhile_is_told() -> None:
    clock = Clock(time.time())
    credentials = Credentials(access(client_certificate=certified(ADA)), clock=clock)
    assert await credentials.ssl_context()
    clock.now += 2 * 86400
    with pytest.raises(CredentialsError, match=r"The client certificate of user 'ada' of context 'prod' ran out on "):
        await credentials.ssl_context()


async def test_an_authority_that_is_none_is_told() -> None:
    with pytest.raises(CredentialsError, match="The certificate-authority of context 'prod' is not a certificate"):
        await Credentials(access(certificate_authority=b"nonsense")).ssl_context()
