"""The wire: every message between a viewer and the server, as types that both languages are checked against.

``docs/wire.schema.json`` is made from these types, and the frontend's types from it; a test holds all three together.
docs/wire-protocol.md tells the conversation in words. Nothing here sends or receives.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from msgspec import Meta, Struct

from visualizer.catalog.listing import Listed, Order
from visualizer.catalog.namespaces import NamespaceDetail, NamespaceRow
from visualizer.catalog.resources import ApiResource
from visualizer.containers.facts import PodFacts
from visualizer.family.family import FamilyTree
from visualizer.flow.attribution import Actor, Attribution
from visualizer.flow.tree import Tree
from visualizer.requests.lines import Request
from visualizer.routing.addresses import Family
from visualizer.routing.hops import PacketTrace
from visualizer.routing.modes import ProxyKind
from visualizer.routing.rules import Mode as ProxyMode
from visualizer.schemas.fields import Field

PROTOCOL: Final = 1

DiagramName = Literal["flow", "nodes", "routing", "rbac"]
DIAGRAMS: Final[tuple[DiagramName, ...]] = get_args(DiagramName)
PictureName = DiagramName | Literal["matches"]
"""What snapshots and deltas are of: a diagram, or the objects that meet this viewer's filter."""
VersionType = Literal["LISTED", "ADDED", "MODIFIED", "DELETED"]
Mode = Literal["paused", "playing", "live"]
Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A whole number that a browser can hold."""


class _Message(Struct, frozen=True, tag_field="op", rename="camel", omit_defaults=False, kw_only=True):
    pass


# What a viewer says.


class Subscribe(_Message, frozen=True, tag="subscribe"):
    """Send this diagram's snapshot now, and then its deltas. Said again, it asks for a fresh snapshot."""

    diagram: DiagramName


class Unsubscribe(_Message, frozen=True, tag="unsubscribe"):
    """Stop sending this diagram."""

    diagram: DiagramName


class Seek(_Message, frozen=True, tag="seek"):
    """Go to a place: after frame ``seq``, or after the last frame not later than ``ts`` (unix seconds).

    One of the two is given. A place outside the log is its nearest end. Playing goes on from there.
    """

    seq: Number | None = None
    ts: float | None = None


class Play(_Message, frozen=True, tag="play"):
    """Move on by itself, ``speed`` seconds of the log in each second (0.1 to 100), and pause after frame ``until``.

    Without ``until`` it goes on to the log's end.
    """

    speed: float = 1.0
    until: Number | None = None


class Pause(_Message, frozen=True, tag="pause"):
    """Stay at this place."""


class Step(_Message, frozen=True, tag="step"):
    """Pause, and go one write on (1) or back (-1). Lease renewals and Events are passed over unless ``every``."""

    direction: Literal[1, -1] = 1
    every: bool = False


class GoLive(_Message, frozen=True, tag="live"):
    """Go to the log's end and stay there as it grows."""


class FilterBy(_Message, frozen=True, tag="filter"):
    """Tell from now on which objects meet this, in the search language (docs/searching.md); empty: nothing any more.

    Said again, it asks for a fresh snapshot. It stays where the viewer goes.
    """

    text: str


class Inspect(_Message, frozen=True, tag="inspect"):
    """Ask for everything about one object at this viewer's place. ``id`` comes back with the answer.

    ``ref`` is ``resource:key``, such as ``v1/pods:shop/web-1`` or ``v1/nodes:node-1``.
    ``seq``, if given, asks for the object as that frame wrote it, whatever place the viewer is at.
    """

    id: Number
    ref: str
    seq: Number | None = None


class AskTrace(_Message, frozen=True, tag="trace"):
    """Ask for the whole trace that a write belongs to, as far as it has come at this viewer's place.

    ``seq`` is the frame of any write of it, or of an Event that tells of one. ``id`` comes back with the answer.
    """

    id: Number
    seq: Number


class AskRbac(_Message, frozen=True, tag="ask_rbac"):
    """Ask in words at this viewer's place: ``who can delete pods in shop?`` (docs/rbac.md has what is understood)."""

    id: Number
    text: str


class ImagineRbac(_Message, frozen=True, tag="imagine_rbac"):
    """Ask who would gain and who lose, were the objects in ``yaml`` there, and those in ``remove`` (ids) not."""

    id: Number
    yaml: str = ""
    remove: list[str] = []


class CompareRbac(_Message, frozen=True, tag="compare_rbac"):
    """Ask what changed in what anybody can do, from frame ``since`` to this viewer's place."""

    id: Number
    since: Number


class ReviewRbac(_Message, frozen=True, tag="review_rbac"):
    """Ask what lies about at this viewer's place, and who can come to cluster-admin."""

    id: Number


class AskRules(_Message, frozen=True, tag="ask_rules"):
    """Ask what kube-proxy programs on a node for one Service (namespace/name), at this viewer's place."""

    id: Number
    service: str
    node: str
    mode: ProxyMode
    family: Family = "IPv4"


class FollowPacket(_Message, frozen=True, tag="follow_packet"):
    """Ask for a packet's way at this viewer's place.

    ``sender`` is a Pod (namespace/name), a node, an address or ``outside``; ``to`` a name or address with a port, as in
    ``web.shop:80/TCP``. ``via`` is the node at which a packet from outside comes in, ``choose`` the Pod or endpoint to
    follow where one is chosen at random; both may be empty.
    """

    id: Number
    sender: str
    to: str
    mode: ProxyMode
    via: str = ""
    choose: str = ""


class Search(_Message, frozen=True, tag="search"):
    """Look for objects at this viewer's place, in the search language (docs/searching.md)."""

    id: Number
    text: str


class AskContainers(_Message, frozen=True, tag="ask_containers"):
    """Ask for a Pod's containers and probes. ``ref`` and ``seq`` are as ``inspect`` has them."""

    id: Number
    ref: str
    seq: Number | None = None


class AskFields(_Message, frozen=True, tag="ask_fields"):
    """Ask what the API's schema says of each field of an object. ``ref`` and ``seq`` are as ``inspect`` has them."""

    id: Number
    ref: str
    seq: Number | None = None


class AskFamily(_Message, frozen=True, tag="ask_family"):
    """Ask for the family of one object (``resource:key``) at this viewer's place (docs/family.md)."""

    id: Number
    ref: str


class AskResources(_Message, frozen=True, tag="ask_resources"):
    """Ask which resources the cluster serves, and how many objects there are of each at this viewer's place."""

    id: Number


class AskObjects(_Message, frozen=True, tag="ask_objects"):
    """Ask for a stretch of the objects of one resource, as kubectl lists them, at this viewer's place.

    ``namespace`` narrows to one, ``text`` to those that have all its words in their name, namespace or labels; both may
    be empty. At most 1,000 rows are told at once.
    """

    id: Number
    resource: str
    namespace: str = ""
    text: str = ""
    order: Order = "namespace"
    is_reversed: bool = False
    start: Number = 0
    count: Number = 200


class AskNamespaces(_Message, frozen=True, tag="ask_namespaces"):
    """Ask for the namespaces at this viewer's place; with ``name``, for one of them whole."""

    id: Number
    name: str = ""


class AskRequests(_Message, frozen=True, tag="ask_requests"):
    """Ask how an object is asked for, and what a watch from this viewer's place on would print next.

    The watch is of that object, of all like it in its namespace, or of all like it. ``after``, if given, is the frame
    after which it begins, where that is before the viewer's place.
    """

    id: Number
    ref: str
    seq: Number | None = None
    after: Number | None = None
    scope: Literal["object", "namespace", "all"] = "object"


class AskManifest(_Message, frozen=True, tag="ask_manifest"):
    """Ask for an object as a manifest: what one would apply elsewhere to have it there."""

    id: Number
    ref: str
    seq: Number | None = None


class CompareVersions(_Message, frozen=True, tag="compare_versions"):
    """Ask what differs between an object as frame ``older`` wrote it, and as frame ``seq`` did."""

    id: Number
    ref: str
    older: Number
    seq: Number


CloseUpQuestion = AskFields | AskContainers | AskRequests | AskManifest | CompareVersions
ObjectsQuestion = AskFamily | AskResources | AskObjects | AskNamespaces
RbacQuestion = AskRbac | ImagineRbac | CompareRbac | ReviewRbac
RoutingQuestion = AskRules | FollowPacket
Question = Inspect | AskTrace | RbacQuestion | RoutingQuestion | Search | CloseUpQuestion | ObjectsQuestion
ClientMessage = Subscribe | Unsubscribe | FilterBy | Seek | Play | Pause | Step | GoLive | Question


# What the server says.


class Hello(_Message, frozen=True, tag="hello"):
    """The first message: which log this is, and how far it reaches. Times are unix seconds.

    ``forbidden`` are the diagrams that this viewer may not see.
    """

    protocol: int
    slug: str
    title: str
    server_version: str
    first_seq: int
    last_seq: int
    first_ts: float
    last_ts: float
    is_live: bool
    forbidden: list[DiagramName] = []


class TableData(Struct, frozen=True, rename="camel"):
    """Rows of one table, column by column: ``columns[name][i]`` belongs to the row ``ids[i]``.

    In a delta these rows are added or take the place of those with their ids, and ``removed`` names rows that are gone.
    """

    ids: list[str]
    columns: dict[str, list[Any]]
    removed: list[str] = []


class SnapshotMessage(_Message, frozen=True, tag="snapshot"):
    """The whole diagram after frame ``seq``. It takes the place of all that was known of this diagram.

    ``matches`` has a table for each resource, whose ids are the keys of the objects that meet the filter, and
    ``departed``, whose ids are the ``resource:key`` of those that met it when they were deleted lately.
    """

    diagram: PictureName
    seq: int
    ts: float
    tables: dict[str, TableData]


class DeltaMessage(_Message, frozen=True, tag="delta"):
    """What altered in the diagram after frame ``base``, up to frame ``seq``.

    A viewer whose picture is not at ``base`` must not use it, and subscribes again.
    """

    diagram: PictureName
    base: int
    seq: int
    ts: float
    tables: dict[str, TableData]


class Moved(_Message, frozen=True, tag="moved"):
    """Where this viewer is now. ``ts`` is the log's clock, which also runs between frames while playing."""

    seq: int
    ts: float
    mode: Mode
    speed: float
    last_seq: int
    last_ts: float


class Filtered(_Message, frozen=True, tag="filtered"):
    """The filter is this. ``problems`` are sentences on what was not understood: with any, nothing is filtered."""

    text: str
    problems: list[str]


class FieldChange(Struct, frozen=True, rename="camel"):
    """One field that differs between two versions, as YAML text; None where there was, or is, no such field."""

    path: str
    old: str | None
    new: str | None


class Version(Struct, frozen=True, rename="camel"):
    """One version of an object that the log saw, and what that write altered against the version before.

    ``since`` is 0 for a write that was watched; else it, or several at once, happened between this time and ``ts``.
    """

    seq: int
    ts: float
    since: float
    type: VersionType
    resource_version: str
    writer: Attribution
    changes: list[FieldChange]


class Related(Struct, frozen=True, rename="camel"):
    """Another object: an owner or something owned. ``exists`` is False for a name that leads nowhere."""

    ref: str
    kind: str
    name: str
    exists: bool


class EventRecord(Struct, frozen=True, rename="camel"):
    """One v1/events object about the inspected one.

    ``first_seen`` and ``last_seen`` are RFC 3339. ``about_version`` is the resourceVersion that the Event says it is
    about, which whoever made it had before it; "" where it names none.
    """

    ref: str
    reason: str
    message: str
    type: str
    count: int
    component: str
    first_seen: str
    last_seen: str
    about_version: str


class Owner(Struct, frozen=True, rename="camel"):
    """One entry of managedFields.

    ``time`` is when its fields were last altered, to the second; "" where it has none.
    """

    manager: str
    operation: str
    subresource: str
    time: str
    actor: Actor


class Margin(Struct, frozen=True, rename="camel"):
    """For each line of an object's YAML, who owns that field and which write set it.

    ``owned[i]`` is an index of ``groups``, whose members are indexes of ``owners``; the first group is nobody.
    ``set_by[i]`` is the frame that gave the field the value it has, or 0 where that is before the versions told.
    ``altered[i]`` is the line of the newest version's ``changes[i]``, or of the nearest thing around one that is gone.
    ``folded`` are the lines of managedFields itself, as first and one after the last; empty where there are none.
    """

    owners: list[Owner]
    groups: list[list[int]]
    owned: list[int]
    set_by: list[int]
    altered: list[int]
    folded: list[int]


class NodeVerdict(Struct, frozen=True, rename="camel"):
    """What keeps a waiting pod off one node. ``plugin`` is "" where nothing does that is decided here.

    ``reasons`` are the scheduler's words, ``detail`` has the facts: ``asks 2 cpu, 0.6 of 4 left``.
    """

    node: str
    plugin: str
    reasons: list[str]
    detail: str


class ScheduleReason(Struct, frozen=True, rename="camel"):
    """One reason of a FailedScheduling Event, and for how many nodes it holds; None where it is the pod's own."""

    count: int | None
    text: str
    plugin: str


class Waiting(Struct, frozen=True, rename="camel"):
    """Why a pod is on no node yet.

    ``gates`` hold it back before any node is looked at. ``reasons`` are the scheduler's, of its Event ``event`` (a ref;
    "" where there is none) of ``said_at`` (RFC 3339): observed. ``verdicts`` are inferred from the nodes as they are at
    this moment, at most 200, those first that hold it off; ``fitting`` counts the nodes that nothing here speaks
    against, and ``nodes`` all. ``undecided`` says what is not decided here, ``differs`` where the two do not agree; in
    sentences.
    """

    gates: list[str]
    event: str
    said_at: str
    reasons: list[ScheduleReason]
    verdicts: list[NodeVerdict]
    nodes: int
    fitting: int
    undecided: list[str]
    differs: list[str]


class Inspection(_Message, frozen=True, tag="inspection"):
    """Everything about one object at one place.

    ``exists`` is False where the object is not there at the viewer's place, though frame ``seq`` wrote it: it is gone
    by then, or still to come. ``versions`` are newest first, from that frame back, at most 50 and fewer where they are
    large; ``more_versions`` says that the log has older ones. ``owners`` lead upwards, nearest first. ``owned`` and
    ``events`` (newest first) are at most 200. ``waiting`` is None but for a pod that waits for a node at this moment.
    Secrets and masked values are already out of ``yaml``.
    """

    id: int
    ref: str
    kind: str
    namespace: str
    name: str
    seq: int
    ts: float
    exists: bool
    yaml: str
    margin: Margin
    versions: list[Version]
    more_versions: bool
    owners: list[Related]
    owned: list[Related]
    events: list[EventRecord]
    waiting: Waiting | None


class Traced(_Message, frozen=True, tag="traced"):
    """One trace, whole: its writes as a tree, and the spans from cause to completion."""

    id: int
    trace: Tree


class RbacGrant(Struct, frozen=True, rename="camel"):
    """One grant: ids of the binding, its role and the rule, and the API server's own words for it."""

    binding: str
    role: str
    rule: str
    reason: str


class RbacHolder(Struct, frozen=True, rename="camel"):
    """A subject (its id) that can do what was asked, and how."""

    subject: str
    grants: list[RbacGrant]


class RbacCell(Struct, frozen=True, rename="camel"):
    """A verb, and the grants behind it."""

    verb: str
    grants: list[RbacGrant]


class RbacPermission(Struct, frozen=True, rename="camel"):
    """One line of what a subject can do. ``namespace`` and ``names`` are empty for all; a URL has no group."""

    subject: str
    namespace: str
    group: str
    resource: str
    names: list[str]
    is_url: bool
    cells: list[RbacCell]


class RbacNeed(Struct, frozen=True, rename="camel"):
    """A precondition. ``reason`` is the grant that meets it in the server's words, ``binding`` that grant's."""

    text: str
    is_known: bool
    reason: str
    binding: str


class RbacStep(Struct, frozen=True, rename="camel"):
    """One step of a path: its kind (docs/escalation.md), where it leads, and its preconditions.

    ``target`` is a subject's or a role's id, or empty for everything.
    """

    kind: str
    title: str
    words: str
    target: str
    needs: list[RbacNeed]


class RbacPath(Struct, frozen=True, rename="camel"):
    """A way by which a subject can come to hold more."""

    start: str
    steps: list[RbacStep]


class RbacChange(Struct, frozen=True, rename="camel"):
    """What one subject gains and loses, in words, the first of them; the numbers count verbs on things."""

    subject: str
    gains: list[str]
    losses: list[str]
    gained: int
    lost: int


class RbacFinding(Struct, frozen=True, rename="camel"):
    """Something that lies about. ``where`` is the id of a binding, role or object."""

    kind: str
    where: str
    text: str


class RbacReview(Struct, frozen=True, rename="camel"):
    """What a SubjectAccessReview would ask for this subject, and what Orrery says: to hold it against a cluster."""

    subject: str
    user: str
    groups: list[str]
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    path: str | None
    allowed: bool


class RbacAnswer(_Message, frozen=True, tag="rbac_answer"):
    """The answer to any question about RBAC, at frame ``seq``. What a question has no use for is empty.

    ``title`` is the question as it was understood and ``summary`` the answer in a sentence. ``kind``: ``who``,
    ``what``, ``can``, ``leads``, ``imagined``, ``compared`` or ``review``. Lists are at most 1,000 long; ``left_off``
    says how many more there are. ``risky`` names the subjects that can come to cluster-admin.
    """

    id: int
    kind: Literal["who", "what", "can", "leads", "imagined", "compared", "review"]
    seq: int
    title: str
    summary: str
    holders: list[RbacHolder] = []
    permissions: list[RbacPermission] = []
    paths: list[RbacPath] = []
    changes: list[RbacChange] = []
    findings: list[RbacFinding] = []
    risky: list[str] = []
    reviews: list[RbacReview] = []
    left_off: int = 0


class ProxyRule(Struct, frozen=True, rename="camel"):
    """One rule, or an element of an nft set or map, of the chain, set or map ``chain``.

    ``port`` is the id of a row of the routing diagram's ``ports``, ``endpoint`` an address of its ``endpoints`` where
    the rule is for one alone.
    """

    chain: str
    text: str
    port: str
    endpoint: str


class RulesAnswer(_Message, frozen=True, tag="rules"):
    """What a node has for one Service, at frame ``seq``: at most 1,000 rules; ``left_off`` says how many more.

    ``proxy`` is the mode that kube-proxy runs in as far as ``proxy_source`` tells, and ``proxy_words`` what that means.
    """

    id: int
    seq: int
    service: str
    node: str
    mode: ProxyMode
    rules: list[ProxyRule]
    left_off: int = 0
    proxy: ProxyKind = "unknown"
    proxy_source: str = ""
    proxy_words: str = ""


class PacketAnswer(_Message, frozen=True, tag="packet"):
    """A packet's way, at frame ``seq``."""

    id: int
    seq: int
    way: PacketTrace


class SearchHit(Struct, frozen=True, rename="camel"):
    """One object that was found. ``field`` and ``value`` show why where its name does not: label, ``app=web``."""

    ref: str
    kind: str
    namespace: str
    name: str
    field: str
    value: str


class SearchAnswer(_Message, frozen=True, tag="found"):
    """What a search found at frame ``seq``: at most 100 objects, best first; ``total`` counts all that meet it.

    ``is_fuzzy``: nothing has the words, and these names have their letters in order. ``problems`` are sentences on
    what was not understood. ``completions`` are whole texts that the one asked may become.
    """

    id: int
    seq: int
    hits: list[SearchHit]
    total: int
    is_fuzzy: bool
    problems: list[str]
    completions: list[str]


class ContainersAnswer(_Message, frozen=True, tag="containers"):
    """A Pod's containers and probes, as frame ``seq`` and the Events up to this viewer's place tell of them."""

    id: int
    ref: str
    seq: int
    pod: PodFacts


class FieldsAnswer(_Message, frozen=True, tag="fields"):
    """What the schema says of each field, for each line of the object's YAML as the inspection of it has it.

    ``source`` says where the schema is from, ``words`` the same in a sentence. ``lines[i]`` is an index of ``fields``.
    ``explain`` and a field's path make a line for kubectl, with a dot between. Where no schema is known, all but
    ``words`` is empty.
    """

    id: int
    source: Literal["cluster", "recording", "definition", "published", "none"]
    words: str
    explain: str
    fields: list[Field]
    lines: list[int]


class FamilyAnswer(_Message, frozen=True, tag="family"):
    """The family of one object, at frame ``seq``."""

    id: int
    seq: int
    ref: str
    family: FamilyTree


class ResourcesAnswer(_Message, frozen=True, tag="resources"):
    """What the cluster serves, at frame ``seq``."""

    id: int
    seq: int
    resources: list[ApiResource]


class ObjectsAnswer(_Message, frozen=True, tag="objects"):
    """Objects of one resource, at frame ``seq``."""

    id: int
    seq: int
    resource: str
    listed: Listed


class NamespacesAnswer(_Message, frozen=True, tag="namespaces"):
    """The namespaces, at frame ``seq``, and the one that was asked for; None where there is none of that name."""

    id: int
    seq: int
    namespaces: list[NamespaceRow]
    detail: NamespaceDetail | None


class WatchLine(Struct, frozen=True, rename="camel"):
    """One line of a watch. ``json`` is as the API server sends it, up to 65,536 characters of ``length``.

    ``cells`` are what ``kubectl get --watch`` prints in columns; None where that is not told here. ``since`` is as a
    version has it.
    """

    seq: int
    ts: float
    since: float
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    ref: str
    json: str
    length: int
    cells: list[str] | None


class RequestsAnswer(_Message, frozen=True, tag="requests"):
    """How an object is asked for at frame ``seq``, and the next lines of its watch: at most 12.

    ``exists``: whether it is there then, so that a get is answered with it. ``version`` is the resourceVersion of that
    moment, ``header`` names the columns of ``lines``. ``is_end``: after these lines nothing has happened up to the
    log's end; else there is more, or the log was not read so far.
    """

    id: int
    seq: int
    exists: bool
    version: str
    requests: list[Request]
    header: list[str]
    lines: list[WatchLine]
    is_end: bool


class Removed(Struct, frozen=True, rename="camel"):
    """A field that a manifest leaves out, and why."""

    path: str
    why: str


class ManifestAnswer(_Message, frozen=True, tag="manifest"):
    """An object as a manifest. ``notes`` are sentences on what has to be seen to where it is applied."""

    id: int
    yaml: str
    removed: list[Removed]
    notes: list[str]


class LineChange(Struct, frozen=True, rename="camel"):
    """A stretch of lines of two texts: the same in both, or what stands in each in the place of the other."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int
    is_same: bool


class Comparison(_Message, frozen=True, tag="comparison"):
    """Two versions of an object: their YAML, which lines are the same, and the fields that differ.

    ``stretches`` is empty where the texts are too long to be laid side by side; ``changes`` tell all then.
    """

    id: int
    older: int
    newer: int
    old: str
    new: str
    stretches: list[LineChange]
    changes: list[FieldChange]


class Problem(_Message, frozen=True, tag="problem"):
    """Something that was asked cannot be done. ``id`` is that of the question, if it had one."""

    text: str
    id: int | None = None


CloseUpAnswer = FieldsAnswer | ContainersAnswer | RequestsAnswer | ManifestAnswer | Comparison
ObjectsReply = FamilyAnswer | ResourcesAnswer | ObjectsAnswer | NamespacesAnswer
Told = Inspection | Traced | RbacAnswer | RulesAnswer | PacketAnswer | SearchAnswer
Answer = Told | CloseUpAnswer | ObjectsReply | Problem
ServerMessage = Hello | SnapshotMessage | DeltaMessage | Moved | Filtered | Answer
