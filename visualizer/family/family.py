"""The family of one object at one moment: its members, what deleting it would do, and what holds it."""

from __future__ import annotations

from msgspec import Struct

from visualizer.family.deletion import Prospect, prospects
from visualizer.family.holding import Hold, iter_holds
from visualizer.family.index import Index, Raws
from visualizer.family.kin import Kin
from visualizer.family.members import Member, More
from visualizer.store import Place, Store


class FamilyTree(Struct, frozen=True, rename="camel"):
    """``prospects`` are the three ways of deleting the object. ``holds`` is empty where nobody asked to delete it.

    ``is_going``: somebody did.
    """

    members: list[Member]
    more: list[More]
    prospects: list[Prospect]
    holds: list[Hold]
    is_going: bool


def family_of(store: Store, index: Index, raws: Raws, place: Place, *, hidden: str = "") -> FamilyTree:
    """The family of the object at this place, which must be there. ``index`` is kept for the next question.

    ``hidden`` is how resources begin whose objects are left out; empty: none.
    """
    kin = Kin(store, index, raws, place, hidden=hidden)
    kin.gather()
    entry = store.get(*place)
    holds: list[Hold] = []
    is_going = entry is not None and entry.object.metadata.deletion_timestamp is not None
    if entry is not None and is_going:
        for _, raw in raws([entry]):
            holds = list(iter_holds(kin, raw))
    return FamilyTree(kin.members, kin.more, prospects(kin), holds, is_going)
