"""Lengths of time and sizes as people write them on a command line."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import Final

_LENGTH: Final = re.compile(r"(\d+)(s|m|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SIZE: Final = re.compile(r"(\d+)(k|M|G|T|Ki|Mi|Gi|Ti)?B?")
_POWERS: Final = {"k": 1, "M": 2, "G": 3, "T": 4}


def seconds(text: str) -> int:
    """A length of time (``90s``, ``10m``, ``2h``, ``1d``) in seconds. Raises ArgumentTypeError."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(f"“{text}” is no length of time, such as 90s, 10m, 2h or 1d")
    return int(found[1]) * _SECONDS[found[2]]


def size(text: str) -> int:
    """A size (``500MB``, ``4GiB``) in bytes. Raises ArgumentTypeError."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(f"“{text}” is no size, such as 500MB or 4GiB")
    unit = found[2] or ""
    base = 1024 if unit.endswith("i") else 1000
    return int(found[1]) * int(base ** _POWERS.get(unit[:1], 0))


def length_words(length: float) -> str:
    """A length of time as :func:`seconds` reads it, in the largest unit that it is a multiple of."""
    whole = round(length)
    unit = next((name for name in "dhm" if whole and whole % _SECONDS[name] == 0), "s")
    return f"{whole // _SECONDS[unit]}{unit}"


def size_words(count: int) -> str:
    """A size for people: ``512 MiB``, ``3.9 GiB``."""
    amount = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.3g} {unit}"
        amount /= 1024
    return f"{amount:.3g} TiB"
