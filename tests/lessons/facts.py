"""The words that the claims of a lesson are made of, each answered by the real engine from the recording.

A place is what a lesson has: a frame's number, ``note 2``, ``start`` or ``end``. A thing is a kind and a name, with its
namespace where it has one: ``Pod shop/web-1``. A write is told as the screen tells it: ``created Pod web-1``, and where
words are looked for, the beginning of a name is enough. Leases, Events and heartbeats are no writes here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from tests.lessons.recorded import Json, Place, Recorded, Unknown, Wrote, follow, name_of
from visualizer.frames import Note
from visualizer.nodes.status import describe_pod
from visualizer.objects import Pod
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.authorizer import Decision, decide
from visualizer.rbac.questions import who_can
from visualizer.rbac.resources import Vocabulary
from visualizer.rbac.situation import situation_of
from visualizer.routing import iptablestext
from visualizer.routing.hops import PacketTrace
from visualizer.routing.model import Routing
from visualizer.routing.trace import sender_from, trace
from visualizer.routing.tracetext import destination_from
from visualizer.scheduling.asks import AskingPod
from visualizer.scheduling.cluster import see_cluster
from visualizer.scheduling.verdicts import judge


class Facts:
    """One recording, to be asked."""

    def __init__(self, lines: list[bytes]) -> None:
        self.recorded = Recorded(lines)

    @property
    def words(self) -> Mapping[str, Callable[..., Any]]:
        """The vocabulary: every public method by its name."""
        names = [name for name, found in vars(Facts).items() if callable(found) and not name.startswith("_")]
        return {name: getattr(self, name) for name in names}

    # Places and times.

    def second(self, place: Place) -> float:
        """How many seconds after the recording's first frame this place is."""
        return self.recorded.second(place)

    def command(self, number: int) -> str:
        """The command of this note; empty where it has none."""
        note = self.recorded.frames[self.recorded.frame(f"note {number}") - 1]
        return (note.command or "") if isinstance(note, Note) else ""

    def version(self) -> str:
        """The API server's."""
        return self.recorded.header.server_version

    # Objects.

    def names(self, kind: str, at: Place, namespace: str | None = None, **labels: str) -> list[str]:
        """The names of all objects of a kind, sorted; of one namespace, and with these labels, where given."""
        entries = self.recorded.store(at).entries(self.recorded.resource(kind)).values()
        return sorted(
            metadata.name
            for metadata in (entry.object.metadata for entry in entries)
            if namespace in (None, metadata.namespace) and labels.items() <= (metadata.labels or {}).items()
        )

    def count(self, kind: str, at: Place, namespace: str | None = None, **labels: str) -> int:
        """How many there are."""
        return len(self.names(kind, at, namespace, **labels))

    def there(self, thing: str, at: Place) -> bool:
        """Whether there is such a thing."""
        return self.recorded.entry(thing, at) is not None

    def field(self, thing: str, path: str, at: Place) -> Json:
        """A field's value, as JSON; None where there is none. ``status.conditions[type=Ready].status``."""
        return follow(self.recorded.raw(thing, at), path)

    def versions(self, thing: str, path: str, since: Place = "start", until: Place = "end") -> list[Json]:
        """A field's value in each version of a thing that was written after one place up to another."""
        kind, _, key = thing.partition(" ")
        return [follow(each, path) for each in self.recorded.events(self.recorded.resource(kind), since, until, key)]

    def owner(self, thing: str, at: Place) -> str | None:
        """Its controller, as kind and name."""
        owners = self.field(thing, "metadata.ownerReferences", at) or []
        return next((f"{each['kind']} {each['name']}" for each in owners if each.get("controller")), None)

    def label(self, thing: str, name: str, at: Place) -> str | None:
        """A label's value."""
        return (self.recorded.object(thing, at).metadata.labels or {}).get(name)

    # Pods.

    def status(self, pod: str, at: Place) -> str:
        """READY, STATUS and RESTARTS of a Pod, as ``kubectl get pods`` prints them: ``1/1 Running 0``."""
        line = describe_pod(self._pod(pod, at))
        return f"{line.ready}/{line.containers} {line.status} {line.restarts}"

    def node(self, pod: str, at: Place) -> str:
        """Where a Pod is; empty: nowhere yet."""
        return self._pod(pod, at).spec.node_name

    def on(self, node: str, at: Place, **labels: str) -> int:
        """How many Pods are on a node; with these labels, where given."""
        return sum(pod.spec.node_name == node for pod in self._pods(at, labels))

    def ready(self, at: Place, **labels: str) -> list[str]:
        """The Pods with these labels that are ready, sorted."""
        return sorted(pod.metadata.name for pod in self._pods(at, labels) if describe_pod(pod).is_ready)

    def objections(self, pod: str, at: Place) -> dict[str, str]:
        """What keeps a Pod off each node, by the node's name, in the scheduler's words; empty: nothing."""
        asking = msgspec.convert(self.recorded.raw(f"Pod {pod}", at), AskingPod)
        verdicts = judge(asking, see_cluster(self.recorded.store(at)))
        return {each.node: ", ".join(each.objection.reasons) if each.objection else "" for each in verdicts}

    # Writes, and who made them.

    def writes(
        self, since: Place = "start", until: Place = "end", *, by: str = "", to: str = "", text: str = ""
    ) -> list[str]:
        """The writes after one place up to another, in their order, told as ``kubectl: created Deployment hello``.

        ``by`` is a part of the writer's name, ``to`` of the thing's (``v1/pods:shop/web-1``), ``text`` of the words.
        """
        return [f"{each.who}: {each.text}" for each in self.recorded.find(since, until, by=by, to=to, text=text)]

    def writers(self, text: str, since: Place = "start", until: Place = "end") -> list[str]:
        """Who made the writes with these words, each once, sorted. There must be one."""
        found = {write.who for write in self.recorded.find(since, until, text=text)}
        if not found:
            raise Unknown(f"nobody {text}")
        return sorted(found)

    def wrote(self, text: str, since: Place = "start", until: Place = "end") -> Wrote:
        """The first write with these words."""
        return self.recorded.first(since, until, text=text)

    def order(self, *texts: str, since: Place = "start") -> bool:
        """Whether the first writes with these words were made in this order, by their resource versions."""
        versions = [self.recorded.version(self.wrote(text, since).seq) for text in texts]
        return versions == sorted(set(versions))

    def apart(self, first: str, second: str, since: Place = "start") -> float:
        """How many seconds after the first write with these words came the next one with those."""
        one = self.wrote(first, since)
        return self.wrote(second, one.seq).at - one.at

    def woken(self, text: str, since: Place = "start") -> list[str]:
        """Who watches such writes and so was told of the first one with these words; ``kubelet on *``: each node's."""
        return [name_of(component) for component in self.wrote(text, since).wakes]

    def cause(self, text: str, since: Place = "start") -> str:
        """What set a write off, in words; empty: nothing that the recording has."""
        found = self.recorded.traced(text, since)
        writes = self.recorded.tree(found).writes
        return next((f"{name_of(each.component)}: {each.text}" for each in writes if each.seq == found.parent), "")

    def lag(self, text: str, since: Place = "start") -> int:
        """How many milliseconds after its cause a write came."""
        return round(self.recorded.traced(text, since).lag_s * 1000)

    def rule(self, text: str, since: Place = "start") -> str:
        """By which rule that write's cause is known; of a root, which kind of root it is."""
        return self.recorded.traced(text, since).rule

    def size(self, text: str, since: Place = "start") -> int:
        """How many writes the trace has that this one is in."""
        return self.recorded.tree(self.recorded.traced(text, since)).writes_in_all

    def long(self, text: str, since: Place = "start") -> float:
        """How many seconds that trace takes."""
        tree = self.recorded.tree(self.recorded.traced(text, since))
        return tree.last - tree.started

    def events(self, reason: str, since: Place = "start", until: Place = "end") -> list[str]:
        """The messages of the Events of this reason that came, in order."""
        found = self.recorded.events("v1/events", since, until)
        return [each.get("message", "") for each in found if each.get("reason") == reason]

    def tellers(self, reason: str, since: Place = "start", until: Place = "end") -> list[str]:
        """Which components made the Events of this reason, each once, sorted."""
        found = [each for each in self.recorded.events("v1/events", since, until) if each.get("reason") == reason]
        return sorted({each.get("source", {}).get("component") or each["reportingComponent"] for each in found})

    def renewals(self, lease: str, since: Place = "start", until: Place = "end") -> int:
        """How often a Lease (``kube-node-lease/node-1``) was written."""
        return len(self.recorded.events("coordination.k8s.io/v1/leases", since, until, lease))

    # Routing.

    def packet(self, sender: str, to: str, at: Place, via: str = "") -> PacketTrace:
        """A packet's way: from a Pod, a node or ``outside``, to ``web.shop:80``."""
        routing = Routing.build(self.recorded.store(at))
        host, port, protocol = destination_from(to)
        return trace(
            routing, sender_from(routing, sender), host, port, protocol=protocol, mode="iptables", via=via, choose=""
        )

    def chances(self, to: str, at: Place, sender: str = "node-1", via: str = "") -> dict[str, float]:
        """With which chance a packet ends at which Pod, by the Pod's name."""
        hops = self.packet(sender, to, at, via).hops
        return {option.pod.partition("/")[2]: option.chance for hop in hops for option in hop.options}

    def rules(self, node: str, at: Place, text: str) -> list[str]:
        """The iptables rules with this text that kube-proxy has on a node."""
        proxy = Routing.build(self.recorded.store(at)).proxy(node, "iptables")
        return [line for line in iptablestext.lines(proxy.ruleset()) if text in line] if proxy else []

    # RBAC.

    def can(self, user: str, verb: str, resource: str, namespace: str, at: Place, groups: Collection[str] = ()) -> bool:
        """Whether the API server would allow it."""
        return self._decide(user, verb, resource, namespace, at, groups).allowed

    def reasons(
        self, user: str, verb: str, resource: str, namespace: str, at: Place, groups: Collection[str] = ()
    ) -> list[str]:
        """In the server's words, why it would."""
        return list(self._decide(user, verb, resource, namespace, at, groups).reasons)

    def holders(self, verb: str, resource: str, namespace: str, at: Place) -> list[str]:
        """Whom a binding lets do it, in words, sorted."""
        situation = situation_of(self.recorded.store(at))
        found = who_can(situation.policy, self._attributes(verb, resource, namespace), anywhere=False)
        return sorted(holder.party.words for holder in found)

    def _decide(
        self, user: str, verb: str, resource: str, namespace: str, at: Place, groups: Collection[str]
    ) -> Decision:
        situation = situation_of(self.recorded.store(at))
        attributes = self._attributes(verb, resource, namespace)
        return decide(situation.policy, user=user, groups=list(groups), attributes=attributes, kinship=situation.is_kin)

    def _attributes(self, verb: str, resource: str, namespace: str) -> Attributes:
        found = Vocabulary(self.recorded.header.resources).find(resource)
        return Attributes(verb, found.group, found.resource, found.subresource, namespace, "")

    def _pod(self, pod: str, at: Place) -> Pod:
        found = self.recorded.object(f"Pod {pod}", at)
        if not isinstance(found, Pod):
            raise Unknown(f"{pod} is no Pod")
        return found

    def _pods(self, at: Place, labels: Mapping[str, str]) -> list[Pod]:
        found = (entry.object for entry in self.recorded.store(at).entries("v1/pods").values())
        return [pod for pod in found if isinstance(pod, Pod) and labels.items() <= (pod.metadata.labels or {}).items()]
