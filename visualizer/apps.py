"""The engine as a Django application: its models and commands."""

import gc
from typing import Final

from django.apps import AppConfig

COLLECTOR_THRESHOLDS: Final = (50_000, 20, 100)
"""A moment of 50,000 objects is a million small things that are no garbage. Python's collector by default looks through
them again and again while they are made, which doubles the time it takes to open a keyframe."""


class VisualizerConfig(AppConfig):
    """The engine."""

    name = "visualizer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the collector of garbage run less often, and never over what is there for good."""
        gc.freeze()
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
