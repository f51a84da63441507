"""The authorizer: two implementations agree, changes leave no trace, and the server's words are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rbac import naive, policies
from tests.rbac.policies import binding, role, rule
from visualizer.objects import Binding, Metadata, RoleRef, Subject
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.authorizer import decide
from visualizer.rbac.documents import make_policy
from visualizer.rbac.policy import Key
from visualizer.rbac.words import quote

LEASES = "coordination.k8s.io", "leases"
NO_RELATION = "no relationship found between node 'n1' and this object"
GET_PODS = Attributes(verb="get", resource="pods", namespace="shop")


@given(
    roles=st.lists(policies.roles, max_size=5).map(policies.by_key),
    bindings=st.lists(policies.bindings, max_size=6).map(policies.by_key),
    user=st.sampled_from(policies.USERS),
    groups=st.lists(st.sampled_from(policies.MEMBERSHIPS), max_size=2),
    attributes=policies.attributes,
)
def test_the_fast_and_the_naive_authorizer_agree(roles, bindings, user, groups, attributes):
    ours = decide(make_policy(roles, bindings), user=user, groups=groups, attributes=attributes)
    allowed, allowing = naive.decide(roles, bindings, user, groups, attributes)
    assert ours.allowed == allowed
    assert [tuple(grant.bound.key) for grant in ours.grants] == allowing


@given(
    roles=st.lists(policies.roles, max_size=4),
    bindings=st.lists(policies.bindings, max_size=5),
    passing=st.lists(policies.bindings, max_size=5),
    user=st.sampled_from(policies.USERS),
    attributes=policies.attributes,
)
def test_what_came_and_went_leaves_no_trace(roles, bindings, passing, user, attributes):
    bindings = policies.by_key(bindings)
    fresh, worn = make_policy(roles, bindings), make_policy(roles, [*passing, *bindings])
    kept = {(obj.metadata.namespace, obj.metadata.name) for obj in bindings}
    for obj in passing:
        if (obj.metadata.namespace, obj.metadata.name) not in kept:
            worn.remove_binding(Key(obj.metadata.namespace, obj.metadata.name))
    assert worn.parties == fresh.parties
    assert worn._by_role == fresh._by_role
    assert worn._by_user == fresh._by_user
    assert worn._by_group == fresh._by_group
    asked = {"user": user, "groups": ["developers"], "attributes": attributes}
    assert decide(worn, **asked).reasons == decide(fresh, **asked).reasons


def test_nothing_is_implied_of_groups():
    policy = make_policy(
        [role("view", rule("get", "pods"))], [binding("all", "ClusterRole:view", "Group:system:authenticated")]
    )
    assert not decide(policy, user="alice", groups=[], attributes=GET_PODS).allowed
    assert decide(policy, user="alice", groups=["system:authenticated"], attributes=GET_PODS).allowed


def test_masters_are_allowed_before_anything_is_asked():
    decision = decide(make_policy([], []), user="root", groups=["system:masters"], attributes=GET_PODS)
    assert (decision.allowed, decision.reasons, decision.by) == (True, [], "system:masters")


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (Subject(kind="User", name='al"ice'), 'User "al\\"ice"'),
        (Subject(kind="Group", name="devs"), 'Group "devs"'),
        (Subject(kind="ServiceAccount", name="api"), 'ServiceAccount "api/shop"'),
        (Subject(kind="ServiceAccount", name="api", namespace="other"), 'ServiceAccount "api/other"'),
    ],
)
def test_a_reason_is_in_the_servers_words(subject, words):
    bound = Binding(
        metadata=Metadata(name="b", namespace="shop"), role_ref=RoleRef("ClusterRole", "view"), subjects=[subject]
    )
    policy = make_policy([role("view", rule("get", "pods"))], [bound])
    user = {"User": subject.name, "ServiceAccount": f"system:serviceaccount:{subject.namespace or 'shop'}:api"}
    decision = decide(policy, user=user.get(subject.kind, "x"), groups=["devs"], attributes=GET_PODS)
    assert decision.reasons == [f'RBAC: allowed by RoleBinding "b/shop" of ClusterRole "view" to {words}']


def test_of_two_missing_roles_the_server_may_name_either_first():
    policy = make_policy(
        [], [binding("one", "ClusterRole:x", "User:a"), binding("two", "Role:y", "User:a", namespace="shop")]
    )
    reasons = decide(policy, user="a", groups=[], attributes=GET_PODS).reasons
    x, y = ('clusterrole.rbac.authorization.k8s.io "x" not found', 'role.rbac.authorization.k8s.io "y" not found')
    assert reasons == [f"RBAC: [{x}, {y}]", f"RBAC: [{y}, {x}]"]


def test_a_cluster_role_binding_to_a_role_finds_none_though_a_cluster_role_has_the_name():
    policy = make_policy([role("x", rule("get", "pods"))], [binding("one", "Role:x", "User:a")])
    decision = decide(policy, user="a", groups=[], attributes=GET_PODS)
    assert decision.reasons == ['RBAC: role.rbac.authorization.k8s.io "x" not found']


def test_only_the_server_that_renames_proxying_is_taken_to_do_so():
    roles = [role("proxy", rule("get", "services/proxy"))]
    bindings = [binding("b", "ClusterRole:proxy", "User:alice")]
    asked = Attributes(verb="get", resource="services", subresource="proxy", namespace="shop")
    assert decide(make_policy(roles, bindings), user="alice", groups=[], attributes=asked).allowed
    renaming = make_policy([*roles, role("system:openshift:public-info-viewer")], bindings)
    denied = decide(renaming, user="alice", groups=[], attributes=asked)
    assert (denied.allowed, denied.reasons) == (False, ["proxy subresource changed to unsafeproxy"])
    assert decide(renaming, user="alice", groups=["system:authenticated"], attributes=asked).allowed


@pytest.mark.parametrize(
    ("asked", "allowed", "reason"),
    [
        (Attributes("get", resource="nodes", name="n1"), True, ""),
        (Attributes("get", resource="nodes", name="n2"), False, "node 'n1' cannot read 'n2', only its own Node object"),
        (Attributes("list", resource="nodes"), False, "node 'n1' cannot read all nodes, only its own Node object"),
        (Attributes("update", resource="nodes", subresource="status", name="n2"), True, ""),
        (Attributes("delete", resource="nodes", name="n1"), False, ""),
        (Attributes("get", resource="secrets", namespace="s", name="x"), False, NO_RELATION),
        (Attributes("get", resource="secrets", name="x"), False, "can only read namespaced object of this type"),
        (Attributes("get", resource="pods", namespace="s", name="mine"), True, ""),
        (Attributes("list", resource="pods"), False, "can only list/watch pods with spec.nodeName field selector"),
        (Attributes("create", resource="pods", subresource="eviction", namespace="s", name="x"), True, ""),
        (Attributes("create", resource="serviceaccounts", subresource="token", namespace="s", name="mine"), True, ""),
        (Attributes("create", *LEASES, namespace="kube-node-lease"), True, ""),
        (Attributes("get", *LEASES, namespace="s", name="n1"), False,
         'can only access leases in the "kube-node-lease" system namespace'),
        (Attributes("get", "storage.k8s.io", "csinodes", name="n2"), False,
         "can only access CSINode with the same name as the requesting node"),
        (Attributes("list", "resource.k8s.io", "resourceslices"), False,
         "can only list/watch/deletecollection resourceslices with nodeName field selector"),
        (Attributes("update", resource="persistentvolumeclaims", subresource="status", namespace="s"), False,
         "No Object name found"),
        (Attributes("list", resource="services"), True, ""),
    ],
)  # fmt: skip
def test_the_node_authorizer_is_asked_first(asked, allowed, reason):
    policy = make_policy([role("system:node", rule("get list watch", "services"))], [])
    kin = {("pods", "mine"), ("serviceaccounts", "mine")}
    decision = decide(
        policy,
        user="system:node:n1",
        groups=["system:nodes"],
        attributes=asked,
        kinship=lambda node, resource, namespace, name: (resource, name) in kin,
    )
    assert (decision.allowed, decision.reasons) == (allowed, [reason] if reason else [])
    assert not decide(policy, user="system:node:n1", groups=[], attributes=asked).allowed


def test_text_is_quoted_as_go_does():
    assert quote('a"b\\c\n\x01é\u200b') == '"a\\"b\\\\c\\n\\x01é\\u200b"'
