"""The site as a Django application: its commands."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The site."""

    name = "dashboard"
