"""Inspections: every object at every place, as each frame wrote it, and what the schema says of its fields."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from visualizer.live import closeup, inspection, wire
from visualizer.live.closeup import Asked
from visualizer.live.containers import Taken
from visualizer.live.history import History, NotInspectable, Place
from visualizer.live.inspection import Found
from visualizer.log.reader import Reader
from visualizer.moment import Moment
from visualizer.objects import AnyObject
from visualizer.offline.asking import iter_versions
from visualizer.offline.tapes import Tapes
from visualizer.store import Change, Store


class Inspections:
    """Every object, as it is at each place, and as each frame wrote it."""

    def __init__(self, reader: Reader, tapes: Tapes) -> None:
        self._tapes = tapes
        self._history = History(reader.log)
        self._questions: dict[str, dict[int, None]] = {}
        for ref, seq in iter_versions(reader):
            self._questions.setdefault(ref, {})[seq] = None
        self._objects: dict[tuple[str, int], AnyObject] = {}
        self._read: dict[tuple[str, int], wire.Inspection] = {}
        self._found: dict[tuple[str, int | None], Found | str] = {}

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask for all of them: to see that nothing altered is quick."""
        if changes is not None and not changes:
            return
        for ref, seqs in self._questions.items():
            for seq in (None, *seqs):
                found = self._gather(moment.store, ref, seq)
                if self._found.get((ref, seq)) != found:
                    self._found[ref, seq] = found
                    self._tapes.put(wire.Inspect(id=0, ref=ref, seq=seq), self._tell(found), seq=moment.seq)

    def _gather(self, store: Store, ref: str, seq: int | None) -> Found | str:
        try:
            place = inspection.locate(store, ref, seq=seq)
            obj = place.object or self._object(place)
        except NotInspectable as error:
            return str(error)
        return inspection.gather(store, place, obj)

    def _object(self, place: Place) -> AnyObject:
        known = self._objects.get((place.ref, place.seq))
        if known is None:
            known = self._objects[place.ref, place.seq] = self._history.see(place).object
        return known

    def _tell(self, found: Found | str) -> wire.Inspection | wire.Problem:
        if isinstance(found, str):
            return wire.Problem(text=found)
        key = found.place.ref, found.place.seq
        try:
            if found.cluster is not None or key not in self._read:
                told = inspection.read(self._history, found, question=0)
                self._read.setdefault(key, replace(told, waiting=None))
                return told
        except NotInspectable as error:
            return wire.Problem(text=str(error))
        except RecursionError:
            return wire.Problem(text=f"The fields of {found.place.ref} are nested too deeply to be shown.")
        return replace(
            self._read[key], exists=found.exists, owners=found.owners, owned=found.owned, events=found.events
        )


class CloseUps:
    """What the schema says of the fields of each version; and each Pod's containers and probes."""

    def __init__(self, reader: Reader, tapes: Tapes) -> None:
        self._reader, self._tapes = reader, tapes
        self._history = History(reader.log)
        self._versions = list(iter_versions(reader))
        self._pods = [(ref, seq) for ref, seq in self._versions if ref.startswith("v1/pods:")]
        self._taken: dict[tuple[str, int | None], Taken | None] = {}

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask for the fields at the first place: they are the same everywhere. Probes go on with time itself."""
        if changes is None:
            for ref, seq in self._versions:
                fields = wire.AskFields(id=0, ref=ref, seq=seq)
                self._put(fields, self._look(fields, moment), moment.seq)
        for ref in dict.fromkeys(ref for ref, _ in self._pods):
            now = wire.AskContainers(id=0, ref=ref)
            self._put(now, self._look(now, moment), moment.seq)
        for ref, seq in self._pods:
            then = wire.AskContainers(id=0, ref=ref, seq=seq)
            asked = self._look(then, moment)
            taken = None if isinstance(asked, str) or asked.taken is None else replace(asked.taken, ts=0.0)
            if changes is None or self._taken.get((ref, seq)) != taken:
                self._taken[ref, seq] = taken
                self._put(then, asked, moment.seq)

    def _look(self, question: wire.CloseUpQuestion, moment: Moment) -> Asked | str:
        try:
            return closeup.look(question, moment)
        except NotInspectable as error:
            return str(error)

    def _put(self, question: wire.CloseUpQuestion, asked: Asked | str, seq: int) -> None:
        self._tapes.put(question, self._answer(question, asked), seq=seq)

    def _answer(self, question: wire.CloseUpQuestion, asked: Asked | str) -> wire.Answer:
        if isinstance(asked, str):
            return wire.Problem(text=asked)
        try:
            return closeup.answer(question, asked, log=self._reader.log, history=self._history)
        except NotInspectable as error:
            return wire.Problem(text=str(error))
        except RecursionError:
            return wire.Problem(text=f"The fields of {question.ref} are nested too deeply to be shown.")
