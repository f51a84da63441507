"""References: how one object names another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from visualizer.objects import LabelSelector, OwnerReference


class Part(Struct, frozen=True, gc=False, rename="camel"):
    """Settings of the shapes that are read here."""


class Reference(Struct, frozen=True, gc=False):
    """One name in an object. ``namespace`` is empty for what is in none.

    ``relation`` says as what it is named, in a few words (``volume config``), and ``field`` where. ``missing`` says
    what it means where there is no such object; empty where it means nothing. ``keys`` are those that must be in it.
    """

    group: str
    kind: str
    namespace: str
    name: str
    relation: str
    field: str
    missing: str = ""
    is_optional: bool = False
    keys: tuple[str, ...] = ()


class Links(Struct, frozen=True, gc=False):
    """What an object names, and whom it selects.

    ``selector`` is of Pods in its own namespace; None selects none. ``template`` are the labels of the Pods it makes.
    ``claims`` are the names of a StatefulSet's claim templates, ``keeps_claims`` whether their claims outlive it.
    ``keys`` are those of a ConfigMap, ``reclaims`` a volume's reclaim policy.
    """

    references: tuple[Reference, ...] = ()
    selector: LabelSelector | None = None
    template: Mapping[str, str] | None = None
    claims: tuple[str, ...] = ()
    keeps_claims: bool = True
    keys: tuple[str, ...] | None = None
    reclaims: str = ""


class Named(Part, frozen=True):
    """``{name: ...}``, and for keys of ConfigMaps and Secrets the rest."""

    name: str = ""
    key: str = ""
    optional: bool | None = None


class Meta(Part, frozen=True):
    """The metadata that references are read with."""

    name: str = ""
    namespace: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None


def group_of(api_version: str) -> str:
    """The group of an apiVersion; empty for the core group."""
    return api_version.rpartition("/")[0]


def told_once(references: Sequence[Reference]) -> tuple[Reference, ...]:
    """The same without those that say the same, and without those of no name."""
    return tuple(dict.fromkeys(each for each in references if each.name))
