"""What a simulation says: figures as a table, and as plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.simulate.world import Outcome

WARM = 0.3  # share of the jobs at the start that does not count: caches are cold, queues empty


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: jobs a second; seconds of waiting; swaps and GB loaded a job; share of time workers are busy."""

    workers: int
    load: float
    policy: str
    throughput: float
    wait_mean: float
    wait_p50: float
    wait_p99: float
    took_p99: float
    swaps: float
    loaded: float
    busy: float
    decision_mean: float  # milliseconds
    decision_p99: float
    lost: int


def figures(outcome: Outcome, workers: int, load: float, policy: str) -> Figures:
    """The figures of a run, its start left out where jobs are counted one by one."""
    by_arrival = sorted(range(len(outcome.waited)), key=outcome.arrived.__getitem__)
    counted = by_arrival[int(WARM * len(by_arrival)) :]
    waited = sorted(outcome.waited[index] for index in counted)
    took = sorted(outcome.took[index] for index in counted)
    decisions, done = sorted(outcome.decisions), len(outcome.waited)
    return Figures(
        workers=workers,
        load=load,
        policy=policy,
        throughput=done / outcome.end,
        wait_mean=sum(waited) / len(waited),
        wait_p50=_quantile(waited, 0.5),
        wait_p99=_quantile(waited, 0.99),
        took_p99=_quantile(took, 0.99),
        swaps=sum(outcome.swapped[index] for index in counted) / len(counted),
        loaded=sum(outcome.loaded[index] for index in counted) / 1e9 / len(counted),
        busy=outcome.busy / (workers * outcome.end),
        decision_mean=1e3 * sum(decisions) / len(decisions),
        decision_p99=1e3 * _quantile(decisions, 0.99),
        lost=outcome.lost,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def table(rows: Sequence[Figures]) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| workers | load | policy | jobs/s | wait mean s | p50 | p99 | done p99 s | swaps/job | GB/job | busy "
        "| decision ms, p99 | lost |",
        "|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.workers} | {row.load:.2f} | {row.policy} | {row.throughput:.2f} | {row.wait_mean:.2f} "
        f"| {row.wait_p50:.2f} | {row.wait_p99:.1f} | {row.took_p99:.1f} | {row.swaps:.4f} | {row.loaded:.3f} "
        f"| {row.busy:.2f} | {row.decision_mean:.3f}, {row.decision_p99:.3f} | {row.lost} |"
        for row in rows
    ]
    return "\n".join(lines)


def plot(rows: Sequence[Figures], outcomes: Mapping[str, Outcome], along: str, file: Path) -> None:
    """Throughput, waiting and swaps of each policy along `workers` or `load`, and how waiting times are spread."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(11, 8), constrained_layout=True)
    for policy in dict.fromkeys(row.policy for row in rows):
        mine = [row for row in rows if row.policy == policy]
        places = [getattr(row, along) for row in mine]
        for axis, name in ((axes[0, 0], "throughput"), (axes[0, 1], "wait_p99"), (axes[1, 0], "swaps")):
            axis.plot(places, [getattr(row, name) for row in mine], marker="o", label=policy)
        waited = sorted(outcomes[policy].waited)
        share = [1 - index / len(waited) for index in range(len(waited))]
        axes[1, 1].plot([max(value, 0.01) for value in waited], share, label=policy)
    last = rows[-1]
    titles = ("jobs a second", "waiting time, p99, seconds", "model swaps a job")
    for axis, title in zip((axes[0, 0], axes[0, 1], axes[1, 0]), titles, strict=True):
        _label(axis, title, along, sorted({getattr(row, along) for row in rows}))
    axes[0, 1].set_yscale("symlog")
    axes[0, 1].set_ylim(bottom=0)
    axes[1, 0].set_ylim(bottom=0)
    if along == "workers":
        axes[0, 0].set_yscale("log")
    tail = axes[1, 1]
    tail.set(title=f"share of jobs that waited longer ({last.workers} workers, load {last.load:.2f})", xlabel="seconds")
    tail.set(xscale="log", yscale="log", ylim=(1e-4, 1.1))
    axes[0, 0].legend()
    for axis in axes.flat:
        axis.grid(alpha=0.3)
    figure.savefig(file, dpi=90)
    pyplot.close(figure)


def _label(axis: Any, title: str, along: str, places: Sequence[float]) -> None:
    axis.set(title=title, xlabel=along)
    if along == "workers":
        axis.set_xscale("log")
        axis.set_xticks(places, [str(place) for place in places], minor=False)
        axis.set_xticks([], minor=True)
