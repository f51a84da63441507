"""Questions about RBAC, answered for the wire: from a situation that stands still, with no socket and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from visualizer.live import wire
from visualizer.moment import Moment
from visualizer.rbac.asking import Can, Leads, NotUnderstood, Question, WhatCan, WhoCan, understand
from visualizer.rbac.attributes import describe
from visualizer.rbac.authorizer import Decision, Grant, decide
from visualizer.rbac.diagram import RbacDiagram
from visualizer.rbac.differences import Difference, compare, imagine
from visualizer.rbac.documents import DocumentError, read_yaml
from visualizer.rbac.hygiene import inspect
from visualizer.rbac.identities import identity_of
from visualizer.rbac.paths import Path, Paths
from visualizer.rbac.policy import Key, Party, Policy, object_id
from visualizer.rbac.questions import what_can, who_can
from visualizer.rbac.resources import Vocabulary
from visualizer.rbac.situation import Situation, situation_of
from visualizer.rbac.surroundings import Held, Need

MOST_ROWS: Final = 1_000
_MOST_LINES: Final = 20
_MOST_PATHS: Final = 50

_Row = TypeVar("_Row")


class Unanswerable(ValueError):
    """The question cannot be answered; the message is for who asked."""


class Scene(Struct, frozen=True):
    """What is asked about: a situation at frame ``seq``, its words, and for a comparison the policy of before."""

    seq: int
    situation: Situation
    vocabulary: Vocabulary
    before: Callable[[int], Policy]


def look(moment: Moment, *, server_version: str, before: Callable[[int], Policy]) -> Scene:
    """The scene of this moment, which may go on afterwards."""
    diagram = moment.diagram("rbac")
    if not isinstance(diagram, RbacDiagram):
        raise TypeError(f"the rbac diagram is a {type(diagram).__name__}")
    situation = situation_of(moment.store, policy=diagram.policy.copy(), server_version=server_version)
    return Scene(moment.seq, situation, Vocabulary(moment.store.resources), before)


def answer(question: wire.RbacQuestion, scene: Scene) -> wire.RbacAnswer:
    """The answer. Raises :class:`Unanswerable`."""
    match question:
        case wire.AskRbac():
            return _in_words(question, scene)
        case wire.ImagineRbac():
            return _imagined(question, scene)
        case wire.CompareRbac():
            return _compared(question, scene)
        case wire.ReviewRbac():
            return _review(question, scene)


def _in_words(asked: wire.AskRbac, scene: Scene) -> wire.RbacAnswer:
    try:
        question: Question = understand(asked.text, scene.situation, scene.vocabulary)
    except NotUnderstood as error:
        raise Unanswerable(str(error)) from error
    match question:
        case WhoCan():
            return _who(asked.id, question, scene)
        case WhatCan():
            return _what(asked.id, question, scene)
        case Can():
            return _can(asked.id, question, scene)
        case Leads():
            return _leads(asked.id, question, scene)


def _who(id_: int, question: WhoCan, scene: Scene) -> wire.RbacAnswer:
    policy, asked = scene.situation.policy, question.attributes
    holders = who_can(policy, asked, anywhere=question.anywhere)
    where = describe(asked)
    if question.anywhere:
        where = where.replace("in the whole cluster", "anywhere")
    rows, left_off = _first(wire.RbacHolder(holder.party.id, _grants(holder.grants)) for holder in holders)
    of = f"{len(holders):,} of {len(policy.parties):,} subjects that bindings name"
    return wire.RbacAnswer(
        id=id_,
        kind="who",
        seq=scene.seq,
        title=f"Who can {where}?",
        summary=f"{of}, decided as the API server would. Members of system:masters always can.",
        holders=rows,
        left_off=left_off,
    )


def _what(id_: int, question: WhatCan, scene: Scene) -> wire.RbacAnswer:
    permissions = [
        wire.RbacPermission(
            subject=party.id,
            namespace=found.namespace,
            group=found.group,
            resource=found.resource,
            names=list(found.names),
            is_url=found.is_url,
            cells=[wire.RbacCell(verb, _grants(grants)) for verb, grants in found.verbs.items()],
        )
        for party in question.parties
        for found in what_can(scene.situation.policy, identity_of(party))
        if not question.namespace or found.namespace in ("", question.namespace)
    ]
    rows, left_off = _first(permissions)
    verbs = sum(len(found.cells) for found in permissions)
    where = f" in {question.namespace}" if question.namespace else ""
    return wire.RbacAnswer(
        id=id_,
        kind="what",
        seq=scene.seq,
        title=f"What can {_named(question.parties)} do{where}?",
        summary=f"{verbs:,} permissions, with what every {_of_all(question.parties)} has.{_assumption(question)}",
        permissions=rows,
        left_off=left_off,
    )


def _can(id_: int, question: Can, scene: Scene) -> wire.RbacAnswer:
    holders, words, reviews = [], [], []
    for party in question.parties:
        identity = identity_of(party)
        decision = decide(
            scene.situation.policy,
            user=identity.user,
            groups=identity.groups,
            attributes=question.attributes,
            kinship=scene.situation.is_kin,
        )
        words.append(f"{party.words}: {_verdict(decision)}")
        reviews.append(
            wire.RbacReview(
                subject=party.id,
                user=identity.user,
                groups=list(identity.groups),
                allowed=decision.allowed,
                **msgspec.structs.asdict(question.attributes),
            )
        )
        if decision.grants:
            holders.append(wire.RbacHolder(party.id, _grants(decision.grants)))
    return wire.RbacAnswer(
        id=id_,
        kind="can",
        seq=scene.seq,
        title=f"Can {_named(question.parties)} {describe(question.attributes)}?",
        summary=" ".join(words) + _assumption(question),
        holders=holders,
        reviews=reviews,
    )


def _verdict(decision: Decision) -> str:
    if decision.allowed:
        return "yes." if decision.by == "RBAC" else f"yes, by {decision.by}, before RBAC is asked."
    return f"no. The server says: {decision.reasons[0]}" if decision.reasons else "no."


def _leads(id_: int, question: Leads, scene: Scene) -> wire.RbacAnswer:
    paths = Paths(scene.situation, question.goal)
    found, words = [], []
    for party in question.parties:
        mine = paths.from_(party, most=_MOST_PATHS)
        found += mine
        if paths.is_there(party):
            words.append(f"{party.words} holds it already.")
        elif mine:
            certain = sum(not path.unknown for path in mine)
            words.append(f"{party.words} can come to it in {_count(len(mine), 'way')}, {certain} of them certain.")
        else:
            words.append(f"{party.words} cannot come to it by a way that is known here.")
    return wire.RbacAnswer(
        id=id_,
        kind="leads",
        seq=scene.seq,
        title=f"How can {_named(question.parties)} come to {paths.goal_words}?",
        summary=" ".join(words) + _assumption(question),
        paths=[_path(path) for path in found],
        risky=[party.id for party in question.parties if any(path.start == party for path in found)],
    )


def _imagined(asked: wire.ImagineRbac, scene: Scene) -> wire.RbacAnswer:
    policy = scene.situation.policy
    try:
        put = read_yaml(asked.yaml) if asked.yaml.strip() else []
    except DocumentError as error:
        raise Unanswerable(f"This cannot be tried: {error}.") from error
    if not put and not asked.remove:
        raise Unanswerable("Say what to try: paste a role or binding, or choose one to remove.")
    remove = [_place(policy, text) for text in asked.remove]
    differences = compare(policy, imagine(policy, put=put, remove=remove))
    names = [f"{obj.metadata.name} added" for obj in put] + [
        f"{text.replace(':', ' ', 1)} removed" for text in asked.remove
    ]
    return _differences(asked.id, "imagined", scene, differences, f"What if: {', '.join(names)}")


def _place(policy: Policy, text: str) -> tuple[str, Key]:
    kind, _, name = text.partition(":")
    namespace, _, bare = name.rpartition("/")
    key = Key(namespace, bare) if kind in ("Role", "RoleBinding") else Key("", name)
    there = policy.bindings if kind.endswith("Binding") else policy.roles
    if key not in there:
        raise Unanswerable(f"There is no {text.replace(':', ' ', 1)} at this moment.")
    return kind, key


def _compared(asked: wire.CompareRbac, scene: Scene) -> wire.RbacAnswer:
    differences = compare(scene.before(asked.since), scene.situation.policy)
    return _differences(asked.id, "compared", scene, differences, f"What changed since frame {asked.since}")


def _differences(id_: int, kind: str, scene: Scene, differences: Sequence[Difference], title: str) -> wire.RbacAnswer:
    rows, left_off = _first(
        wire.RbacChange(
            subject=found.party.id,
            gains=[line.words for line in found.gains[:_MOST_LINES]],
            losses=[line.words for line in found.losses[:_MOST_LINES]],
            gained=found.gained,
            lost=found.lost,
        )
        for found in differences
    )
    gainers = sum(bool(found.gains) for found in differences)
    losers = sum(bool(found.losses) for found in differences)
    lost = sum(found.lost for found in differences)
    gained = sum(found.gained for found in differences)
    up = f"{_count(gainers, 'subject')} can do more ({_count(gained, 'permission')})" if gainers else "nobody gains"
    down = f"{_count(losers, 'subject')} can do less ({_count(lost, 'permission')})" if losers else "nobody loses"
    summary = f"{up}; {down}." if differences else "Nobody can do more or less."
    return wire.RbacAnswer(
        id=id_,
        kind="imagined" if kind == "imagined" else "compared",
        seq=scene.seq,
        title=title,
        summary=f"{summary[:1].upper()}{summary[1:]}",
        changes=rows,
        left_off=left_off,
    )


def _review(asked: wire.ReviewRbac, scene: Scene) -> wire.RbacAnswer:
    findings, left_off = _first(
        wire.RbacFinding(found.kind, found.where, found.text) for found in inspect(scene.situation)
    )
    paths = Paths(scene.situation)
    sources = paths.sources()
    shortest = [path for party in sources[:_MOST_PATHS] if (path := paths.shortest(party)) is not None]
    own = sum(party.name.startswith("system:") or party.namespace == "kube-system" for party in sources)
    return wire.RbacAnswer(
        id=asked.id,
        kind="review",
        seq=scene.seq,
        title="What to look at",
        summary=f"{_count(len(findings) + left_off, 'finding')}. {_count(len(sources), 'subject')} can come to "
        f"cluster-admin, {own} of them Kubernetes’ own.",
        findings=findings,
        paths=[_path(path) for path in shortest],
        risky=[party.id for party in sources],
        left_off=left_off,
    )


def _path(path: Path) -> wire.RbacPath:
    return wire.RbacPath(
        path.start.id,
        [
            wire.RbacStep(
                kind=step.kind.name,
                title=step.kind.title,
                words=step.words,
                target=_target(step.target),
                needs=[_need(need) for need in step.needs],
            )
            for step in path.steps
        ],
    )


def _target(target: object) -> str:
    if isinstance(target, Party):
        return target.id
    if isinstance(target, Held) and target.role is not None:
        return object_id("Role" if target.role.namespace else "ClusterRole", target.role)
    return ""


def _need(need: Need) -> wire.RbacNeed:
    grant = None if need.power is None else need.power.grant
    reason = "" if grant is None else grant.reason
    return wire.RbacNeed(need.text, need.is_known, reason, "" if grant is None else grant.bound.id)


def _grants(grants: Iterable[Grant]) -> list[wire.RbacGrant]:
    return [
        wire.RbacGrant(grant.bound.id, grant.bound.role_id, f"{grant.bound.role_id}#{grant.rule.index}", grant.reason)
        for grant in grants
    ]


def _first(rows: Iterable[_Row]) -> tuple[list[_Row], int]:
    """The first so many, and how many more there are."""
    found = list(rows)
    return found[:MOST_ROWS], max(0, len(found) - MOST_ROWS)


def _named(parties: Sequence[Party]) -> str:
    return " or ".join(party.words for party in parties)


def _of_all(parties: Sequence[Party]) -> str:
    kinds = {party.kind for party in parties}
    return kinds.pop() if len(kinds) == 1 else "subject"


def _assumption(question: WhatCan | Can | Leads) -> str:
    if not question.assumed:
        return ""
    return f" No binding names {_named(question.parties)}: users and groups exist only where bindings name them."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
