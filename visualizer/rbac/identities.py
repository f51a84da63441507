"""Identities: the user name and groups with which a party comes to the API server.

Users and groups exist only where bindings name them; ServiceAccounts are objects. The server adds groups of its own:
``system:authenticated`` to everybody with credentials, ``system:unauthenticated`` to ``system:anonymous``, and two for
ServiceAccounts (k8s.io/apiserver pkg/authentication/serviceaccount/util.go, pkg/authentication/group). Which other
groups a user is in, only the cluster's authenticator knows: people may type them in.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from visualizer.rbac.policy import SERVICE_ACCOUNT_PREFIX, Party

ANONYMOUS: Final = "system:anonymous"
AUTHENTICATED: Final = "system:authenticated"
UNAUTHENTICATED: Final = "system:unauthenticated"
ALL_ACCOUNTS: Final = "system:serviceaccounts"


class Identity(NamedTuple):
    """Who asks. ``user`` is empty for a Group, which stands for any member of it."""

    user: str
    groups: tuple[str, ...]


def identity_of(party: Party) -> Identity:
    """The identity of this party, with the groups that the server implies."""
    if party.kind == "ServiceAccount":
        return Identity(party.user_name, (ALL_ACCOUNTS, f"{ALL_ACCOUNTS}:{party.namespace}", AUTHENTICATED))
    if party.kind == "User":
        return Identity(party.name, (UNAUTHENTICATED if party.name == ANONYMOUS else AUTHENTICATED,))
    groups = [party.name]
    if party.name.startswith(f"{ALL_ACCOUNTS}:"):
        groups.append(ALL_ACCOUNTS)
    if party.name not in (UNAUTHENTICATED, AUTHENTICATED):
        groups.append(AUTHENTICATED)
    return Identity("", tuple(groups))


def party_from_text(text: str) -> Party | None:
    """The party that this text names outright; None for a bare name, which may be any kind.

    Read are ``User alice``, ``group:developers``, ``service account shop/api``, ``sa shop/api`` and
    ``system:serviceaccount:shop:api``.
    """
    text = text.strip()
    if text.startswith(SERVICE_ACCOUNT_PREFIX):
        namespace, _, name = text.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
        return Party("ServiceAccount", name, namespace) if namespace and name else None
    words = text.replace(":", " ", 1).split(None, 1) if text.lower().startswith(_KIND_PREFIXES) else text.split(None, 1)
    if len(words) < 2:
        return None
    kind, rest = words[0].lower(), words[1].strip()
    if kind == "service" and rest.lower().startswith("account "):
        kind, rest = "serviceaccount", rest.split(None, 1)[1].strip()
    if kind == "user":
        return party_from_text(rest) if rest.startswith(SERVICE_ACCOUNT_PREFIX) else Party("User", rest)
    if kind == "group":
        return Party("Group", rest)
    namespace, _, name = rest.partition("/")
    return Party("ServiceAccount", name, namespace) if kind in ("serviceaccount", "sa") and name else None


_KIND_PREFIXES: Final = ("user:", "group:", "serviceaccount:", "sa:")
