"""Audits: who made a write where the event itself says it, as an API server's audit log does."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from visualizer.flow import managers
from visualizer.flow.attribution import UNKNOWN, Attribution
from visualizer.frames import AuditedWriter

_ACCOUNT: Final = "system:serviceaccount:kube-system:"
_CONTROLLER: Final = f"{managers.CONTROLLER_MANAGER}/"
_NODE: Final = "system:node:"
_LONGEST: Final = 253


@lru_cache(maxsize=4096)
def read_audit(writer: AuditedWriter) -> Attribution:
    """The component that this user is, and for anybody else the program by the first word of the user agent."""
    user, agent = writer.user, writer.agent
    if max(len(user), len(program := agent.split("/")[0].split(" ")[0])) > _LONGEST or not (user or program):
        return UNKNOWN
    if user == f"system:{managers.SCHEDULER}":
        return Attribution("scheduler", managers.SCHEDULER, "observed", "audit")
    if user == "system:apiserver":
        return Attribution("apiserver", managers.APISERVER, "observed", "audit")
    if user == f"system:{managers.CONTROLLER_MANAGER}":
        return Attribution("controller", managers.CONTROLLER_MANAGER, "observed", "audit")
    if user.startswith(_ACCOUNT) and agent.startswith(_CONTROLLER):
        return Attribution("controller", user.removeprefix(_ACCOUNT), "observed", "audit")
    if user.startswith(_NODE):
        return Attribution("kubelet", managers.KUBELET, "observed", "audit", node=user.removeprefix(_NODE))
    return Attribution("client", "client", "observed", "audit", client=program or user)
