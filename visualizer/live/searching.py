"""A search, answered for the wire from a moment that stands still meanwhile."""

from __future__ import annotations

from visualizer.live import wire
from visualizer.moment import Moment
from visualizer.search.completion import complete
from visualizer.search.finding import Match, find
from visualizer.search.query import parse


def answer(question: wire.Search, moment: Moment, *, hidden: str) -> wire.SearchAnswer:
    """What is found. ``hidden`` is how resources begin that this viewer may not see; empty: none."""
    index, store = moment.index, moment.store
    index.finish(store)
    found = find(parse(question.text), index, store, hidden=hidden)
    return wire.SearchAnswer(
        id=question.id,
        seq=moment.seq,
        hits=[_hit(match, store.resources[match.document.resource].kind) for match in found.matches],
        total=found.total,
        is_fuzzy=found.is_fuzzy,
        problems=list(found.problems),
        completions=complete(question.text, index, store, hidden=hidden),
    )


def _hit(match: Match, kind: str) -> wire.SearchHit:
    metadata = match.document.entry.object.metadata
    return wire.SearchHit(
        ref=match.document.ref,
        kind=kind,
        namespace=metadata.namespace,
        name=metadata.name,
        field=match.field,
        value=match.value,
    )
