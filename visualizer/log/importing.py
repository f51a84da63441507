"""Importing: a recording becomes a log, whole or not at all.

While it is being read, the log is in state IMPORTING, which nobody is shown. Whatever ends the import early removes
every row of it; what a crash leaves behind is removed at the next start.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from django.utils.text import slugify

from visualizer.frames import FrameError, Header, decode_header
from visualizer.log import schemas
from visualizer.log.foreign import dumps
from visualizer.log.foreign.detection import recording_lines
from visualizer.log.recording import Limits, Readable, RecordingError, iter_sorted
from visualizer.log.replaying import iter_timed
from visualizer.log.writer import Writer, header_fields
from visualizer.models import Log
from visualizer.schemas.document import Definitions, SchemaError, keep

NAME_CHARACTERS: Final = 200
VERSION_CHARACTERS: Final = 80


def import_recording(
    stream: Readable,
    *,
    slug: str,
    title: str = "",
    intro: str = "",
    limits: Limits | None = None,
    written_ts: float | None = None,
) -> Log:
    """The log of this recording, or of what another tool wrote (docs/importing.md), ready to be opened.

    ``written_ts`` (unix seconds) is the file's time. Raises :class:`RecordingError` for anything wrong with it, and
    leaves nothing behind.
    """
    lines = recording_lines(stream, limits or Limits(), written_ts=written_ts)
    return import_lines(lines, slug=slug, title=title, intro=intro)


def import_folder(folder: Path, *, slug: str, title: str = "", intro: str = "", limits: Limits | None = None) -> Log:
    """The log of a folder that ``kubectl cluster-info dump`` made. Raises as :func:`import_recording`, and OSError."""
    objects = dumps.iter_folder(folder, limits or Limits())
    lines = dumps.lines_of(objects, written_ts=folder.stat().st_mtime)
    return import_lines(lines, slug=slug, title=title, intro=intro)


def import_lines(lines: Iterator[tuple[int, bytes]], *, slug: str, title: str = "", intro: str = "") -> Log:
    """The log of these lines, of which the first is the header; a line's number is 0 where it has none."""
    try:
        number, first = next(lines)
    except StopIteration:
        raise RecordingError("the recording is empty: it has no lines") from None
    try:
        log = open_log(first, slug=slug, title=title, intro=intro)
    except FrameError as error:
        raise RecordingError(f"{_place(number)}{error}") from error
    try:
        _read_into(log, lines)
    except BaseException:
        log.delete()
        raise
    log.state = Log.State.READY
    log.save()
    return log


def open_log(header: bytes, *, slug: str, title: str = "", intro: str = "") -> Log:
    """A new, empty log with this header line. Raises :class:`FrameError` where the line is no header."""
    decoded = decode_header(header)
    _check_lengths(decoded)
    definitions = _schemas_of(decoded)
    log = Log.objects.create(
        slug=free_slug(slug or slug_of(decoded.name)),
        title=title or decoded.name,
        intro=intro,
        **header_fields(decoded),
    )
    if definitions:
        schemas.write(log, definitions)
    return log


def _schemas_of(header: Header) -> Definitions:
    if not header.schemas:
        return {}
    try:
        return keep(msgspec.json.decode(header.schemas))
    except (SchemaError, msgspec.MsgspecError, RecursionError) as error:
        raise FrameError(f"the header's schemas cannot be read: {error}") from error


def _check_lengths(header: Header) -> None:
    named = ("name", header.name, NAME_CHARACTERS), ("server_version", header.server_version, VERSION_CHARACTERS)
    for field, text, longest in named:
        if len(text) > longest:
            raise FrameError(f"the header's {field} is longer than {longest} characters")


def slug_of(name: str) -> str:
    """A slug for something of this name; “recording” where nothing of it can be kept."""
    return slugify(name)[:70] or "recording"


def free_slug(wanted: str) -> str:
    """The wanted slug, or with a number behind it where that is taken."""
    taken = set(Log.objects.filter(slug__startswith=wanted[:70]).values_list("slug", flat=True))
    if wanted not in taken:
        return wanted
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{wanted[:70]}-{n}") not in taken)


def purge_unfinished() -> int:
    """Remove what imports that never ended left behind; for a start, when nothing imports. How many there were."""
    unfinished = Log.objects.filter(state=Log.State.IMPORTING)
    count = unfinished.count()
    unfinished.delete()
    return count


def _place(number: int) -> str:
    return f"line {number}: " if number else ""


def _read_into(log: Log, lines: Iterator[tuple[int, bytes]]) -> None:
    writer = Writer(log)
    for number, line in iter_sorted(iter_timed(lines), after_ts=log.first_ts):
        try:
            writer.append(line)
        except FrameError as error:
            raise RecordingError(f"{_place(number)}{error}") from error
    writer.finish()
    if log.last_seq == 0:
        raise RecordingError("the recording has a header and nothing else: there is nothing to show")
    log.score = {"lanes": writer.lanes()}
