"""The kinds of steps by which somebody comes to hold more than it was given. docs/escalation.md has one section each.

``name`` is what a finding calls the step, ``title`` says it in a few words.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """One kind of step."""

    name: str
    title: str


RUN_POD: Final = Kind("run-pod", "create a pod that runs as the ServiceAccount")
RUN_WORKLOAD: Final = Kind("run-workload", "create a workload whose pods run as the ServiceAccount")
ALTER_WORKLOAD: Final = Kind("alter-workload", "alter a workload so that its pods run as the ServiceAccount")
PRIVILEGED_POD: Final = Kind("privileged-pod", "create a pod that owns its node, and every token on it")
ALTER_POD: Final = Kind("alter-pod", "give a running pod another image")
EXEC: Final = Kind("exec", "run a command in a pod that has the token")
EPHEMERAL: Final = Kind("ephemeral-container", "add a container to a pod that has the token")
NODE_PROXY: Final = Kind("node-proxy", "reach the kubelet, which runs commands in every pod of its node")
TOKEN: Final = Kind("token-request", "ask for a token of the ServiceAccount")
READ_SECRET: Final = Kind("read-token-secret", "read a Secret that holds the ServiceAccount's token")
MAKE_SECRET: Final = Kind("make-token-secret", "make a Secret, have it filled with a token, and read it")
IMPERSONATE_USER: Final = Kind("impersonate-user", "act as another user")
IMPERSONATE_ACCOUNT: Final = Kind("impersonate-account", "act as the ServiceAccount")
IMPERSONATE_GROUP: Final = Kind("impersonate-group", "act as a member of the group")
CERTIFICATE: Final = Kind("certificate", "have a client certificate signed in any name")
BIND: Final = Kind("bind", "bind itself to a role that it does not hold")
REBIND: Final = Kind("rebind", "add itself to a binding")
ESCALATE: Final = Kind("escalate", "write rules into a role that it is bound to")
AGGREGATE: Final = Kind("aggregate", "make a ClusterRole that is gathered into one it is bound to")
WEBHOOK: Final = Kind("webhook", "alter what others write, by a mutating webhook")
ADMISSION_POLICY: Final = Kind("admission-policy", "alter what others write, by a mutating admission policy")

KINDS: Final = (
    RUN_POD, RUN_WORKLOAD, ALTER_WORKLOAD, PRIVILEGED_POD, ALTER_POD, EXEC, EPHEMERAL, NODE_PROXY, TOKEN,
    READ_SECRET, MAKE_SECRET, IMPERSONATE_USER, IMPERSONATE_ACCOUNT, IMPERSONATE_GROUP, CERTIFICATE, BIND, REBIND,
    ESCALATE, AGGREGATE, WEBHOOK, ADMISSION_POLICY,
)  # fmt: skip
