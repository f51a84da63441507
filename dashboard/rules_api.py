"""The HTTP API's part that compares a node's own rules with those expected there.

A ruleset may be some megabytes, more than a message over the websocket may have. Nothing of it is kept.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from django.http import HttpRequest
from django.views.decorators.csrf import csrf_protect
from ninja import File, Form, Path, Router, Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from ninja.files import UploadedFile

from dashboard.problems import ProblemOut
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.routing.comparison import ServiceDifference, compare
from visualizer.routing.model import Routing
from visualizer.routing.pasted import PasteError, read_pasted

MOST_BYTES: Final = 16 << 20
MOST_LINES: Final = 2_000
"""So many lines that differ are told; more of them means another cluster's rules."""

rules = Router()


class DifferenceOut(Schema):
    """What differs in one chain, set or map: lines that only the node has, and lines that only were expected.

    ``is_reordered`` says that the lines are the same and their order is not.
    """

    chain: str
    found: list[str]
    expected: list[str]
    is_reordered: bool


class ServiceDifferenceOut(Schema):
    """All that differs for one Service (namespace/name), or, where it is empty, for none in particular."""

    service: str
    differences: list[DifferenceOut]


class ComparisonOut(Schema):
    """How a node's rules differ from those expected after frame ``seq``; ``left_off`` counts lines not told."""

    seq: int
    node: str
    mode: str
    family: str
    services: list[ServiceDifferenceOut]
    left_off: int


@rules.post(
    "/{slug}/rules/compare",
    response={200: ComparisonOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut, 413: ProblemOut, 422: ProblemOut},
)
@decorate_view(csrf_protect)
def compare_rules(
    request: HttpRequest,
    slug: Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80, description="A log's name in addresses.")],
    node: Annotated[str, Form(min_length=1, max_length=253)],
    ruleset: Annotated[UploadedFile, File()],
    at: Annotated[int | None, Form(ge=1, le=2**53 - 1, description="After this frame; the log's last.")] = None,
) -> ComparisonOut:
    """Compare what ``iptables-save`` or ``nft list ruleset`` prints on a node with what is expected there."""
    log = Log.objects.filter(state=Log.State.READY, slug=slug).first()
    if log is None:
        raise HttpError(404, f"There is no log “{slug}”.")
    if (ruleset.size or 0) > MOST_BYTES:
        raise HttpError(413, f"The rules are larger than {MOST_BYTES:,} bytes, which is more than is taken here.")
    try:
        pasted = read_pasted(ruleset.read().decode(errors="replace"))
        moment = Reader(log).seek(log.last_seq if at is None else at)
        proxy = Routing.build(moment.store).proxy(node, pasted.mode, family=pasted.family)
        if proxy is None:
            raise HttpError(404, f"There is no node “{node}” at this moment.")
        found = compare(pasted, proxy)
    except PasteError as error:
        raise HttpError(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    services, left_off = _told(found)
    return ComparisonOut(
        seq=moment.seq, node=node, mode=pasted.mode, family=pasted.family, services=services, left_off=left_off
    )


def _told(found: list[ServiceDifference]) -> tuple[list[ServiceDifferenceOut], int]:
    """What there is room for, and how many lines are left off."""
    services, room, left_off = list[ServiceDifferenceOut](), MOST_LINES, 0
    for item in found:
        told = list[DifferenceOut]()
        for each in item.differences:
            size = max(1, len(each.found) + len(each.expected))
            if size > room:
                left_off += size
                continue
            room -= size
            told.append(DifferenceOut(**msgspec.structs.asdict(each)))
        if told:
            services.append(ServiceDifferenceOut(service=item.service, differences=told))
    return services, left_off
