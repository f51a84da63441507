"""Every address of the site."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from dashboard import pages
from dashboard.api import api

urlpatterns = [
    path("", pages.home, name="home"),
    path("logs/<slug:slug>/", pages.stage, name="stage"),
    path("clusters/add/", pages.add_cluster, name="add-cluster"),
    path("clusters/<slug:slug>/", pages.cluster, name="cluster"),
    path("healthz", pages.healthz, name="healthz"),
    path("login/", pages.login, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/", api.urls),
]

handler404 = pages.not_found
