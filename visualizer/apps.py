"""The engine as a Django application: its models and commands."""

from django.apps import AppConfig


class VisualizerConfig(AppConfig):
    """The engine."""

    name = "visualizer"
    default_auto_field = "django.db.models.BigAutoField"
