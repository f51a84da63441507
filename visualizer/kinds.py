"""The struct that each resource's objects are decoded into. What is not named here is a bare ``Object``."""

from __future__ import annotations

from typing import Final

from visualizer.network import NETWORK_TYPES
from visualizer.objects import TYPES, AnyObject

KINDS: Final[dict[str, type[AnyObject]]] = {**TYPES, **NETWORK_TYPES}
"""By group, version and plural."""
