"""Columns and rows of tables, as the server answers them: cells by visualizer/printing, words by its schemas."""

from __future__ import annotations

from typing import Any

from tests.apiserver.openapi import description
from tests.apiserver.resources import Resource
from visualizer.printing import columns as printing


def columns(resource: Resource) -> list[dict[str, Any]]:
    """The columns' definitions."""
    return [_definition(column) for column in printing.columns_of(resource.id)]


def row(resource: Resource, obj: dict[str, Any], now: float) -> list[Any]:
    """One object's cells."""
    return printing.row(resource.id, obj, now)


def _definition(column: printing.Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": description(column.schema, column.about) if column.schema else column.about,
        "priority": int(column.wide),
    }
