"""What the database keeps: logs with their chunks, keyframes and notes, and clusters.

Only ``log/`` touches chunks and keyframes.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Log(models.Model):
    """Everything seen of one cluster, in order. Frames are numbered from 1; the header is this row itself.

    ``opening_seq`` is the last frame of the opening lists: where a viewer starts. Retention moves it on, and
    ``pruned_seq`` with it: of the frames up to that one, only those are kept whose objects were there after it
    (log/pruning.py). Times are unix seconds, but for ``created``, when the log was begun.
    ``resources`` are those that are read, ``also_served`` those that the server has besides.
    """

    class State(models.TextChoices):
        """A log that is being imported is nobody's business yet."""

        IMPORTING = "importing"
        READY = "ready"

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    intro = models.TextField(blank=True, default="")
    name = models.CharField(max_length=200)
    server_version = models.CharField(max_length=80)
    resources = models.JSONField()
    also_served = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State, default=State.IMPORTING)
    created = models.DateTimeField(auto_now_add=True)
    is_live = models.BooleanField(default=False)
    is_shipped = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, blank=True, default="")
    order = models.IntegerField(default=1000)
    first_ts = models.FloatField(default=0.0)
    last_ts = models.FloatField(default=0.0)
    opening_seq = models.BigIntegerField(default=0)
    pruned_seq = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField(default=0)
    writes = models.BigIntegerField(default=0)
    score = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Log]] = models.Manager()

    class Meta:
        """Shipped ones in their order, then the newest."""

        ordering = ("order", "-created")
        permissions = (("view_rbac", "Can see who may do what in a cluster"),)

    def __str__(self) -> str:
        return self.slug

    @property
    def length_words(self) -> str:
        """How long the log is, as a person says it: ``48 s``, ``3 min 20 s``, ``2 h 5 min``."""
        return length_words(self.last_ts - self.first_ts)


class Chunk(models.Model):
    """Some consecutive frames, compressed. log/chunks.py says what ``lines`` and ``index`` hold.

    ``watch_events`` is how many of its frames are watch events. A live log ends in small ones, which a full
    one takes the place of.
    """

    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="chunks")
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    first_ts = models.FloatField()
    last_ts = models.FloatField()
    watch_events = models.IntegerField()
    lines = models.BinaryField()
    index = models.BinaryField()

    objects: ClassVar[models.Manager[Chunk]] = models.Manager()

    class Meta:
        """A frame is in one chunk."""

        ordering = ("first_seq",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "first_seq"], name="chunk_start")]

    def __str__(self) -> str:
        return f"{self.log_id}: {self.first_seq}-{self.last_seq}"


class Keyframe(models.Model):
    """A whole moment, so that places after it open fast. It can always be made again from the chunks."""

    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="keyframes")
    seq = models.BigIntegerField()
    data = models.BinaryField()

    objects: ClassVar[models.Manager[Keyframe]] = models.Manager()

    class Meta:
        """One at a place."""

        ordering = ("seq",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "seq"], name="keyframe_place")]

    def __str__(self) -> str:
        return f"{self.log_id}: {self.seq}"


class Schemas(models.Model):
    """What a log knows of the API's own words: the definitions of one group version's types (schemas/document.py).

    ``group_version`` is such as ``apps/v1``; empty for all that came with a recording. ``digest`` is how the API server
    names this state of its document, and ``definitions`` are JSON, compressed.
    """

    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="schemas")
    group_version = models.CharField(max_length=300, blank=True, default="")
    digest = models.CharField(max_length=200, blank=True, default="")
    definitions = models.BinaryField()

    objects: ClassVar[models.Manager[Schemas]] = models.Manager()

    class Meta:
        """The latest state of each document."""

        ordering = ("group_version",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "group_version"], name="schemas_once")]

    def __str__(self) -> str:
        return f"{self.log_id}: {self.group_version}"


class Note(models.Model):
    """What somebody did at a moment, in a sentence."""

    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="notes")
    seq = models.BigIntegerField()
    ts = models.FloatField()
    text = models.TextField()
    command = models.TextField(null=True, blank=True)

    objects: ClassVar[models.Manager[Note]] = models.Manager()

    class Meta:
        """In the order they were made."""

        ordering = ("seq",)

    def __str__(self) -> str:
        return self.text


class Lesson(models.Model):
    """A log's lesson, as its text (docs/lessons.md).

    ``shipped_text`` is what came with Orrery, empty where none did; ``text`` differs from it where somebody edited it.
    ``version`` grows with each save. Title, subject, order, minutes and summary are the text's own, for lists.
    """

    log = models.OneToOneField(Log, on_delete=models.CASCADE, related_name="lesson")
    text = models.TextField()
    shipped_text = models.TextField(blank=True, default="")
    version = models.IntegerField(default=1)
    title = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    order = models.IntegerField()
    minutes = models.IntegerField()
    summary = models.CharField(max_length=500)
    chapters = models.IntegerField()
    altered = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Lesson]] = models.Manager()

    class Meta:
        """As the course goes."""

        ordering = ("order", "title")

    def __str__(self) -> str:
        return self.title

    @property
    def is_edited(self) -> bool:
        """Whether it is not as it was shipped."""
        return self.text != self.shipped_text


class Cluster(models.Model):
    """A live cluster, which is followed into a log.

    ``access`` is how to reach it, sealed (kube/sealing.py). ``uid`` is that of its Namespace kube-system, which tells
    it from other clusters; empty where that is not known. ``versions`` is up to which version each resource is in the
    log: written together with the frames, so that another watcher goes on exactly there. The lease says which watcher
    holds the cluster (``holder``) and until when it must have said so again (``held_until``). ``health`` is what that
    watcher last told of itself (following.py), for the screen. ``is_polled``: it may not be watched, so it is listed
    every ``poll_seconds`` instead, and what differs is logged. ``keep_seconds`` and ``keep_bytes`` are how much of its
    log is kept; None for what the settings say.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200, unique=True)
    server = models.CharField(max_length=500)
    is_insecure = models.BooleanField(default=False)
    uid = models.CharField(max_length=80, blank=True, default="")
    access = models.BinaryField()
    log = models.OneToOneField(Log, null=True, on_delete=models.SET_NULL, related_name="cluster")
    versions = models.JSONField(default=dict)
    holder = models.CharField(max_length=100, blank=True, default="")
    held_until = models.DateTimeField(null=True)
    health = models.JSONField(default=dict)
    is_polled = models.BooleanField(default=False)
    poll_seconds = models.IntegerField(default=30)
    keep_seconds = models.BigIntegerField(null=True, blank=True)
    keep_bytes = models.BigIntegerField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Cluster]] = models.Manager()

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.slug


class PollResult(models.Model):
    """What one poll of one cluster found at one time. Rows are history; polling/schedule.py says how long each stays.

    ``poll`` is the poll's name (polling/schedule.py). ``due_ts`` is when it was to be asked, so that whoever asks twice
    keeps one answer; ``asked_ts`` is when it was, and ``seconds`` how long that took, in ``requests`` requests.
    ``state`` and ``problem`` say how it ended, ``result`` what was told: kube/polls/results.py has the shape, null
    for nothing. Times are unix seconds.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="polls")
    poll = models.CharField(max_length=40)
    due_ts = models.FloatField()
    asked_ts = models.FloatField()
    seconds = models.FloatField()
    requests = models.IntegerField(default=0)
    state = models.CharField(max_length=16)
    problem = models.TextField(blank=True, default="")
    result = models.JSONField(null=True)

    objects: ClassVar[models.Manager[PollResult]] = models.Manager()

    class Meta:
        """One answer for each time that a poll is due."""

        ordering = ("due_ts",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["cluster", "poll", "due_ts"], name="poll_due")]
        indexes: ClassVar = [models.Index(fields=["poll", "due_ts"], name="poll_by_time")]

    def __str__(self) -> str:
        return f"{self.cluster_id}: {self.poll} {self.state}"


def length_words(seconds: float) -> str:
    """A length of time as one would say it: ``48 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
