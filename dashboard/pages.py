"""The pages: home, with every log as a card, and the stage, which the frontend fills."""

from __future__ import annotations

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from visualizer.models import Log


@require_safe
@ensure_csrf_cookie
def home(request: HttpRequest) -> HttpResponse:
    """What Orrery is, and the logs there are."""
    return render(request, "home.html", {"logs": Log.objects.filter(state=Log.State.READY)})


@require_safe
def stage(request: HttpRequest, slug: str) -> HttpResponse:
    """One log on the stage."""
    log = Log.objects.filter(slug=slug, state=Log.State.READY).first()
    if log is None:
        raise Http404(f"There is no log “{slug}”.")
    return render(request, "stage.html", {"log": log})


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
    """A form without this site's token."""
    text = f"This request did not come from a page of this site: {reason}. Reload the page and try again.\n"
    return HttpResponse(text, status=403, content_type="text/plain")
