"""The HTTP API: logs, their timelines, and recordings in and out. ``/api/openapi.json`` describes it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, Annotated

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from ninja import File, NinjaAPI, Path, Query, Schema, Status, UploadedFile
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from dashboard.access_reviews import clusters
from dashboard.health_api import health
from dashboard.lessons_api import lessons
from dashboard.login import SEE_RBAC, may_see_rbac
from dashboard.problems import ProblemOut
from dashboard.rules_api import rules
from dashboard.takeaway import write_page
from visualizer.flow import otlp
from visualizer.frames import LATEST_TS
from visualizer.log.exporting import write_recording, write_stretch
from visualizer.log.importing import import_recording, slug_of
from visualizer.log.keeping import EmptyStretch, keep_stretch
from visualizer.log.reader import Reader
from visualizer.log.recording import Limits, RecordingError
from visualizer.log.timeline import Timeline, make_timeline
from visualizer.models import Log
from visualizer.offline.contents import TooLarge

BLOCK_BYTES = 1 << 18

api = NinjaAPI(title="Orrery", version="1", docs_url=None)
api.add_router("/clusters", clusters)
api.add_router("/clusters", health)
api.add_router("/logs", rules)
api.add_router("/logs", lessons)

Slug = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80, description="A log's name in addresses.")]


class LogOut(Schema):
    """One log. Times are unix seconds; ``writes`` counts what changed objects, without Leases and Events."""

    slug: str
    title: str
    intro: str
    server_version: str
    first_ts: float
    last_ts: float
    opening_seq: int
    last_seq: int
    writes: int
    is_shipped: bool
    is_live: bool
    created: datetime


class StretchIn(Schema):
    """A stretch of a log, in unix seconds, and what its recording is to be called."""

    from_ts: float = Field(ge=0, lt=LATEST_TS)
    to_ts: float = Field(ge=0, lt=LATEST_TS)
    title: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f]*$")


class NoteOut(Schema):
    """What somebody did, after frame ``seq``."""

    seq: int
    ts: float
    text: str
    command: str | None


class TimelineOut(Schema):
    """How much happened when: watch events in each of so many equal stretches from ``first_ts`` to ``last_ts``.

    ``begin_ts`` is where the whole log begins, which is earlier where only its latest part was asked for.
    """

    first_ts: float
    last_ts: float
    begin_ts: float
    opening_ts: float
    counts: list[int]
    notes: list[NoteOut]


@api.exception_handler(HttpError)
def answer_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Every refusal has the same shape."""
    return api.create_response(request, {"problem": str(error)}, status=error.status_code)


@api.exception_handler(ValidationError)
def answer_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request that does not fit the description."""
    wrong = error.errors[0]
    where = " ".join(str(part) for part in wrong["loc"])
    return api.create_response(request, {"problem": f"In the {where}: {wrong['msg']}."}, status=422)


def _logs() -> QuerySet[Log]:
    return Log.objects.filter(state=Log.State.READY)


def _log(slug: str) -> Log:
    log = _logs().filter(slug=slug).first()
    if log is None:
        raise HttpError(404, f"There is no log “{slug}”.")
    return log


def _file(media_type: str, words: str) -> dict[str, object]:
    """How the API's description tells of an answer that is a file."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"description": words, "content": content}}}


@api.get("/logs", response=list[LogOut])
def list_logs(request: HttpRequest) -> QuerySet[Log]:
    """Every log."""
    return _logs()


@api.get("/logs/{slug}", response={200: LogOut, 404: ProblemOut, 422: ProblemOut})
def get_log(request: HttpRequest, slug: Slug) -> Log:
    """One log."""
    return _log(slug)


@api.get("/logs/{slug}/timeline", response={200: TimelineOut, 404: ProblemOut, 422: ProblemOut})
def get_timeline(
    request: HttpRequest,
    slug: Slug,
    buckets: Annotated[int, Query(ge=1, le=2_000)] = 300,
    last: Annotated[int | None, Query(ge=1, description="only so many seconds, the latest")] = None,
) -> Timeline:
    """What the timeline draws."""
    return make_timeline(_log(slug), buckets, last=last)


@api.post("/logs", response={201: LogOut, 400: ProblemOut, 403: ProblemOut, 413: ProblemOut, 422: ProblemOut})
@decorate_view(csrf_protect)
def post_log(request: HttpRequest, recording: Annotated[UploadedFile, File()]) -> Status[Log]:
    """Import a recording, or what kubectl printed: whole, or not at all. It needs the site's CSRF token."""
    environment = settings.ENVIRONMENT
    if (recording.size or 0) > environment.max_upload_bytes:
        limit = f"{environment.max_upload_bytes:,} bytes"
        raise HttpError(413, f"The file is larger than {limit}, which is more than is taken here.")
    limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
    name = str(recording.name or "").split(".")[0]
    try:
        written_ts = timezone.now().timestamp()  # what is sent says no time of its own
        return Status(201, import_recording(recording, slug=slug_of(name), limits=limits, written_ts=written_ts))
    except RecordingError as error:
        raise HttpError(400, _sentence(error)) from error


@api.post(
    "/logs/{slug}/recordings",
    response={201: LogOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut},
)
@decorate_view(csrf_protect)
def post_stretch(request: HttpRequest, slug: Slug, body: StretchIn) -> Status[Log]:
    """Keep a stretch of the log as a recording, beside the others. It needs the site's CSRF token."""
    environment = settings.ENVIRONMENT
    limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
    try:
        log = keep_stretch(_log(slug), from_ts=body.from_ts, to_ts=body.to_ts, title=body.title.strip(), limits=limits)
    except (RecordingError, EmptyStretch) as error:
        raise HttpError(400, _sentence(error)) from error
    return Status(201, log)


@api.delete("/logs/{slug}", response={204: None, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut})
@decorate_view(csrf_protect)
def delete_log(request: HttpRequest, slug: Slug) -> Status[None]:
    """Delete a log for good. Those shipped with Orrery stay: they would only come back. It needs the CSRF token."""
    log = _log(slug)
    if log.is_shipped:
        raise HttpError(403, "This recording is shipped with Orrery, and would come back at the next start.")
    if log.is_live:
        raise HttpError(403, "This is what is seen of a live cluster. It goes with the cluster, when that is removed.")
    log.delete()
    return Status(204, None)


@api.get(
    "/logs/{slug}/recording",
    response={403: ProblemOut, 404: ProblemOut, 422: ProblemOut},
    openapi_extra=_file("application/zstd", "A recording, packed with zstd."),
)
def get_recording(
    request: HttpRequest, slug: Slug, last: Annotated[int | None, Query(ge=1, description="seconds")] = None
) -> StreamingHttpResponse:
    """The log as a recording file, or the ``last`` seconds of it.

    It is whole before its first byte leaves, so a failure is no broken download. Roles and bindings are in it, so it
    takes the permission to see RBAC.
    """
    log = _log(slug)
    if not may_see_rbac(request.user):
        raise HttpError(403, f"A recording has the cluster’s roles and bindings in it: that takes “{SEE_RBAC}”.")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when it has been sent
    try:
        if last is None:
            write_recording(log, file)
        else:
            write_stretch(log, file, from_ts=log.last_ts - last, to_ts=log.last_ts)
    except BaseException:
        file.close()
        raise
    response = StreamingHttpResponse(_blocks(file), content_type="application/zstd")
    response["Content-Length"] = file.tell()
    response["Content-Disposition"] = f'attachment; filename="{log.slug}.jsonl.zst"'
    file.seek(0)
    return response


@api.get(
    "/logs/{slug}/page",
    response={403: ProblemOut, 404: ProblemOut, 413: ProblemOut, 422: ProblemOut},
    openapi_extra=_file("text/html", "One HTML file that plays without a server."),
)
def get_page(request: HttpRequest, slug: Slug) -> HttpResponse:
    """The recording, and its lesson where it has one, as one HTML file that plays with no server and no network.

    Roles and bindings are in it, so it takes the permission to see RBAC.
    """
    log = _log(slug)
    if not may_see_rbac(request.user):
        raise HttpError(403, f"The file has the cluster’s roles and bindings in it: that takes “{SEE_RBAC}”.")
    try:
        page = write_page(log)
    except TooLarge as error:
        raise HttpError(413, str(error)) from error
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{log.slug}.html"'
    return response


@api.get(
    "/logs/{slug}/traces/{seq}/otlp",
    response={404: ProblemOut, 422: ProblemOut},
    openapi_extra=_file("application/json", "The trace in OTLP."),
)
def get_trace(
    request: HttpRequest,
    slug: Slug,
    seq: Annotated[int, Path(ge=1, le=2**53 - 1, description="The frame of any write of the trace.")],
    at: Annotated[int | None, Query(ge=1, le=2**53 - 1, description="As far as it had come after this frame.")] = None,
) -> HttpResponse:
    """One trace as a file of OTLP in JSON, which Jaeger, Tempo and others open."""
    log = _log(slug)
    tree = Reader(log).seek(log.last_seq if at is None else at).flow.trace(seq)
    if tree is None:
        raise HttpError(404, f"The frame {seq} is of no trace that is remembered there.")
    response = HttpResponse(orjson.dumps(otlp.export([tree], log=log.slug)), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{log.slug}-{tree.seq}.otlp.json"'
    return response


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := await sync_to_async(file.read, thread_sensitive=False)(BLOCK_BYTES):
            yield block


def _sentence(error: RecordingError | EmptyStretch) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
