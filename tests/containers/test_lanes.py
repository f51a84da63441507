"""Containers in the order in which they start, what each waits for, and why the Pod is not Ready."""

from __future__ import annotations

import pytest

from tests.cluster import START_TS
from tests.containers.making import HTTP, ended, lane, pod, running, told, waiting
from visualizer.containers.facts import PodFacts

NODE = [{"type": "PodScheduled", "status": "True"}, {"type": "PodReadyToStartContainers", "status": "True"}]
INIT = [
    {"name": "migrate", "image": "shop/migrate:1"},
    {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.24", "restartPolicy": "Always"},
    {"name": "warm", "image": "shop/warm:1"},
]
OWN = [{"name": "web", "image": "web:1"}, {"name": "logs", "image": "cr.example.com:5000/fluent/fluent-bit@sha256:1"}]
DEBUG = [{"name": "debugger", "image": "busybox", "targetContainerName": "web"}]


def starting(*inits: dict, own: tuple[dict, ...] = (), **status: object) -> PodFacts:
    """A Pod of every role whose init containers have come so far."""
    made = pod(
        *own,
        containers=OWN,
        spec={"initContainers": INIT, "ephemeralContainers": DEBUG},
        status={"phase": "Pending", "conditions": NODE, "initContainerStatuses": list(inits), **status},
    )
    return told((0, made), now=5)


def test_the_order_in_which_containers_start() -> None:
    facts = starting()
    assert [(each.place, each.role, each.name) for each in facts.containers] == [
        (1, "init", "migrate"),
        (2, "sidecar", "istio-proxy"),
        (3, "init", "warm"),
        (4, "main", "web"),
        (4, "main", "logs"),
        (5, "ephemeral", "debugger"),
    ]
    assert lane(facts, "debugger").target == "web"


@pytest.mark.parametrize(
    ("inits", "waits"),
    [
        ((running(0, "migrate"),), "init container migrate to end"),
        ((ended(0, name="migrate"), waiting("PodInitializing", name="istio-proxy")), "sidecar istio-proxy to start"),
        ((ended(0, name="migrate"), running(2, "istio-proxy", started=False)), "sidecar istio-proxy to start"),
        ((ended(0, name="migrate"), running(2, "istio-proxy"), running(3, "warm")), "init container warm to end"),
        ((ended(0, name="migrate"), running(2, "istio-proxy"), ended(0, name="warm")), "the kubelet to start it"),
        ((ended(1, name="migrate"),), "init container migrate to end"),
    ],
)
def test_a_container_waits_for_those_before_it(inits: tuple[dict, ...], waits: str) -> None:
    assert lane(starting(*inits, own=(waiting("PodInitializing"),)), "web").waits_for == waits


def test_what_looks_like_a_companion_is_named_with_why() -> None:
    facts = starting()
    assert [each.name for each in facts.containers if each.looks_like] == ["istio-proxy", "logs"]
    mesh, logs = lane(facts, "istio-proxy").looks_like, lane(facts, "logs").looks_like
    assert mesh
    assert logs
    assert (mesh.name, mesh.why) == ("Istio’s proxy", "It is named istio-proxy, and its image is named proxyv2.")
    assert (logs.name, logs.why) == ("Fluent Bit", "Its image is named fluent-bit.")


@pytest.mark.parametrize(
    ("policy", "code", "is_over"),
    [("Always", 0, False), ("OnFailure", 1, False), ("OnFailure", 0, True), ("Never", 1, True), ("Never", 0, True)],
)
def test_whether_a_container_that_ended_is_started_again(policy: str, code: int, *, is_over: bool) -> None:
    facts = told((0, pod(ended(code), spec={"restartPolicy": policy})), now=9)
    assert (lane(facts, "web").waits_for == "") is is_over


def test_a_containers_own_rules_come_before_the_pods_policy() -> None:
    own = [{"name": "web", "restartPolicy": "Never"}]
    facts = told((0, pod(ended(1), containers=own, spec={"restartPolicy": "Always"})), now=9)
    assert lane(facts, "web").restart_words == "is not started again when it ends"
    rules = [{"name": "web", "restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart"}]}]
    facts = told((0, pod(ended(1), containers=rules)), now=9)
    assert "by rules of its own on its exit code" in lane(facts, "web").restart_words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ended(0), "ended: completed, exit code 0"),
        (ended(137), "ended: exit code 137, ended by SIGKILL"),
        (ended(143), "ended: exit code 143, ended by SIGTERM"),
        (ended(127), "ended: exit code 127, there is no such program"),
        (ended(3), "ended: exit code 3"),
        (ended(200), "ended: exit code 200"),
        (waiting("ImagePullBackOff"), "waiting: ImagePullBackOff"),
        ({"name": "web", "state": {}}, "in no state that the status names"),
        ({"name": "other"}, "not in the status yet"),
    ],
)
def test_a_state_in_words(status: dict, words: str) -> None:
    assert lane(told((0, pod(status)), now=9), "web").words == words


def test_memory_that_ran_out_is_named() -> None:
    status = {"name": "web", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
    assert "more memory than its limit allows" in lane(told((0, pod(status)), now=9), "web").words


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("10s", 10), ("1m20s", 80), ("5m0s", 300), ("2.5s", 2), ("1h0m0s", 3600), ("soon", 0), ("", 0)],
)
def test_the_back_off_is_what_the_status_says(said: str, seconds: int) -> None:
    last = {"terminated": {"exitCode": 1, "startedAt": "2026-11-23T10:11:14Z", "finishedAt": "2026-11-23T10:11:20Z"}}
    message = f"back-off {said} restarting failed container=web pod=web-1_shop(u1)"
    back_off = lane(told((0, pod(waiting("CrashLoopBackOff", message, lastState=last))), now=9), "web").back_off
    assert back_off
    assert (back_off.seconds, back_off.until) == (seconds, START_TS + 6 + seconds if seconds else None)


def test_only_a_crash_has_a_back_off() -> None:
    assert lane(told((0, pod(waiting("ImagePullBackOff", "Back-off pulling image"))), now=9), "web").back_off is None


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (pod(spec={"nodeName": ""}, status={"phase": "Pending"}), "It is not Ready: it is on no node yet."),
        (
            pod(spec={"nodeName": "", "schedulingGates": [{"name": "example.com/gate"}]}, status={"phase": "Pending"}),
            "It is not Ready: scheduling gates hold it back.",
        ),
        (
            pod(waiting(), status={"conditions": [{"type": "PodReadyToStartContainers", "status": "False"}]}),
            "It is not Ready: its sandbox and network are not there.",
        ),
        (pod(waiting("ErrImagePull")), "It is not Ready: web waits for its image."),
        (pod(waiting("CreateContainerConfigError")), "It is not Ready: web is waiting: CreateContainerConfigError."),
        (pod(running(ready=False), readinessProbe=HTTP), "It is not Ready: web waits for its readiness probe."),
        (pod(ended(1), status={"phase": "Failed", "reason": "Evicted"}), "It has ended with a failure (Evicted)."),
        (pod(ended(0), status={"phase": "Succeeded"}), "It has ended well."),
        (pod(running(), status={"conditions": [{"type": "Ready", "status": "True"}]}), "It is Ready."),
        (
            pod(
                running(),
                spec={"readinessGates": [{"conditionType": "example.com/lb"}]},
                status={"conditions": [{"type": "ContainersReady", "status": "True"}]},
            ),
            "It is not Ready: its containers are, but not its readiness gate example.com/lb.",
        ),
        (
            pod(
                running(),
                status={
                    "conditions": [
                        {"type": "ContainersReady", "status": "True"},
                        {"type": "Ready", "status": "False", "reason": "NodeNotReady"},
                    ]
                },
            ),
            "It is not Ready (NodeNotReady), though its containers are: so it is set where its node does not answer.",
        ),
    ],
)
def test_why_a_pod_is_not_ready(made: dict, why: str) -> None:
    assert told((0, made), now=9).why == why


def test_conditions_stand_in_the_order_in_which_they_come_true() -> None:
    gates = [{"conditionType": "example.com/lb"}]
    some = [{"type": "Ready", "status": "False"}, {"type": "PodScheduled", "status": "True"}, {"type": "Odd"}]
    facts = told((0, pod(spec={"readinessGates": gates}, status={"conditions": some})), now=9)
    assert [(each.type, each.status, each.is_gate) for each in facts.conditions] == [
        ("PodScheduled", "True", False),
        ("PodReadyToStartContainers", "", False),
        ("Initialized", "", False),
        ("ContainersReady", "", False),
        ("example.com/lb", "", True),
        ("Ready", "False", False),
        ("Odd", "Unknown", False),
    ]


def test_a_deletion_is_told_in_the_order_of_what_happens() -> None:
    going = {
        "deletionTimestamp": "2026-11-23T10:11:44Z",
        "deletionGracePeriodSeconds": 30,
        "finalizers": ["example.com/keep"],
    }
    own = [{"name": "web", "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}]
    init = [{"name": "mesh", "restartPolicy": "Always"}]
    facts = told((0, pod(running(), containers=own, spec={"initContainers": init}, metadata=going)), now=9)
    assert facts.deletion
    assert facts.deletion.words == [
        "First the hooks run (web: preStop: sleep 5 s): their time counts.",
        "Each container gets its stop signal, SIGTERM unless told otherwise.",
        "Sidecars are stopped after the others, last started first: mesh.",
        "What still runs 30 s after the deletion began is killed (SIGKILL).",
        "It stays until its finalizers are taken away: example.com/keep.",
    ]
    gone = told((0, pod(ended(0), metadata=going)), now=9)
    assert gone.deletion
    assert gone.deletion.words[0] == "Nothing of it runs."
    assert told((0, pod(running())), now=9).deletion is None
