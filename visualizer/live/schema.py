"""The wire's schema: one JSON Schema of every message and row, made from their types. The frontend's come from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from visualizer.flow import rows as flow
from visualizer.live import wire
from visualizer.nodes import rows as nodes
from visualizer.rbac import rows as rbac
from visualizer.routing import rows as routing

FILE: Final = Path(__file__).parents[2] / "docs" / "wire.schema.json"
ROWS: Final = (
    flow.ComponentRow,
    flow.WriteRow,
    flow.TraceRow,
    flow.KindRow,
    flow.EtcdRow,
    nodes.NodeRow,
    nodes.LeaseRow,
    nodes.LoadRow,
    nodes.PodRow,
    nodes.OwnerRow,
    rbac.SubjectRow,
    rbac.BindingRow,
    rbac.RoleRow,
    rbac.RuleRow,
    routing.ServiceRow,
    routing.PortRow,
    routing.WayRow,
    routing.EndpointRow,
    routing.VerdictRow,
    routing.LeftOutRow,
)
MESSAGES: Final = (*get_args(wire.ClientMessage), *get_args(wire.ServerMessage))


def make() -> dict[str, Any]:
    """The schema: each message and row a definition, and the two unions."""
    _, definitions = msgspec.json.schema_components((*MESSAGES, *ROWS), ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["additionalProperties"] = False
    unions = {
        name: {"title": name, "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in get_args(union)]}
        for name, union in (("ClientMessage", wire.ClientMessage), ("ServerMessage", wire.ServerMessage))
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Wire",
        "description": "Made by `orrery wire_schema --write` from visualizer/live/wire.py: do not edit.",
        "$defs": {**definitions, **unions},
    }


def text() -> str:
    """The schema as the file has it."""
    return msgspec.json.format(msgspec.json.encode(make()), indent=2).decode() + "\n"
