"""The HTTP API's part that asks a cluster itself what somebody may do: for whoever may see RBAC.

It holds Orrery's own answer against the cluster's authorizers, of which some (webhooks) no log tells.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.views.decorators.csrf import csrf_protect
from ninja import Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from pydantic import Field

from dashboard.cluster_changes import Slug, clusters
from dashboard.clusters import sealer
from dashboard.login import SEE_RBAC, may_see_rbac
from dashboard.problems import ProblemOut
from dashboard.staff import spend_check
from visualizer.following.adding import transport_to
from visualizer.kube.access import Access, CredentialsError, from_json
from visualizer.kube.reviews import Verdict, review_subject
from visualizer.kube.transport import ApiError, Unreachable
from visualizer.models import Cluster

__all__ = ["clusters"]

SECONDS: Final = 15.0
Word = Annotated[str, Field(max_length=512)]


class ReviewIn(Schema):
    """Who asks, in which groups, and for what. ``path`` is set for a URL that is no resource."""

    user: Word = ""
    groups: Annotated[list[Word], Field(max_length=64, default_factory=list)]
    verb: Word
    group: Word = ""
    resource: Word = ""
    subresource: Word = ""
    namespace: Word = ""
    name: Word = ""
    path: Word | None = None


class VerdictOut(Schema):
    """What the cluster answered. ``denied``: an authorizer refused outright."""

    allowed: bool
    denied: bool
    reason: str
    problem: str


@clusters.post(
    "/{slug}/access-reviews",
    response={200: VerdictOut, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut, 429: ProblemOut, 502: ProblemOut},
)
@decorate_view(csrf_protect)
def ask_server(request: HttpRequest, slug: Slug, body: ReviewIn) -> dict[str, object]:
    """Ask the cluster by a SubjectAccessReview. It takes the permission to see RBAC, and the CSRF token."""
    if not may_see_rbac(request.user):
        raise HttpError(403, f"Asking what somebody may do takes “{SEE_RBAC}”.")
    cluster = Cluster.objects.filter(slug=slug).first()
    if cluster is None:
        raise HttpError(404, f"There is no cluster “{slug}”.")
    spend_check(request)
    try:
        access = from_json(sealer().unseal(bytes(cluster.access)))
        verdict = async_to_sync(_ask)(access, _spec(body))
    except ApiError as error:
        if error.status == 403:
            problem = "This cluster does not let Orrery ask for others. deploy/rbac.yaml has the rule for it."
            raise HttpError(502, problem) from error
        raise HttpError(502, f"{str(error).removesuffix('.')}.") from error
    except (Unreachable, CredentialsError, msgspec.DecodeError) as error:
        raise HttpError(502, f"{str(error).removesuffix('.')}.") from error
    except TimeoutError as error:
        raise HttpError(502, f"{cluster.name} did not answer in {SECONDS:.0f} seconds.") from error
    return {
        "allowed": verdict.allowed,
        "denied": verdict.denied,
        "reason": verdict.reason,
        "problem": verdict.evaluation_error,
    }


async def _ask(access: Access, spec: dict[str, Any]) -> Verdict:
    async with asyncio.timeout(SECONDS), transport_to(access) as transport:
        return await review_subject(transport, spec)


def _spec(body: ReviewIn) -> dict[str, Any]:
    who: dict[str, Any] = {"user": body.user, "groups": body.groups}
    if body.path is not None:
        return {**who, "nonResourceAttributes": {"path": body.path, "verb": body.verb}}
    asked = {
        "verb": body.verb,
        "group": body.group,
        "resource": body.resource,
        "subresource": body.subresource,
        "namespace": body.namespace,
        "name": body.name,
    }
    return {**who, "resourceAttributes": asked}
