"""Figures for those who watch over the server."""

from __future__ import annotations

from server.events import EventLog
from server.jobs.states import State
from server.metrics import BOUNDS, Histogram, Metrics


def test_a_histogram_counts_what_is_not_above_each_bound() -> None:
    histogram = Histogram()
    for seconds in (0.005, BOUNDS[0], 0.02, 5_000.0):
        histogram.add(seconds)
    buckets = dict(histogram.buckets())
    assert [buckets["0.01"], buckets["0.03"], buckets["1000.0"], buckets["+Inf"]] == [2, 3, 3, 4]


def test_jobs_are_counted_by_how_they_end() -> None:
    log, metrics = EventLog(), Metrics()
    log.subscribe(metrics.tell)
    for id, state in (("a", "succeeded"), ("b", "failed"), ("c", "succeeded")):
        log.emit("job_queued", {}, job=id)
        log.emit("job_running", {}, job=id)
        log.emit("job_ended", {"state": state}, job=id)
    text = metrics.text({State.QUEUED: 7}, {"graphcore_workers": ("Workers.", 2)}).decode()
    for line in (
        'graphcore_jobs_ended_total{state="succeeded"} 2.0',
        'graphcore_jobs_ended_total{state="failed"} 1.0',
        'graphcore_jobs{state="queued"} 7.0',
        'graphcore_job_run_seconds_bucket{le="+Inf"} 3.0',
        "graphcore_workers 2.0",
    ):
        assert line in text.splitlines()
