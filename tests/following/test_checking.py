"""A cluster is asked before it is kept: what it is, what may be read there, and what is amiss on the way to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from cryptography import x509

from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS
from tests.kube.accesses import certified
from tests.kube.pki import Authority
from visualizer.following.checking import Checked, NotKubernetes, check, find_warnings
from visualizer.kube import grants
from visualizer.kube.access import Access, Token
from visualizer.kube.transport import ApiError, Unreachable

EVERY = ("get", "list", "watch")


@asynccontextmanager
async def standing_in(*, tls: bool = False) -> AsyncIterator[ApiServer]:
    """A cluster as the recording “deploy” begins, for one token."""
    async with ApiServer(tls=tls, tokens={"abc": "orrery"}) as server:
        server.load(DEMOS / "deploy" / "recording.jsonl.zst")
        yield server


async def asked(server: ApiServer, *, token: str = "abc") -> Checked:
    """What the check finds."""
    authority = server.authority.pem if server.authority else None
    return await check(
        Access(server.url, "lab", "lab", "orrery", certificate_authority=authority, authentication=Token(token=token))
    )


def denied(checked: Checked) -> dict[str, tuple[str, ...]]:
    return {permission.resource: permission.denied for permission in checked.permissions if permission.denied}


async def test_a_cluster_where_all_may_be_read_lacks_nothing() -> None:
    async with standing_in(tls=True) as server:
        checked = await asked(server)
        namespaces = server.storage.collection("v1/namespaces").objects
    assert checked.server_version == "v1.36.2"
    assert len(checked.permissions) > 50
    assert denied(checked) == {}
    assert (checked.lacking, checked.denied_paths, checked.warnings, checked.may_ask) == ((), (), (), True)
    assert checked.uid
    assert checked.uid in str(namespaces)


async def test_what_may_not_be_read_is_named_with_the_rules_to_add() -> None:
    async with standing_in() as server:
        server.access.deny("v1/secrets")
        server.access.deny("apps/v1/deployments", "watch")
        checked = await asked(server)
    assert denied(checked) == {"apps/v1/deployments": ("watch",), "v1/secrets": EVERY}
    assert [permission.resource for permission in checked.permissions if not permission.is_readable] == [
        "apps/v1/deployments",
        "v1/secrets",
    ]
    assert grants.as_yaml(checked.lacking) == (
        "- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [watch]\n"
        "- apiGroups: ['']\n  resources: [secrets]\n  verbs: [get, list, watch]\n"
    )


async def test_what_may_be_read_in_one_namespace_only_is_told_so() -> None:
    async with standing_in() as server:
        server.access.deny("v1/pods", scope="")
        server.access.deny("v1/secrets")
        checked = await asked(server)
    only = {permission.resource for permission in checked.permissions if permission.only_in_namespace}
    assert denied(checked) == {"v1/pods": EVERY, "v1/secrets": EVERY}
    assert only == {"v1/pods"}


async def test_who_may_not_ask_is_told_the_rule_for_that() -> None:
    async with standing_in() as server:
        server.access.deny("authorization.k8s.io/v1/selfsubjectaccessreviews")
        checked = await asked(server)
    assert (checked.may_ask, checked.permissions) == (False, ())
    assert checked.lacking == (grants.ASKING,)


async def test_a_token_that_is_not_known_is_told() -> None:
    async with standing_in() as server:
        with pytest.raises(ApiError, match="401 Unauthorized"):
            await asked(server, token="wrong")


async def test_a_certificate_of_another_authority_is_told() -> None:
    async with standing_in(tls=True) as server:
        stranger = Access(server.url, "lab", "lab", "me", certificate_authority=Authority().pem)
        with pytest.raises(Unreachable, match="certificate that cannot be trusted"):
            await check(stranger)


@asynccontextmanager
async def answering(answer: web.Response) -> AsyncIterator[Access]:
    """Something that answers, and is no Kubernetes."""

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Access(f"http://127.0.0.1:{runner.addresses[0][1]}", "lab", "lab", "me")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="an internal secret"),
        web.Response(text='{"an": "internal secret"}', content_type="application/json"),
        web.Response(status=404, text="an internal secret"),
        web.Response(status=500, text="an internal secret"),
    ],
    ids=["text", "other JSON", "not found", "failure"],
)
async def test_what_is_no_kubernetes_is_told_without_what_it_said(answer: web.Response) -> None:
    async with answering(answer) as access:
        with pytest.raises(NotKubernetes) as caught:
            await check(access)
    assert "does not answer as a Kubernetes API server does" in str(caught.value)
    assert "internal secret" not in str(caught.value)


async def test_nobody_is_followed_elsewhere() -> None:
    async with standing_in() as server, answering(_to(server.url)) as access:
        with pytest.raises(Unreachable, match=r"sends elsewhere \(status 307\)"):
            await check(access)
        assert server.requests == []


def _to(address: str) -> web.Response:
    return web.Response(status=307, headers={"Location": f"{address}/version"})


def test_what_is_amiss_on_the_way_is_told() -> None:
    ada = Authority().client("ada")
    base = {"context": "lab", "cluster": "lab", "user": "me", "authentication": Token(token="abc")}

    def told(now: float = 0.0, **fields: object) -> str:
        return " ".join(find_warnings(Access(**{"server": "https://a", **base, **fields}), now=now))  # type: ignore[arg-type]

    assert told() == ""
    assert "not encrypted (http)" in told(server="http://a")
    assert "is not verified" in told(insecure_skip_tls_verify=True)
    assert "through the proxy proxy.example" in told(proxy_url="http://me:secret@proxy.example:3128")
    assert "secret" not in told(proxy_url="http://me:secret@proxy.example:3128")
    assert "system:anonymous" in told(authentication=None)
    until = _end(ada.certificate)
    assert "runs out on" in told(until - 86_400, client_certificate=certified(ada))
    assert "runs out" not in told(until - 86_400 * 15.5, client_certificate=certified(ada))


def _end(certificate: bytes) -> float:
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc.timestamp()
