"""Hold the scheduling policy against round-robin and least-loaded.

usage: python -m tools.simulate [--workers 1 10 100 1000] [--load 0.8] [--recorded FILE] [--out FOLDER] ...

Prints a table; with --out, draws plots (pip install matplotlib). Give several --workers or several --load.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from server.scheduling.policy import SchedulingPolicy
from tools.simulate.load import Demand, fleet_of, recorded
from tools.simulate.report import Figures, figures, plot, table
from tools.simulate.rivals import LeastLoaded, RoundRobin, Scheduler
from tools.simulate.world import Failures, Outcome, World

POLICIES: dict[str, Callable[[], Scheduler]] = {
    "round-robin": RoundRobin,
    "least-loaded": LeastLoaded,
    "affinity": SchedulingPolicy,
}


def main() -> None:
    """Simulate every case with every policy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--load", type=float, nargs="+", default=[0.8], help="computing, as a share of the fleet's")
    parser.add_argument("--jobs-per-worker", type=int, default=40)
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="computing of a job on average")
    parser.add_argument("--failures", type=float, metavar="SECONDS", help="between failures of one worker")
    parser.add_argument("--recorded", type=Path, metavar="FILE", help="lines of {at, seconds, needs, owner}")
    parser.add_argument("--policies", nargs="+", choices=POLICIES, default=list(POLICIES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    rows: list[Figures] = []
    outcomes: dict[str, Outcome] = {}
    for workers in options.workers:
        for load in options.load:
            for name in options.policies:
                outcomes[name] = simulate(options, workers, load, name)
                rows.append(figures(outcomes[name], workers, load, name))
                print(f"{workers} workers, load {load}, {name}: done", file=sys.stderr)
    print(table(rows))
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        along = "load" if len(options.load) > 1 else "workers"
        plot(rows, outcomes, along, options.out / f"{along}.png")


def simulate(options: argparse.Namespace, workers: int, load: float, policy: str) -> Outcome:
    """One case; the same fleet, jobs and failures for each policy."""
    fleet = fleet_of(workers, options.seed)
    demand = Demand(
        jobs=max(workers * options.jobs_per_worker, 400), load=load, models=options.models, seconds=options.seconds
    )
    world = World(POLICIES[policy](), fleet, Failures(options.failures), seed=options.seed)
    arrivals = recorded(options.recorded) if options.recorded else demand.arrivals(fleet, options.seed)
    return world.run(arrivals)


if __name__ == "__main__":
    main()
