"""Metrics: what the API server measures of itself, picked from its ``/metrics``.

That is some megabytes of text, so only the lines of the few metrics that are told are parsed. Counters count since the
server started; rates are reckoned against the poll before, where the same server answered it (of several behind one
address, each has counters and a start time of its own).
(https://kubernetes.io/docs/reference/instrumentation/metrics/)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final, TypeAlias

from prometheus_client.parser import text_string_to_metric_families

from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.histograms import Histogram, quantile, since
from visualizer.kube.polls.results import EtcdLatency, Outcome, RequestCount, ResourceCount, ServerMetrics
from visualizer.kube.transport import refusal_of

MOST_PAIRS: Final = 100

REQUESTS: Final = "apiserver_request_total"
IN_FLIGHT: Final = "apiserver_current_inflight_requests"
LONG_RUNNING: Final = "apiserver_longrunning_requests"
ETCD: Final = "etcd_request_duration_seconds"
SIZE: Final = "apiserver_storage_size_bytes"
STORED: Final = ("apiserver_resource_objects", "apiserver_storage_objects")
"""The newer and the older name of the same figure: 1.34 began to tell both."""
STARTED: Final = "process_start_time_seconds"

_WANTED: Final = tuple(
    f"{name}{end}"
    for name in (REQUESTS, IN_FLIGHT, LONG_RUNNING, SIZE, *STORED, STARTED, f"{ETCD}_bucket", f"{ETCD}_sum")
    for end in ("{", " ")
)

Samples: TypeAlias = Mapping[str, list[tuple[dict[str, str], float]]]
"""For each name, labels and value of every sample."""


async def ask(asked: Asked) -> Outcome:
    """The figures, where the user may read them."""
    answer = await asked.transport.ask("/metrics")
    if refusal := refusal_of(answer):
        raise refusal
    samples = parse(answer.body.decode(errors="replace"))
    if not samples:
        return Outcome("unreachable", "The answer has none of the metrics that a Kubernetes API server tells.")
    before = asked.before if isinstance(asked.before, ServerMetrics) else None
    return Outcome("ok", result=describe(samples, before, now=asked.now))


def parse(text: str) -> Samples:
    """The samples of the metrics that are told here. Raises ValueError for a line that is none."""
    lines = "\n".join(line for line in text.splitlines() if line.startswith(_WANTED))
    found: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for family in text_string_to_metric_families(lines + "\n"):
        for sample in family.samples:
            found[sample.name].append((sample.labels, sample.value))
    return found


def describe(samples: Samples, before: ServerMetrics | None, *, now: float) -> ServerMetrics:
    """The figures as of ``now`` (unix seconds); rates are since ``before``."""
    started = next((value for _, value in samples.get(STARTED, ())), None)
    is_same = before is not None and started is not None and before.started_ts == started
    earlier = before if is_same else None
    seconds = now - earlier.asked_ts if earlier else 0.0
    pairs, codes = _count_requests(samples)
    total = sum(pairs.values())
    watches = _watches(samples)
    histograms = _histograms(samples)
    return ServerMetrics(
        asked_ts=now,
        started_ts=started,
        requests_total=total,
        requests_per_second=_rate(total, earlier.requests_total if earlier else None, seconds),
        errors_per_second=_code_rate("5", codes, earlier, seconds),
        throttled_per_second=_code_rate("429", codes, earlier, seconds),
        requests=_requests(pairs, earlier, seconds),
        in_flight_mutating=_in_flight(samples, "mutating"),
        in_flight_read_only=_in_flight(samples, "readOnly"),
        open_watches=sum(count.count for count in watches),
        watches=watches,
        etcd=_etcd(histograms, earlier),
        database_bytes=_largest(samples, SIZE),
        stored_objects=_stored(samples),
        codes=dict(codes),
        buckets={operation: histogram.to_lists() for operation, histogram in histograms.items()},
    )


def _count_requests(samples: Samples) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Requests by verb and resource, and by the answer's code."""
    pairs: Counter[tuple[str, str]] = Counter()
    codes: Counter[str] = Counter()
    for labels, value in samples.get(REQUESTS, ()):
        resource = _qualified(labels)
        if part := labels.get("subresource", ""):
            resource = f"{resource}/{part}" if resource else part
        pairs[labels.get("verb", ""), resource] += int(value)
        codes[labels.get("code", "")] += int(value)
    return pairs, codes


def _requests(pairs: Counter[tuple[str, str]], earlier: ServerMetrics | None, seconds: float) -> list[RequestCount]:
    known = {(count.verb, count.resource): count.total for count in earlier.requests} if earlier else {}
    return [
        RequestCount(verb, resource, total, _rate(total, known.get((verb, resource)), seconds))
        for (verb, resource), total in pairs.most_common(MOST_PAIRS)
    ]


def _rate(total: int, before: int | None, seconds: float) -> float | None:
    if before is None or seconds <= 0 or total < before:
        return None
    return round((total - before) / seconds, 3)


def _code_rate(begins: str, codes: Mapping[str, int], earlier: ServerMetrics | None, seconds: float) -> float | None:
    def total(counts: Mapping[str, int]) -> int:
        return sum(count for code, count in counts.items() if code.startswith(begins))

    return _rate(total(codes), total(earlier.codes) if earlier else None, seconds)


def _in_flight(samples: Samples, kind: str) -> int | None:
    return next(
        (int(value) for labels, value in samples.get(IN_FLIGHT, ()) if labels.get("request_kind") == kind), None
    )


def _watches(samples: Samples) -> list[ResourceCount]:
    found: Counter[str] = Counter()
    for labels, value in samples.get(LONG_RUNNING, ()):
        if labels.get("verb") == "WATCH" and value > 0:
            found[_qualified(labels)] += int(value)
    return [ResourceCount(resource, count) for resource, count in found.most_common()]


def _stored(samples: Samples) -> list[ResourceCount]:
    name = next((name for name in STORED if name in samples), STORED[0])
    counts = Counter({_qualified(labels): int(value) for labels, value in samples.get(name, ()) if value >= 0})
    return [ResourceCount(resource, count) for resource, count in counts.most_common()]


def _largest(samples: Samples, name: str) -> int | None:
    return max((int(value) for _, value in samples.get(name, ())), default=None)


def _histograms(samples: Samples) -> dict[str, Histogram]:
    """How long etcd took, by operation, over all resources."""
    buckets: dict[str, Counter[float]] = defaultdict(Counter)
    sums: dict[str, float] = defaultdict(float)
    for labels, value in samples.get(f"{ETCD}_bucket", ()):
        buckets[labels.get("operation", "")][float(labels.get("le", "inf"))] += int(value)
    for labels, value in samples.get(f"{ETCD}_sum", ()):
        sums[labels.get("operation", "")] += value
    return {
        operation: Histogram(tuple(sorted(counts.items())), round(sums[operation], 6))
        for operation, counts in buckets.items()
    }


def _etcd(histograms: Mapping[str, Histogram], earlier: ServerMetrics | None) -> list[EtcdLatency]:
    found = []
    for operation, whole in histograms.items():
        known = earlier.buckets.get(operation) if earlier else None
        recent = since(whole, Histogram.from_lists(known)) if known else None
        histogram, is_since_start = (recent, False) if recent and recent.count else (whole, True)
        if histogram.count:
            found.append(
                EtcdLatency(
                    operation=operation,
                    count=histogram.count,
                    mean_seconds=round(histogram.sum_seconds / histogram.count, 6),
                    p50_seconds=quantile(histogram, 0.5),
                    p99_seconds=quantile(histogram, 0.99),
                    is_since_start=is_since_start,
                )
            )
    return sorted(found, key=lambda latency: (-latency.count, latency.operation))


def _qualified(labels: Mapping[str, str]) -> str:
    """The resource as kubectl names it: ``deployments.apps``. The older figures have the group in it already."""
    resource, group = labels.get("resource", ""), labels.get("group", "")
    return f"{resource}.{group}" if resource and group else resource
