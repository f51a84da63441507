"""Tapes: what a server answers to each question, at every place of a recording.

A question's answer at a place is the last on its tape at or before that place. What is not on a tape was not asked, and
the file says so instead of an answer.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
import orjson
from msgspec import Struct

from visualizer.live import wire
from visualizer.offline.sharing import Pool

NOT_ASKED: Final = -1
"""Stands on a tape where the question was not asked any more."""

HERE: Final = -1
"""Stands for the ``seq`` of an answer that repeats the place where it was asked: that is put in when it is told."""

_PLACED: Final = (wire.RbacAnswer, wire.RulesAnswer, wire.PacketAnswer, wire.FamilyAnswer)
"""Answers whose ``seq`` is that place."""


class _Tape(Struct):
    places: list[int]
    answers: list[int]


class Tapes:
    """Answers by question and place. Questions may be asked in any order, but each from place to place onwards."""

    def __init__(self) -> None:
        self._pool = Pool()
        self._tapes: dict[str, _Tape] = {}
        self._known: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._tapes)

    def put(self, question: wire.Question, answer: wire.Answer, *, seq: int) -> None:
        """At this place, and until another is put, this is the answer."""
        self._put(key_of(question), self._share(answer), seq)

    def end(self, question: wire.Question, *, seq: int) -> None:
        """From this place on the answer is not known."""
        self._put(key_of(question), NOT_ASKED, seq)

    def encode(self) -> bytes:
        """All of it as JSON: ``pool``, and ``tapes``, each with its places and their answers in the pool."""
        return msgspec.json.encode({"pool": msgspec.Raw(self._pool.encode()), "tapes": self._tapes})

    def _put(self, key: str, answer: int, seq: int) -> None:
        tape = self._tapes.setdefault(key, _Tape([], []))
        if tape.answers and tape.answers[-1] == answer:
            return
        if tape.places and tape.places[-1] == seq:
            tape.answers[-1] = answer
            return
        tape.places.append(seq)
        tape.answers.append(answer)

    def _share(self, answer: wire.Answer) -> int:
        timeless = msgspec.structs.replace(answer, id=None if isinstance(answer, wire.Problem) else 0)
        if isinstance(timeless, _PLACED):
            timeless = msgspec.structs.replace(timeless, seq=HERE)
        encoded = msgspec.json.encode(timeless)
        known = self._known.get(encoded)
        if known is None:
            known = self._known[encoded] = self._pool.share(orjson.loads(encoded))
        return known


def key_of(question: wire.Question) -> str:
    """The question as text, without its id and whatever it leaves as it is by default: keys sorted, no spaces."""
    said = {"op": question.__struct_config__.tag}
    for name, encoded, default in _fields(type(question)):
        value = getattr(question, name)
        if value != default:
            said[encoded] = value
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


@cache
def _fields(kind: type[wire.Question]) -> list[tuple[str, str, Any]]:
    """What each field but the id is called, here and on the wire, and what it is by default."""
    fields = [field for field in msgspec.structs.fields(kind) if field.name != "id"]
    return [
        (field.name, field.encode_name, field.default_factory() if callable(field.default_factory) else field.default)
        for field in fields
    ]
