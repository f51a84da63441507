"""Attribution: which component made a write, told from the watch event alone."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Actor = Literal["client", "apiserver", "etcd", "controller", "scheduler", "kubelet", "proxy", "unknown"]
Certainty = Literal["observed", "inferred", "guessed", "unknown"]


class Attribution(Struct, frozen=True, gc=False):
    """Who made a write, how that is known, and by which rule. ``node`` is set for kubelets, ``client`` for programs."""

    actor: Actor
    component: str
    certainty: Certainty
    rule: str
    node: str = ""
    client: str = ""
