"""What a Prometheus server reads: counted while the server lives, put into words when it is asked for."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.events import Event
from server.jobs.states import State

BOUNDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # seconds
MOST_STARTED = 100_000  # jobs whose beginning is remembered


@dataclass(slots=True)
class Histogram:
    """How often something took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Once more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """(upper bound, how many were not above it), as Prometheus has it."""
        found, sum = [], 0
        for bound, count in zip([*map(str, BOUNDS), "+Inf"], self.counts, strict=True):
            sum += count
            found.append((bound, float(sum)))
        return found


class Metrics:
    """Counters. Lives in the event loop's thread."""

    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        self.requeued = 0
        self.requests: Counter[tuple[str, int]] = Counter()
        self.requested, self.ran, self.waited = Histogram(), Histogram(), Histogram()
        self._queued: dict[str, float] = {}
        self._began: dict[str, float] = {}

    def tell(self, event: Event) -> None:
        """Count what happens to jobs."""
        now, job = time.monotonic(), event.job or ""
        match event.type:
            case "job_queued" if len(self._queued) < MOST_STARTED:
                self._queued[job] = now
            case "job_running":
                self._began[job] = now
                if (queued := self._queued.pop(job, None)) is not None:
                    self.waited.add(now - queued)
            case "job_requeued":
                self.requeued += 1
                self._began.pop(job, None)
            case "job_ended":
                self.ended[str(event.data["state"])] += 1
                self._queued.pop(job, None)
                if (began := self._began.pop(job, None)) is not None:
                    self.ran.add(now - began)

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests[method, status] += 1
        self.requested.add(seconds)

    def text(self, jobs: Mapping[State, int], gauges: Mapping[str, tuple[str, float]]) -> bytes:
        """Everything in Prometheus' text format. `jobs`: state -> how many; `gauges`: name -> (what, value)."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Once([*self._families(), *_gauges(jobs, gauges)]))
        return generate_latest(registry)

    def _families(self) -> Iterable[Any]:
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        ended = CounterMetricFamily("graphcore_jobs_ended", "Jobs that have ended.", labels=["state"])
        for state in State:
            ended.add_metric([state.value], self.ended[state.value])
        requests = CounterMetricFamily("graphcore_http_requests", "Answered requests.", labels=["method", "status"])
        for (method, status), count in sorted(self.requests.items()):
            requests.add_metric([method, str(status)], count)
        requeued = CounterMetricFamily("graphcore_jobs_requeued", "Jobs that lost their worker and waited again.")
        requeued.add_metric([], self.requeued)
        yield from (ended, requests, requeued)
        for name, what, histogram in (
            ("graphcore_http_request_seconds", "Time to answer.", self.requested),
            ("graphcore_job_run_seconds", "From the beginning of a job to its end.", self.ran),
            ("graphcore_job_wait_seconds", "From the submission of a job to its beginning.", self.waited),
        ):
            yield HistogramMetricFamily(name, what, buckets=histogram.buckets(), sum_value=histogram.total)


def _gauges(jobs: Mapping[State, int], gauges: Mapping[str, tuple[str, float]]) -> Iterable[Any]:
    from prometheus_client.core import GaugeMetricFamily

    kept = GaugeMetricFamily("graphcore_jobs", "Jobs in the store.", labels=["state"])
    for state in State:
        kept.add_metric([state.value], jobs.get(state, 0))
    yield kept
    for name, (what, value) in gauges.items():
        yield GaugeMetricFamily(name, what, value=value)


@dataclass(frozen=True, slots=True, eq=False)  # a registry keeps it in a dict
class _Once:
    """A collector of what is known already."""

    families: list[Any]

    def collect(self) -> list[Any]:
        """The families."""
        return self.families
