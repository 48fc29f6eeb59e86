"""Which devices there are, found without torch: the server, which has to know how many workers to start, has none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphcore.errors import UserError

AUTO, CPU, CUDA = "auto", "cpu", "cuda"
VISIBLE = "CUDA_VISIBLE_DEVICES"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Device:
    """What one worker computes on. `environment`: what has its process see this device and no other."""

    name: str
    environment: Mapping[str, str]


def devices_of(wanted: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[Device]:
    """A device for each worker. `auto`: every visible CUDA device, else whatever the runtime finds by itself.

    Others are named: `cpu`, or `cuda:0`; a name may come twice. UserError for what is neither.
    """
    known = _cuda(environment)
    if list(wanted) in ([], [AUTO]):
        if len(known) < 2:
            return [Device("default", {})]
        wanted = [f"{CUDA}:{index}" for index in range(len(known))]
    return [_device(name, known, _share(wanted.count(CPU), environment)) for name in wanted]


def _device(name: str, known: Sequence[str], threads: Mapping[str, str]) -> Device:
    if name == CPU:
        return Device(name, {VISIBLE: "", **threads})
    kind, _, index = name.partition(":")
    if kind != CUDA or not index.isdecimal():
        raise UserError(f"'{name}' is no device; use auto, cpu, or cuda:0 and so on.")
    if int(index) >= len(known):
        raise UserError(f"There is no {name}: {len(known)} CUDA devices are visible, counted from 0.")
    return Device(name, {VISIBLE: known[int(index)]})


def _share(workers: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Threads for each of several CPU workers, so that together they use every core once."""
    if workers < 2 or any(name in environment for name in THREADS):
        return {}
    return dict.fromkeys(THREADS, str(max((os.cpu_count() or 1) // workers, 1)))


def _cuda(environment: Mapping[str, str]) -> list[str]:
    """The CUDA devices, as CUDA_VISIBLE_DEVICES names them."""
    chosen = environment.get(VISIBLE)
    if chosen is not None:
        return [name.strip() for name in chosen.split(",") if name.strip() not in ("", "-1")]
    return [str(index) for index in range(_count())]


def _count() -> int:
    if sys.platform == "linux":  # a container has the nodes of the devices that it was given
        return sum(1 for path in Path("/dev").glob("nvidia*") if path.name.removeprefix("nvidia").isdecimal())
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    try:
        told = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in told.splitlines())
