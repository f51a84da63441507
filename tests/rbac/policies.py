"""Policies to ask: hypothesis strategies that make small, tangled ones, and short words to write one down."""

from __future__ import annotations

from hypothesis import strategies as st

from visualizer.objects import Binding, LabelSelector, Metadata, PolicyRule, Role, RoleRef, Subject
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.documents import make_policy

NAMES = ["a", "b", "*"]
NAMESPACES = ["", "shop", "vault"]
VERBS = ["get", "list", "create", "bind", "*"]
GROUPS = ["", "apps", "*"]
RESOURCES = ["pods", "secrets", "pods/exec", "*/exec", "*/scale", "pods/*", "*"]
URLS = ["/metrics", "/healthz", "/healthz/*", "/api*", "*", "/**"]
USERS = ["alice", "system:serviceaccount:shop:a", "system:serviceaccount::a", "system:serviceaccount:vault:b", ""]
MEMBERSHIPS = ["developers", "system:authenticated", "a"]


def some(values):
    return st.none() | st.lists(st.sampled_from(values), max_size=3)


rules = st.builds(
    PolicyRule,
    verbs=some(VERBS),
    api_groups=some(GROUPS),
    resources=some(RESOURCES),
    resource_names=some(["gold", "silver", ""]),
    non_resource_urls=some(URLS),
)
metadata = st.builds(Metadata, name=st.sampled_from(NAMES), namespace=st.sampled_from(NAMESPACES))
roles = st.builds(Role, metadata=metadata, rules=st.none() | st.lists(rules, max_size=3))
subjects = st.builds(
    Subject,
    kind=st.sampled_from(["User", "Group", "ServiceAccount", "Robot"]),
    name=st.sampled_from([*USERS, *MEMBERSHIPS, "b"]),
    namespace=st.sampled_from(NAMESPACES),
)
references = st.builds(RoleRef, kind=st.sampled_from(["Role", "ClusterRole", "Thing"]), name=st.sampled_from(NAMES))
bindings = st.builds(
    Binding, metadata=metadata, role_ref=references, subjects=st.none() | st.lists(subjects, max_size=4)
)
attributes = st.builds(
    Attributes,
    verb=st.sampled_from(["get", "list", "bind", "delete"]),
    group=st.sampled_from(["", "apps", "batch"]),
    resource=st.sampled_from(["pods", "secrets", "deployments"]),
    subresource=st.sampled_from(["", "exec", "scale", "*"]),
    namespace=st.sampled_from(NAMESPACES),
    name=st.sampled_from(["", "gold"]),
) | st.builds(
    Attributes,
    verb=st.sampled_from(["get", "post"]),
    path=st.sampled_from(["/metrics", "/healthz/etcd", "/api/v1", "/", ""]),
)


def by_key(objects):
    """One object for each name, the last: as a cluster has them."""
    return list({(obj.metadata.namespace, obj.metadata.name): obj for obj in objects}.values())


def rule(verbs, resources="", groups="", names="", urls=""):
    """A rule from words: ``rule("get list", "pods secrets")``. A group of ``core`` is the empty one."""
    return PolicyRule(
        verbs=verbs.split(),
        api_groups=[group.replace("core", "") for group in (groups or "core").split()] if resources else None,
        resources=resources.split() or None,
        resource_names=names.split() or None,
        non_resource_urls=urls.split() or None,
    )


def role(name, *its_rules, namespace="", labels=None):
    return Role(metadata=Metadata(name=name, namespace=namespace, labels=labels), rules=list(its_rules))


def binding(name, reference, *who, namespace=""):
    """A binding of ``Kind:name`` to parties such as ``User:alice``, ``Group:g`` and ``ServiceAccount:ns/name``."""
    kind, _, role_name = reference.partition(":")
    return Binding(
        metadata=Metadata(name=name, namespace=namespace),
        role_ref=RoleRef(kind=kind, name=role_name),
        subjects=[subject(text) for text in who],
    )


def subject(text):
    kind, _, name = text.partition(":")
    namespace, _, account = name.partition("/")
    if kind == "ServiceAccount":
        return Subject(kind=kind, name=account, namespace=namespace)
    return Subject(kind=kind, name=name)


def selector(**labels):
    return LabelSelector(match_labels=labels)


__all__ = ["make_policy"]
