"""The names of the chains that belong to a Service's port or endpoint.

From pkg/proxy/iptables/proxier.go (``portProtoHash``) and pkg/proxy/nftables/proxier.go (``hashAndTruncate``).
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256
from typing import Final

from visualizer.routing.endpoints import Endpoint
from visualizer.routing.ports import Port

NFT_NAME_MOST: Final = 240
"""The longest name without its prefix: 256 for nft, less 16 for the longest prefix."""


def iptables_hash(port: Port) -> str:
    """Sixteen letters for a port, as in ``KUBE-SVC-XXXXXXXXXXXXXXXX``."""
    return _hash(port.label + port.protocol.lower())[:16]


def iptables_endpoint(port_text: str, endpoint: Endpoint) -> str:
    """``KUBE-SEP-…``; ``port_text`` is the port's label and protocol together."""
    return f"KUBE-SEP-{_hash(port_text + endpoint.text)[:16]}"


def nft_port(port: Port) -> str:
    """``2QRHZV4L-default/kubernetes/tcp/https``, to which a prefix like ``service-`` is put."""
    return _hashed(f"{port.service}/{port.protocol.lower()}/{port.name}")


def nft_endpoint(port: Port, endpoint: Endpoint) -> str:
    """``5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80``. An IPv6 address has dots for colons there."""
    ip = endpoint.ip.replace(":", ".")
    return _hashed(f"{port.service}/{port.protocol.lower()}/{port.name}__{ip}/{endpoint.port}")


def _hashed(name: str) -> str:
    name = f"{_hash(name)[:8]}-{name}"
    return name if len(name) <= NFT_NAME_MOST else f"{name[: NFT_NAME_MOST - 3]}..."


def _hash(text: str) -> str:
    return b32encode(sha256(text.encode()).digest()[:10]).decode()
