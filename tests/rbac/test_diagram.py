"""The RBAC diagram on the recording: the graph at each note."""

from __future__ import annotations

from tests.cluster import read_demo
from visualizer.frames import Note
from visualizer.rbac.diagram import RbacDiagram
from visualizer.store import Store
from visualizer.tables import patch

LISTED = 55  # ClusterRoleBindings that the API server and the recording's preparation made


def graphs():
    """The rows of the diagram at each note of the recording, by the note's text, and at the end."""
    header, frames = read_demo("rbac")
    store, diagram, found = Store(header.resources), None, {}
    for seq, frame in enumerate(frames, 1):
        if isinstance(frame, Note):
            diagram = diagram or RbacDiagram.build(store)
            found[frame.text] = patch(diagram.snapshot(), {})
        changes = store.apply(seq, frame)
        if diagram is not None:
            diagram.apply(store, seq=seq, ts=frame.ts, changes=changes)
    return {**found, "end": patch(diagram.snapshot(), {})}


def ids(graph, table, word):
    return sorted(row_id for row_id in graph[table] if word in row_id)


def test_the_graph_at_each_note_of_the_recording():
    at = graphs()
    start = at["A namespace with something to protect"]
    assert len([row for row in start["bindings"].values() if row.kind == "ClusterRoleBinding"]) == LISTED
    assert start["bindings"]["RoleBinding:platform/dangling"].problem == "no such Role"
    assert not start["subjects"]["ServiceAccount:platform/also-missing"].exists
    assert start["subjects"]["ServiceAccount:platform/ci"].exists
    assert start["roles"]["ClusterRole:cluster-admin"].risks == ["everything"]
    assert "bind roles" in start["roles"]["ClusterRole:ci-deployer"].risks
    assert start["roles"]["ClusterRole:observer"].is_aggregated
    assert ids(start, "roles", "secret-reader") == []

    role = at["A RoleBinding joins alice to the Role"]
    assert role["roles"]["Role:vault/secret-reader"].bindings == 0
    rule = role["rules"]["Role:vault/secret-reader#0"]
    assert (rule.verbs, rule.resources) == (["get", "list"], ["secrets"])

    bound = at["now alice may"]
    assert bound["roles"]["Role:vault/secret-reader"].bindings == 1
    assert bound["roles"]["Role:vault/secret-reader"].risks == ["read Secrets"]
    binding = bound["bindings"]["RoleBinding:vault/alice-reads"]
    assert (binding.role, binding.subjects, binding.problem) == ("Role:vault/secret-reader", ["User:alice"], "")
    assert bound["subjects"]["User:alice"].bindings == 1

    aggregating = at["A ClusterRole aggregates into 'observer': its controller rewrites the rules"]
    assert aggregating["bindings"]["ClusterRoleBinding:robot-admin"].subjects == ["ServiceAccount:vault/robot"]
    assert aggregating["subjects"]["ServiceAccount:vault/robot"].exists

    back = at["Everything namespaced goes with the namespace"]
    assert ids(back, "bindings", "robot") == []
    assert ids(back, "subjects", "robot") == []

    end = at["end"]
    assert ids(end, "bindings", "alice-reads") == []
    assert ids(end, "roles", "secret-reader") == []
    assert ids(end, "rules", "secret-reader") == []
    assert end == start


def test_a_role_that_loses_rules_loses_their_rows():
    header, frames = read_demo("rbac")
    store, most, last = Store(header.resources), 0, 0
    diagram = RbacDiagram.build(store)
    for seq, frame in enumerate(frames, 1):
        diagram.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
        last = len(ids(diagram.snapshot(), "rules", "ClusterRole:observer#"))
        most = max(most, last)
    assert most > last > 0
