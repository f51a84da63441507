"""The pages: home, with every log as a card, and the stage, which the frontend fills."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from dashboard.staff import may_alter_clusters, may_edit_lessons
from visualizer.models import Cluster, Lesson, Log


@dataclass(frozen=True)
class Card:
    """What the first page says of one log. ``score`` is the picture's data (visualizer/log/score.py)."""

    slug: str
    title: str
    intro: str
    server_version: str
    length_words: str
    frames: int
    writes: int
    score: dict[str, object]
    is_shipped: bool
    is_live: bool
    has_lesson: bool


def make_card(log: Log, *, has_lesson: bool) -> Card:
    """The card of this log."""
    return Card(
        slug=log.slug,
        title=log.title,
        intro=log.intro,
        server_version=log.server_version,
        length_words=log.length_words,
        frames=log.last_seq,
        writes=log.writes,
        score=log.score,
        is_shipped=log.is_shipped,
        is_live=log.is_live,
        has_lesson=has_lesson,
    )


@require_safe
@ensure_csrf_cookie
def home(request: HttpRequest) -> HttpResponse:
    """What Orrery is, the course, and the logs there are."""
    logs = Log.objects.filter(state=Log.State.READY, is_live=False)
    lessons = list(
        Lesson.objects.filter(log__state=Log.State.READY).select_related("log").defer("text", "shipped_text")
    )
    taught = {lesson.log_id for lesson in lessons}
    clusters = Cluster.objects.select_related("log").only("slug", "name", "server", "log__slug")
    return render(
        request,
        "home.html",
        {
            "logs": [make_card(log, has_lesson=log.pk in taught) for log in logs],
            "lessons": lessons,
            "minutes": sum(lesson.minutes for lesson in lessons),
            "clusters": clusters,
            "may_alter": may_alter_clusters(request),
        },
    )


@require_safe
@ensure_csrf_cookie
def stage(request: HttpRequest, slug: str) -> HttpResponse:
    """One log on the stage."""
    log = Log.objects.filter(slug=slug, state=Log.State.READY).first()
    if log is None:
        raise Http404(f"There is no log “{slug}”.")
    return render(request, "stage.html", {"log": log, "may_edit": may_edit_lessons(request) and not log.is_live})


@require_safe
@ensure_csrf_cookie
def add_cluster(request: HttpRequest) -> HttpResponse:
    """The form for a new cluster. For staff."""
    if not may_alter_clusters(request):
        return render(request, "403.html", status=403)
    return render(request, "add_cluster.html")


@require_safe
@ensure_csrf_cookie
def cluster(request: HttpRequest, slug: str) -> HttpResponse:
    """What can be altered of a cluster: its name, its credentials, and that it is there. For staff."""
    if not may_alter_clusters(request):
        return render(request, "403.html", status=403)
    found = Cluster.objects.filter(slug=slug).select_related("log").first()
    if found is None:
        raise Http404(f"There is no cluster “{slug}”.")
    return render(request, "cluster.html", {"cluster": found})


login = LoginView.as_view(template_name="login.html", redirect_authenticated_user=True)


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process serves and its database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page that says what is not there."""
    del exception
    return render(request, "404.html", status=404)


def csrf_failed(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """A request that changes something and does not carry this site's token."""
    problem = f"This request did not come from a page of this site: {reason} Reload the page and try again."
    return JsonResponse({"problem": problem}, status=403)
