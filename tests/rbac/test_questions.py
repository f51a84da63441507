"""Who can, what can they, what if, and what differs: on made policies, and on the recording of a real cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import DEMO_NAMES, read_demo
from tests.rbac import naive, policies
from tests.rbac.policies import binding, role, rule
from visualizer.frames import Note
from visualizer.objects import AggregationRule, LabelSelector, Metadata, Role
from visualizer.rbac.aggregation import aggregate, gathered_rules
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.differences import compare, imagine
from visualizer.rbac.documents import make_policy, read_policy
from visualizer.rbac.identities import Identity, identity_of, party_from_text
from visualizer.rbac.policy import Key, Party
from visualizer.rbac.questions import find_parties, what_can, who_can
from visualizer.rbac.situation import policy_of
from visualizer.store import Store

CONFORMANCE = sorted((Path(__file__).parent.parent / "conformance" / "rbac").glob("*.zst"))


@given(
    roles=st.lists(policies.roles, max_size=5).map(policies.by_key),
    bindings=st.lists(policies.bindings, max_size=6).map(policies.by_key),
    attributes=policies.attributes,
)
def test_who_can_is_everybody_whom_the_naive_authorizer_allows(roles, bindings, attributes):
    policy = make_policy(roles, bindings)
    allowed = set()
    for party in policy.parties:
        user, groups = (party.user_name, []) if party.user_name or party.kind != "Group" else ("nobody", [party.name])
        is_allowed, allowing = naive.decide(roles, bindings, user, groups, attributes)
        mine = {tuple(key) for key in policy.parties[party]}
        if is_allowed and mine & set(allowing):
            allowed.add(party)
    assert {holder.party for holder in who_can(policy, attributes)} == allowed


@given(
    roles=st.lists(policies.roles, max_size=4).map(policies.by_key),
    bindings=st.lists(policies.bindings, max_size=5).map(policies.by_key),
    later=st.lists(policies.bindings, max_size=5).map(policies.by_key),
    attributes=policies.attributes,
)
def test_whoever_is_allowed_later_and_not_before_is_told_to_gain(roles, bindings, later, attributes):
    before, after = make_policy(roles, bindings), make_policy(roles, later)
    gains = {found.party for found in compare(before, after) if found.gains}
    losses = {found.party for found in compare(before, after) if found.losses}
    could = {holder.party for holder in who_can(before, attributes)}
    can = {holder.party for holder in who_can(after, attributes)}
    assert can - could <= gains
    assert could - can <= losses
    assert compare(before, before.copy()) == []


def test_what_somebody_can_do_is_told_with_the_grant_behind_each_verb():
    policy = make_policy(
        [role("edit", rule("get delete", "pods", names="web")), role("probe", rule("get", urls="/metrics"))],
        [
            binding("mine", "ClusterRole:edit", "Group:devs", namespace="shop"),
            binding("all", "ClusterRole:probe", "User:alice"),
        ],
    )
    url, pods = what_can(policy, Identity("alice", ("devs",)))
    assert (url.is_url, url.resource, list(url.verbs)) == (True, "/metrics", ["get"])
    assert (pods.namespace, pods.resource, pods.names, list(pods.verbs)) == (
        "shop",
        "pods",
        ("web",),
        ["delete", "get"],
    )
    assert (
        pods.verbs["get"][0].reason == 'RBAC: allowed by RoleBinding "mine/shop" of ClusterRole "edit" to Group "devs"'
    )


def test_what_is_anywhere_is_asked_of_every_namespace():
    policy = make_policy(
        [role("view", rule("get", "pods"))], [binding("b", "ClusterRole:view", "User:a", namespace="shop")]
    )
    asked = Attributes("get", resource="pods")
    assert who_can(policy, asked) == []
    assert [holder.party for holder in who_can(policy, asked, anywhere=True)] == [Party("User", "a")]


def test_whoever_may_do_everything_gains_nothing_by_another_grant():
    root = binding("root", "ClusterRole:all", "User:root")
    policy = make_policy([role("all", rule("*", "*", "*", urls="*")), role("view", rule("get", "pods"))], [root])
    more = binding("more", "ClusterRole:view", "User:root", "User:alice", namespace="shop")
    (alice,) = compare(policy, imagine(policy, put=[more]))
    assert (alice.party, [line.words for line in alice.gains], alice.losses) == (
        Party("User", "alice"),
        ["get pods in shop"],
        [],
    )
    (lost,) = compare(policy, imagine(policy, remove=[("ClusterRoleBinding", Key("", "root"))]))
    assert [line.words for line in lost.losses] == ["everything, everywhere", "any verb on *"]


def test_a_role_that_is_gathered_alters_those_that_gather_it():
    wide = Role(metadata=Metadata(name="wide"), aggregation_rule=AggregationRule([LabelSelector({"to": "wide"})]))
    policy = make_policy([wide], [binding("b", "ClusterRole:wide", "User:a")])
    part = role("part", rule("get", "secrets"), labels={"to": "wide"})
    (gain,) = compare(policy, imagine(policy, put=[part]))
    assert [line.words for line in gain.gains] == ["get secrets everywhere"]


@pytest.mark.parametrize("path", CONFORMANCE, ids=lambda path: path.name)
def test_rules_are_gathered_as_the_controller_gathered_them(path):
    policy = read_policy(zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()))
    gathering = [found.role for found in policy.roles.values() if found.role.aggregation_rule]
    assert {found.metadata.name for found in gathering} >= {"admin", "edit", "view"}
    for found in gathering:
        assert gathered_rules(policy, found) == (found.rules or [])
    emptied = make_policy(
        [
            found.role if not found.role.aggregation_rule else msgspec.structs.replace(found.role, rules=[])
            for found in policy.roles.values()
        ],
        [],
    )
    aggregate(emptied)
    for found in gathering:
        assert emptied.roles[Key("", found.metadata.name)].role.rules == (found.rules or [])


def policies_at_notes(name):
    """The policy at each note of a demo, by the note's text, and at the end."""
    header, frames = read_demo(name)
    store, found = Store(header.resources), {}
    for seq, frame in enumerate(frames, 1):
        if isinstance(frame, Note):
            found[frame.text] = policy_of(store)
        store.apply(seq, frame)
    return {**found, "end": policy_of(store)}


def told(before, after):
    return {
        found.party.words: ([line.words for line in found.gains], [line.words for line in found.losses])
        for found in compare(before, after)
    }


def test_the_recording_tells_of_alice_and_robot():
    at = policies_at_notes("rbac")
    reads = ["get, list secrets in vault"]
    admin = ["everything, everywhere", "any verb on *"]
    assert told(at["alice may not read it"], at["A RoleBinding joins alice to the Role"]) == {}
    assert told(at["alice may not read it"], at["now alice may"]) == {"User alice": (reads, [])}
    gathers = "A ClusterRole aggregates into 'observer': its controller rewrites the rules"
    assert told(at["bound to cluster-admin: too much"], at[gathers]) == {"ServiceAccount vault/robot": (admin, [])}
    assert told(at["alice may not read it"], at[gathers]) == {
        "ServiceAccount vault/robot": (admin, []),
        "User alice": (reads, []),
    }
    back = "Everything namespaced goes with the namespace"
    assert told(at["Take it back"], at[back])["ServiceAccount vault/robot"] == ([], admin)
    assert told(at["A namespace with something to protect"], at["end"]) == {}


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_every_recordings_first_and_last_policy_can_be_compared(name):
    at = policies_at_notes(name)
    assert compare(at["end"], at["end"].copy()) == []


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("User alice", Party("User", "alice")),
        ("user:alice", Party("User", "alice")),
        ("group system:masters", Party("Group", "system:masters")),
        ("Group:system:masters", Party("Group", "system:masters")),
        ("sa shop/api", Party("ServiceAccount", "api", "shop")),
        ("service account shop/api", Party("ServiceAccount", "api", "shop")),
        ("ServiceAccount:shop/api", Party("ServiceAccount", "api", "shop")),
        ("system:serviceaccount:shop:api", Party("ServiceAccount", "api", "shop")),
        ("alice", None),
        ("system:kube-scheduler", None),
        ("sa api", None),
        ("", None),
    ],
)
def test_a_party_is_named_in_words(text, party):
    assert party_from_text(text) == party


def test_a_bare_name_may_be_several():
    policy = make_policy([], [binding("b", "ClusterRole:x", "User:api", "Group:api", "ServiceAccount:shop/api")])
    assert [party.kind for party in find_parties(policy, "api")] == ["Group", "ServiceAccount", "User"]
    assert find_parties(policy, "shop/api") == [Party("ServiceAccount", "api", "shop")]
    assert find_parties(policy, "new", [Key("shop", "new")]) == [Party("ServiceAccount", "new", "shop")]


def test_the_server_implies_groups_of_its_own():
    account = identity_of(Party("ServiceAccount", "api", "shop"))
    assert account.user == "system:serviceaccount:shop:api"
    assert set(account.groups) == {"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}
    assert identity_of(Party("User", "system:anonymous")).groups == ("system:unauthenticated",)
    assert identity_of(Party("Group", "system:serviceaccounts:shop")).groups == (
        "system:serviceaccounts:shop",
        "system:serviceaccounts",
        "system:authenticated",
    )
