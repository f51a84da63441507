"""The handshake: which certificates a server shows. Nothing is believed of it, and nothing is told: no credentials."""

from __future__ import annotations

import asyncio
import base64
import ssl
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from cryptography import x509
from OpenSSL import SSL

from visualizer.kube.transport import CONNECT_SECONDS, Unreachable

PIECE: Final = 1 << 16


async def shown_certificates(
    server: str, *, server_name: str | None = None, proxy: str | None = None
) -> list[x509.Certificate]:
    """What the server at this address (``https://host:port``) shows, its own certificate first.

    Raises :class:`visualizer.kube.transport.Unreachable`.
    """
    address = urlsplit(server)
    host, port = address.hostname or "", address.port or 443
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await _connect(host, port, proxy)
    except (OSError, TimeoutError, ValueError) as error:
        raise Unreachable(f"{server} cannot be reached: {error or 'it does not answer in time'}") from error
    try:
        return await _shake(reader, writer, server_name or host)
    except (SSL.Error, OSError) as error:
        raise Unreachable(f"{server} does not speak TLS as it should: {_words(error)}") from error
    finally:
        writer.transport.abort()


def _words(error: Exception) -> str:
    """What is wrong; OpenSSL gives a list of where it was found, with the reason last."""
    reasons = error.args[0] if isinstance(error, SSL.Error) and error.args else None
    return str(reasons[-1][-1]) if isinstance(reasons, list) and reasons else str(error) or type(error).__name__


async def _shake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> list[x509.Certificate]:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    connection = SSL.Connection(context)
    if not _is_address(name):
        connection.set_tlsext_host_name(name.encode("idna"))
    connection.set_connect_state()
    while True:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            _send(connection, writer)
            data = await reader.read(PIECE)
            if not data:
                raise ConnectionResetError("the connection was closed") from None
            connection.bio_write(data)
            continue
        return list(connection.get_peer_cert_chain(as_cryptography=True) or ())


def _send(connection: SSL.Connection, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(connection.bio_read(PIECE))
    except SSL.WantReadError:
        return  # it has nothing to say


async def _connect(host: str, port: int, proxy: str | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if proxy is None:
        return await asyncio.open_connection(host, port)
    address = urlsplit(proxy)
    if address.scheme not in ("http", "https"):
        raise ValueError(f"a proxy of {address.scheme} is not asked here")
    tls = ssl.create_default_context() if address.scheme == "https" else None
    reader, writer = await asyncio.open_connection(address.hostname, address.port or (443 if tls else 80), ssl=tls)
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{_authorization(address)}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        writer.transport.abort()
        raise ConnectionRefusedError(f"the proxy answered {head.splitlines()[0].decode(errors='replace')}")
    return reader, writer


def _authorization(proxy: SplitResult) -> str:
    if proxy.username is None:
        return ""
    said = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return f"Proxy-Authorization: Basic {base64.b64encode(said.encode()).decode()}\r\n"


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdecimal()
