"""The course as a whole: a lesson for each subject, of a size that fits into a break, and never an empty picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from tests.cluster import DEMOS
from tests.lessons.recorded import Recorded
from visualizer.lessons import checking
from visualizer.lessons.lesson import Lesson
from visualizer.lessons.reading import read_lesson
from visualizer.log.recording import Limits, iter_lines
from visualizer.rbac.diagram import RbacDiagram
from visualizer.routing.model import Routing
from visualizer.routing.trace import sender_from, trace
from visualizer.routing.tracetext import destination_from
from visualizer.search.finding import find
from visualizer.search.index import Index

SUBJECTS = [
    "The control plane",
    "Deployments",
    "Scheduling",
    "Node failure and the kubelet",
    "Services of every kind",
    "kube-proxy and readiness",
    "Probes",
    "Namespaces and deletion",
    "RBAC",
    "StatefulSets and Jobs",
    "Configuration",
    "Debugging with the API",
]
