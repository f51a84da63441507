"""Causality over the shipped recordings: whole trees written by hand, and what must hold of every one.

The trees in ``trees/NAME.txt`` follow the recordings' notes and the audit log's truth about who wrote what. A writer
that is not told yet stands as ``unknown`` in what is found, and fits any.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import DEMO_NAMES, Cluster, read_demo
from tests.flow.test_diagram import play
from tests.flow.trees import outline, trees_of
from tests.histories import Step as HistoryStep
from tests.histories import histories, mistold_demos, strip_frame
from visualizer.flow import rules as all_rules
from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.explanation import REASONS, ROOTS
from visualizer.flow.rules import GENERIC, RULES, UNATTRIBUTED, Rule
from visualizer.flow.tree import TracedWrite, Tree
from visualizer.frames import Frame, Header
from visualizer.store import Store

EXPECTED = Path(__file__).parent / "trees"
EXPLAINED = Path(__file__).parents[2] / "docs" / "causality.md"


def expected(name: str) -> list[str]:
    """The tree written by hand, without the recording's notes."""
    lines = (EXPECTED / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("name", ["deploy", "rolling-update", "node-failure", "namespace-delete"])
def test_the_whole_trees_are_those_written_by_hand(name: str) -> None:
    assert list(outline(trees_of(name))) == expected(name)


def chain(tree: Tree, write: TracedWrite) -> list[TracedWrite]:
    """The write, what woke it, and so on up to the root."""
    by_seq = {each.seq: each for each in tree.writes}
    found = [write]
    while (above := by_seq.get(found[-1].parent)) is not None:
        found.append(above)
    return found


def created_pods(name: str) -> Iterator[tuple[Tree, TracedWrite]]:
    """Every Pod that was created in this recording, with its trace."""
    for tree in trees_of(name):
        yield from ((tree, write) for write in tree.writes if (write.kind, write.verb) == ("Pod", "created"))


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_every_pod_leads_back_to_the_command_or_the_failure_that_set_it_off(name: str) -> None:
    for tree, pod in created_pods(name):
        links = chain(tree, pod)
        root = links[-1]
        assert pod.certainty in ("observed", "inferred"), pod
        assert root.seq == tree.seq
        is_command = root.component in ("client:kubectl", "unknown:unknown")
        assert is_command or root.rule in ("node-silent", "schedule"), root
        makers = [write.component.partition(":")[2] for write in links[:-1]]
        assert makers[0] in (
            "replicaset-controller",
            "statefulset-controller",
            "job-controller",
            "daemon-set-controller",
        )
        if pod.rule == "owner-reference" and makers[0] == "replicaset-controller":
            assert makers[1] == "deployment-controller"
            assert links[1].kind == "ReplicaSet"


def test_every_scenario_that_makes_pods_was_looked_at() -> None:
    assert sum(1 for name in DEMO_NAMES for _ in created_pods(name)) > 30


def assert_ordered(tree: Tree) -> None:
    """No effect before its cause, by time, by place in the trace, and by the cluster's counter."""
    by_seq = {write.seq: write for write in tree.writes}
    for write in tree.writes:
        cause = by_seq.get(write.parent)
        if cause is not None:
            assert cause.ts <= write.ts
            assert not write.resource_version or cause.resource_version < write.resource_version
        assert write.lag_s >= 0


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_no_effect_comes_before_its_cause(name: str) -> None:
    for tree in trees_of(name):
        assert_ordered(tree)
        places = {write.seq: place for place, write in enumerate(tree.writes)}
        assert all(places[write.parent] < places[write.seq] for write in tree.writes if write.parent)


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_few_writes_of_the_control_plane_are_left_without_a_cause(name: str) -> None:
    writes = [write for tree in trees_of(name) for write in tree.writes]
    lost = [
        w for w in writes if w.rule == "no-cause" and w.component.startswith(("controller:", "kubelet:", "scheduler:"))
    ]
    print(f"{name}: {len(lost)} of {len(writes)} writes have no cause")
    assert len(lost) <= len(writes) / 50, lost


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_a_guess_says_so(name: str) -> None:
    for tree in trees_of(name):
        for write in tree.writes:
            if write.among > 1 and write.certainty == "observed":
                assert write.rule == "names-pods"  # all of them are named: each is a cause


def test_every_rule_has_its_reason_in_words_and_in_the_docs() -> None:
    groups = [*GENERIC, *UNATTRIBUTED, *(group for of_component in RULES.values() for group in of_component)]
    named = [each for each in vars(all_rules).values() if isinstance(each, tuple) and not isinstance(each, Rule)]
    groups += [group for group in named if group and all(isinstance(each, Rule) for each in group)]
    rules = {rule.name for group in groups for rule in group}
    used = {write.rule for name in DEMO_NAMES for tree in trees_of(name) for write in tree.writes}
    assert rules | used <= set(REASONS) | set(ROOTS)
    explained = EXPLAINED.read_text()
    assert {rule for rule in {*REASONS, *ROOTS} if f"`{rule}`" not in explained} == set()


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_without_managed_fields_every_pod_still_leads_back_and_what_is_not_known_says_so(name: str) -> None:
    header, frames = read_demo(name)
    _, flow = play(header, [strip_frame(frame) for frame in frames])
    for tree in flow.traces():
        assert_ordered(tree)
        root = next(write for write in tree.writes if write.seq == tree.seq)
        assert root.component.startswith(("unknown:", "kubelet:", "controller:"))
        for pod in tree.writes:
            if (pod.kind, pod.verb) == ("Pod", "created"):
                assert root.kind in ("Deployment", "StatefulSet", "Job", "Pod", "Node"), root


@given(mistold_demos())
def test_a_recording_told_badly_never_puts_an_effect_before_its_cause(told: tuple[Header, list[Frame]]) -> None:
    _, flow = play(*told)
    for tree in flow.traces():
        assert_ordered(tree)


@given(histories())
def test_whatever_a_watch_tells_makes_trees(history: list[HistoryStep]) -> None:
    flow = FlowDiagram()
    cluster = Cluster(flow)
    for step in history:
        step(cluster)
    trees = list(flow.traces())
    for tree in trees:
        assert_ordered(tree)
        assert len(tree.writes) == tree.writes_in_all
    seqs = [write.seq for tree in trees for write in tree.writes]
    assert len(seqs) == len(set(seqs))


@given(mistold_demos(), st.integers(2, 40), st.integers(1, 119))
def test_what_is_forgotten_and_what_is_loaded_leave_the_same_trees(
    told: tuple[Header, list[Frame]], remembered: int, loaded_at: int
) -> None:
    header, frames = told
    store, played = Store(header.resources), FlowDiagram(remembered=remembered)
    loaded = FlowDiagram(remembered=remembered)
    for seq, frame in enumerate(frames, start=1):
        changes = store.apply(seq, frame)
        played.apply(store, seq=seq, ts=frame.ts, changes=changes)
        if seq > loaded_at:
            loaded.apply(store, seq=seq, ts=frame.ts, changes=changes)
        elif seq == min(loaded_at, len(frames)):
            loaded.load(store, played.dump())
    trees = list(played.traces())
    assert list(loaded.traces()) == trees
    assert loaded.snapshot() == played.snapshot()
    assert sum(len(tree.writes) for tree in trees) <= remembered + remembered // 2
    for tree in trees:
        assert_ordered(tree)
