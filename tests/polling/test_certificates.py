"""The server's chain is judged as ``openssl verify`` judges it: the same code, at the same depth, in the same words."""

from __future__ import annotations

import asyncio
import re
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS
from tests.polling.conftest import SEALER, access_to
from visualizer.following.adding import save
from visualizer.kube.polls.certificates import judge
from visualizer.kube.polls.chains import ADDED_WORDS, TRUSTED, Verdict, verify
from visualizer.kube.polls.handshake import shown_certificates
from visualizer.kube.transport import Unreachable
from visualizer.live.threads import in_thread
from visualizer.models import PollResult
from visualizer.polling.poller import Poller

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ERROR = re.compile(r"error (\d+) at (\d+) depth lookup: ?(.+)")
KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(6)]
"""Made once: a key for each place in a chain, and spare ones for strangers."""


@dataclass(frozen=True)
class Link:
    """One certificate to be made: from and until when it holds, in days from now, and whether it may sign others."""

    begins: int = -10
    ends: int = 100
    is_authority: bool = True
    path_length: int | None = None


@dataclass(frozen=True)
class Case:
    """A chain from the root to the server, what of it the server shows, and what the client trusts."""

    links: tuple[Link, ...] = (Link(), Link(), Link(is_authority=False))
    shown_from: int = 1
    trusted: str = "root"


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(link: Link, subject: str, issuer: str, key: int, signer: int) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(KEYS[key].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + link.begins * DAY)
        .not_valid_after(NOW + link.ends * DAY)
        .add_extension(x509.BasicConstraints(ca=link.is_authority, path_length=link.path_length), critical=True)
    )
    return builder.sign(KEYS[signer], hashes.SHA256())


def make(case: Case) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """What the server shows, its own first, and what is trusted."""
    names = ["root", *(f"between-{n}" for n in range(1, len(case.links) - 1)), "apiserver"][-len(case.links) :]
    chain = [certificate(link, names[n], names[max(0, n - 1)], n, max(0, n - 1)) for n, link in enumerate(case.links)]
    stranger = certificate(Link(), "stranger", "stranger", 5, 5)
    namesake = certificate(Link(), names[0], names[0], 4, 4)
    trusted = {
        "root": [chain[0]],
        "stranger": [stranger],
        "namesake": [namesake],
        "between": chain[1:-1] or [chain[0]],
        "both": [stranger, chain[0]],
    }[case.trusted]
    return chain[case.shown_from :][::-1], trusted


def openssl(shown: list[x509.Certificate], trusted: list[x509.Certificate], folder: Path, *options: str) -> Verdict:
    """What the real ``openssl verify`` says."""
    files = {"own": shown[:1], "others": shown[1:], "trusted": trusted}
    for file, certificates in files.items():
        (folder / file).write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in certificates))
    untrusted = ["-untrusted", str(folder / "others")] if shown[1:] else []
    when = ["-attime", str(round(NOW.timestamp())), "-no-CApath", "-no-CAstore"]
    command = [
        "openssl",
        "verify",
        *when,
        *options,
        "-CAfile",
        str(folder / "trusted"),
        *untrusted,
        str(folder / "own"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if done.returncode == 0:
        assert said.strip().endswith(": OK")
        return TRUSTED
    found = ERROR.search(said)
    assert found, said
    return Verdict(int(found[1]), int(found[2]), found[3].strip().removesuffix(ADDED_WORDS))


EXPIRED, EARLY, SERVER = Link(-100, -1), Link(1, 100), Link(is_authority=False)

CASES = {
    "all is well": (Case(), 0, 0),
    "the root is shown, too": (Case(shown_from=0), 0, 0),
    "one that is not its own issuer is trusted": (Case(trusted="between"), 2, 1),
    "no certificate between": (Case((Link(), SERVER)), 0, 0),
    "the server's has expired": (Case((Link(), Link(), replace(EXPIRED, is_authority=False))), 10, 0),
    "the one between has expired": (Case((Link(), EXPIRED, SERVER)), 10, 1),
    "the root has expired": (Case((EXPIRED, Link(), SERVER)), 10, 2),
    "all have expired: the root is told": (Case((EXPIRED, EXPIRED, replace(EXPIRED, is_authority=False))), 10, 2),
    "the server's is not valid yet": (Case((Link(), Link(), replace(EARLY, is_authority=False))), 9, 0),
    "the one between is not valid yet": (Case((Link(), EARLY, SERVER)), 9, 1),
    "an unknown authority": (Case(trusted="stranger"), 20, 1),
    "an unknown authority that is shown": (Case(shown_from=0, trusted="stranger"), 19, 2),
    "the one between is not shown": (Case(shown_from=2), 20, 0),
    "self-signed": (Case((SERVER,), 0, "stranger"), 18, 0),
    "self-signed and trusted": (Case((SERVER,), 0, "root"), 0, 0),
    "another authority of the same name": (Case((Link(), SERVER), trusted="namesake"), 7, 0),
    "one that may not sign": (Case((Link(), SERVER, SERVER)), 79, 1),
    "a longer path than the root allows": (Case((Link(path_length=0), Link(), SERVER)), 25, 2),
    "one trusted of two": (Case(trusted="both"), 0, 0),
}


@pytest.mark.parametrize(("case", "code", "depth"), CASES.values(), ids=CASES)
def test_a_chain_is_judged_as_openssl_does(case: Case, code: int, depth: int, tmp_path: Path) -> None:
    shown, trusted = make(case)
    verdict = verify(shown, trusted, now=NOW.timestamp())
    assert verdict == openssl(shown, trusted, tmp_path)
    assert (verdict.code, verdict.depth) == (code, depth)
    partial = verify(shown, trusted, now=NOW.timestamp(), is_partial=True)
    assert partial == openssl(shown, trusted, tmp_path, "-partial_chain")


links = st.builds(
    Link,
    begins=st.sampled_from([-100, -100, -10, 1]),
    ends=st.sampled_from([-1, 100, 100, 100, 200]),
    is_authority=st.sampled_from([True, True, True, False]),
    path_length=st.sampled_from([None, None, 0, 1]),
).map(lambda link: link if link.is_authority else replace(link, path_length=None))
cases = st.builds(
    Case,
    links=st.lists(links, min_size=1, max_size=4).map(tuple),
    shown_from=st.integers(0, 3),
    trusted=st.sampled_from(["root", "root", "stranger", "namesake", "between", "both"]),
).map(lambda case: replace(case, shown_from=min(case.shown_from, len(case.links) - 1)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases.filter(lambda case: all(link.begins < link.ends for link in case.links)))
def test_any_chain_is_judged_as_openssl_does(tmp_path: Path, case: Case) -> None:
    shown, trusted = make(case)
    assert verify(shown, trusted, now=NOW.timestamp()) == openssl(shown, trusted, tmp_path)


def test_what_openssl_says_is_told_and_what_clients_say_beside_it() -> None:
    outcome = judge(*make(CASES["the one between has expired"][0]), None, now=NOW.timestamp())
    assert outcome.state == "failing"
    assert outcome.problem == "The server's certificate cannot be verified: certificate has expired, at depth 1."
    outcome = judge(*make(Case(trusted="between")), None, now=NOW.timestamp())
    assert outcome.state == "warning"
    assert outcome.problem.endswith("Kubernetes' clients are content with it.")


@pytest.mark.parametrize(("days", "state"), [(100, "ok"), (29, "warning")])
def test_the_first_that_runs_out_is_told_in_time(days: int, state: str) -> None:
    case = Case((Link(), Link(ends=days), SERVER))
    outcome = judge(*make(case), None, now=NOW.timestamp())
    assert outcome.state == state
    if state == "warning":
        assert outcome.problem == "The certificate of CN=between-1 runs out on 2026-12-23."


async def test_the_servers_own_chain_is_read_off_the_wire(poller: Poller, transactional_db: None) -> None:
    async with ApiServer(tls=True) as server:
        assert server.authority is not None
        server.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        (own,) = await shown_certificates(server.url)
        assert own.issuer.rfc4514_string() == "CN=kubernetes"
        access = access_to(server, certificate_authority=server.authority.pem)
        made = await in_thread(lambda: save("lab", access, SEALER))
        assert await in_thread(lambda: poller.run(made.pk, "certificates", 1.0)) == "kept"
        row = await in_thread(PollResult.objects.get)
    assert row.result["is_trusted"]
    assert row.result["chain"][0]["names"] == ["127.0.0.1", "localhost"]
    assert (row.state, row.requests) == ("warning", 0)  # it is for a day, and nothing but a handshake was made
    assert "CN=apiserver runs out on" in row.problem


async def test_a_server_that_speaks_no_tls_is_told_in_words() -> None:
    async with ApiServer() as server:
        with pytest.raises(Unreachable, match=r"does not speak TLS as it should: [a-z ]+$"):
            await shown_certificates(server.url.replace("http:", "https:"))


async def test_the_chain_is_read_through_a_proxy_that_asks_for_a_password() -> None:
    async with ApiServer(tls=True) as server:
        asked: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            if b"Proxy-Authorization: Basic YWRhOnBAc3M=" not in asked[-1]:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                writer.close()
                return
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            port = int(server.url.rpartition(":")[2])
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass(reader, back), _pass(there, writer), return_exceptions=True)

        proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = proxy.sockets[0].getsockname()[1]
        async with proxy:
            shown = await shown_certificates(server.url, proxy=f"http://ada:p%40ss@127.0.0.1:{port}")
            assert shown == await shown_certificates(server.url)
            assert asked[0].startswith(b"CONNECT 127.0.0.1:")
            with pytest.raises(Unreachable, match=r"the proxy answered HTTP/1\.1 407 Proxy Authentication Required"):
                await shown_certificates(server.url, proxy=f"http://127.0.0.1:{port}")
            with pytest.raises(Unreachable, match="a proxy of socks5 is not asked here"):
                await shown_certificates(server.url, proxy="socks5://127.0.0.1:1")


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
    writer.close()
