"""The fields of the stage's address that a lesson may set, as frontend/src/model/address.ts reads them.

A test holds the two together. ``at`` is not among them: a chapter says it as a place.
"""

from __future__ import annotations

from typing import Final

VIEWS: Final = ("flow", "routing", "rbac", "nodes", "objects", "health")

FIELDS: Final = (
    "view",
    "namespace",
    "filter",
    "selected",
    "version",
    "part",
    "trace",
    "table",
    "ask",
    "since",
    "matrix",
    "deletion",
    "service",
    "port",
    "node",
    "mode",
    "traffic",
    "from",
    "to",
    "via",
)
