"""Asking the cluster itself what somebody may do, through the API."""

from __future__ import annotations

import pytest
from django.conf import Settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests.apiserver.server import ApiServer
from tests.following.test_changes import api, ask, asked, kept
from visualizer.live.threads import in_thread

__all__ = ["api"]

pytestmark = pytest.mark.django_db(transaction=True)
PODS = {"user": "alice", "groups": ["system:authenticated"], "verb": "get", "resource": "pods", "namespace": "shop"}


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """Nobody has asked for anything yet."""
    cache.clear()


async def test_the_clusters_own_answer_is_told(api: ApiServer) -> None:
    await in_thread(lambda: kept(server=api.url))
    status, told = await asked("POST", "/lab/access-reviews", PODS)
    assert (status, told["allowed"], told["reason"]) == (200, True, "the stand-in's own rules")
    api.access.deny("v1/pods")
    status, told = await asked("POST", "/lab/access-reviews", PODS)
    assert (status, told["allowed"]) == (200, False)
    status, told = await asked("POST", "/lab/access-reviews", {"user": "alice", "verb": "get", "path": "/metrics"})
    assert (status, told["allowed"]) == (200, True)


async def test_a_cluster_that_does_not_let_ask_is_told_so(api: ApiServer) -> None:
    await in_thread(lambda: kept(server=api.url))
    api.access.deny("authorization.k8s.io/v1/subjectaccessreviews")
    status, told = await asked("POST", "/lab/access-reviews", PODS)
    assert (status, "deploy/rbac.yaml" in told["problem"]) == (502, True)


def test_a_cluster_that_is_not_there_and_one_that_does_not_answer_are_told() -> None:
    assert ask("POST", "/lab/access-reviews", PODS)[0] == 404
    kept()
    status, told = ask("POST", "/lab/access-reviews", PODS)
    assert (status, told["problem"].endswith(".")) == (502, True)


def test_it_takes_the_permission_to_see_rbac(settings: Settings) -> None:
    settings.LOGIN_REQUIRED = True
    kept()
    bob, client = User.objects.create_user("bob"), Client()
    client.force_login(bob)
    status, told = ask("POST", "/lab/access-reviews", PODS, client=client)
    assert (status, "visualizer.view_rbac" in told["problem"]) == (403, True)
