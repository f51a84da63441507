"""Kubeconfigs for tests: written as YAML, from plain values."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from visualizer.kube.access import KubeconfigError


def config(user: dict[str, Any] | None = None, **cluster: Any) -> dict[str, Any]:
    """A kubeconfig with one context, ``prod``; the cluster's fields are given with underscores."""
    said = {"server": "https://prod.example:6443"} | {name.replace("_", "-"): value for name, value in cluster.items()}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "prod",
        "preferences": {},
        "contexts": [{"name": "prod", "context": {"cluster": "prod-cluster", "user": "ada"}}],
        "clusters": [{"name": "prod-cluster", "cluster": said}],
        "users": [{"name": "ada", "user": user if user is not None else {"token": "t0p-secret"}}],
    }


def text(values: dict[str, Any]) -> str:
    """The kubeconfig as YAML."""
    return yaml.safe_dump(values)


def write(path: Path, values: dict[str, Any]) -> Path:
    """The kubeconfig in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(values))
    return path


def b64(data: bytes) -> str:
    """As kubeconfigs hold bytes."""
    return base64.b64encode(data).decode()


def refusal(act: Callable[[], object]) -> str:
    """What the KubeconfigError says that this ends in."""
    with pytest.raises(KubeconfigError) as caught:
        act()
    return str(caught.value)
