"""Quantities: Kubernetes' amounts of CPU, memory and the like, read exactly.

The grammar is apimachinery's ``pkg/api/resource/quantity.go``: a decimal number with a suffix of thousands (``m``,
``k``, ``M``...), of 1024 (``Ki``, ``Mi``...), or an exponent of ten (``e3``). Nothing here is a float, so that sums of
many small amounts do not drift.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Final

_QUANTITY: Final = re.compile(
    r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?"
)
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


@lru_cache(maxsize=4096)
def parse(text: str) -> Fraction | None:
    """The amount, or None where the text is no quantity."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    number, suffix = Fraction(match[1]), match[2] or ""
    if suffix in _BINARY:
        return number * (1 << _BINARY[suffix])
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    return number * Fraction(f"1e{exponent}")


def to_words(resource: str, amount: Fraction) -> str:
    """The amount of a resource as a person would say it: ``0.6``, ``512Mi``, ``1.5Gi``, ``3``."""
    if resource == "cpu" or amount.denominator != 1:
        return f"{float(ceil(amount * 1000)) / 1000:g}"
    if resource == "memory" or resource.endswith("storage") or resource.startswith("hugepages-"):
        for suffix in ("Ti", "Gi", "Mi", "Ki"):
            unit = 2 ** _BINARY[suffix]
            if abs(amount) >= unit:
                return f"{float(amount) / unit:.4g}{suffix}"
    return str(int(amount))
