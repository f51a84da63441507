"""IP addresses and networks as Kubernetes and Go read and write them.

kube-proxy reads addresses with ``ParseIPSloppy`` of k8s.io/utils/net (leading zeros are decimal there) and writes them
as Go does: an IPv6 address in its short form, and one that maps an IPv4 address as that address.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Final, Literal

Family = Literal["IPv4", "IPv6"]
Network = IPv4Network | IPv6Network

ANY: Final = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
LOOPBACK: Final = {"IPv4": "127.0.0.0/8", "IPv6": "::1/128"}
_LEADING_ZEROS: Final = re.compile(r"(?<![0-9a-fA-F:])0+(?=[0-9])")


@lru_cache(1 << 16)
def canonical(text: str) -> str | None:
    """The address as Go writes it, or None for what is no address."""
    try:
        address = ip_address(text if ":" in text else _LEADING_ZEROS.sub("", text))
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    if address.scope_id is not None:
        return None
    return str(address.ipv4_mapped or address)


def family_of(address: str) -> Family:
    """The family of an address or network that is well-formed."""
    return "IPv6" if ":" in address else "IPv4"


@lru_cache(1 << 12)
def network(text: str) -> Network | None:
    """The network that ``10.0.0.0/8`` or a plain address names, its host bits cleared, or None where it names none."""
    host, slash, bits = text.strip().partition("/")
    address = canonical(host)
    if address is None or (slash and not bits.isdecimal()):
        return None
    try:
        return ip_network(f"{address}/{bits}" if slash else address, strict=False)
    except ValueError:
        return None


@lru_cache(1 << 14)
def contains(outer: str, address: str) -> bool:
    """Whether the network or address ``outer`` holds this address."""
    found = network(outer)
    return found is not None and found.version == (6 if ":" in address else 4) and ip_address(address) in found


def host(address: str) -> str:
    """The network of this address alone: ``10.0.0.1/32``."""
    return f"{address}/128" if ":" in address else f"{address}/32"


def endpoint(address: str, port: int) -> str:
    """``10.0.0.1:80`` or ``[fd00::1]:80``."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def merged(networks: list[str]) -> list[str]:
    """Networks and addresses in order, overlapping and adjacent ones made one, as nft keeps them in a set.

    What does not make one network again stays a range: ``10.0.0.0-10.2.255.255``.
    """
    ranges: list[tuple[int, int]] = []
    found = [item for item in map(network, networks) if item is not None]
    for first, last in sorted((int(item[0]), int(item[-1])) for item in found):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], max(last, ranges[-1][1])
        else:
            ranges.append((first, last))
    bits = found[0].max_prefixlen if found else 32
    make = ip_address if bits == 32 else (lambda number: ip_address(number.to_bytes(16, "big")))
    return [_range_text(str(make(first)), str(make(last)), first, last, bits) for first, last in ranges]


def _range_text(start: str, end: str, first: int, last: int, bits: int) -> str:
    size = last - first + 1
    if size == 1:
        return start
    if size & (size - 1) == 0 and first % size == 0:
        return f"{start}/{bits - size.bit_length() + 1}"
    return f"{start}-{end}"


def covering(addresses: list[str]) -> str | None:
    """The smallest network that holds all of these addresses, which are of one family, or None for none."""
    if not addresses:
        return None
    numbers = [int(ip_address(address)) for address in addresses]
    width = 128 if ":" in addresses[0] else 32
    bits = width - (min(numbers) ^ max(numbers)).bit_length()
    return str(ip_network(f"{addresses[0]}/{bits}", strict=False))


def together(networks: list[str]) -> list[str]:
    """The fewest networks that hold the same addresses as these."""
    found = [item for item in map(network, networks) if item is not None]
    four = collapse_addresses(item for item in found if isinstance(item, IPv4Network))
    six = collapse_addresses(item for item in found if isinstance(item, IPv6Network))
    return [*map(str, four), *map(str, six)]
