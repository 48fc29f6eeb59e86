"""Workers on Ray: it places and supervises the actors; the rest is as on one machine. Only this file imports ray."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphcore.errors import UserError
from graphcore.extras import install
from server.workers.actor import THREADS, ActorProcess, Pipes
from server.workers.process import ROOT
from server.workers.settings import WorkerSettings

LOCAL = "ray"  # the address that means: start one on this machine
STORE = 80 << 20  # bytes of a local object store: what passes through is small, and lives short
PATIENCE = 120_000  # milliseconds for the parts of a local Ray to start; on a busy machine its default is too short
log = logging.getLogger(__name__)


class Cluster:
    """A Ray, started on this machine (`ray`) or joined (`ray://HOST:PORT`); there is one a process.

    `workers`: how many a local one must have room for. Each gets a share of the processors, or a GPU where there are.
    """

    def __init__(self, address: str, workers: int):
        if address != LOCAL and not address.startswith("ray://"):
            raise UserError(f"'{address}' is no place for workers; use ray, or ray://HOST:PORT.")
        if importlib.util.find_spec("ray") is None:
            raise UserError(f"Workers on Ray need it: {install('cluster')}.")
        self._address, self._workers = address, workers
        self._kind: Any = None  # of actor; there is one while a Ray is joined
        self._joining = threading.Lock()

    async def spawn(self, settings: WorkerSettings) -> ActorProcess:
        """Start a worker process where there is room, waiting until there is. Raises OSError."""
        told = replace(settings, environment={**_threads(), **settings.environment})
        return await ActorProcess.spawn(await asyncio.to_thread(self._actor), told)

    def _actor(self) -> RayPipes:
        self.join()
        try:
            return RayPipes(self._kind.remote())
        except Exception as error:
            self.close()  # whatever became of it, the next try joins anew
            raise OSError(f"Ray at {self._address} takes no workers: {error}") from error

    def join(self) -> None:
        """Start or join the Ray, unless that is done; takes seconds. Raises OSError.

        A Ray that is started ends with the thread that did it, as the system ends its processes then.
        """
        with self._joining:
            if self._kind is None:
                self._join()

    def close(self) -> None:
        """Leave; a Ray that was started here ends."""
        if self._kind is not None:
            self._kind = None
            _ray().shutdown()

    def _join(self) -> None:
        ray = _ray()
        options: dict[str, Any] = {"log_to_driver": True, "logging_level": logging.ERROR, "namespace": "graphcore"}
        if self._address == LOCAL:
            options |= {
                "address": "local",  # not one that somebody else started here
                "num_cpus": self._workers * self._share(),
                "include_dashboard": False,
                "object_store_memory": STORE,
                "_system_config": {"agent_register_timeout_ms": PATIENCE},
            }
        else:
            options["address"] = self._address
        try:
            ray.init(**options)
        except (OSError, RuntimeError, ValueError) as error:
            raise OSError(f"Ray at {self._address} cannot be reached: {error}") from error
        gpus = 1 if ray.cluster_resources().get("GPU") else 0
        cpus = self._share() if self._address == LOCAL else 1
        # a lost actor is not restarted behind our back: its worker starts the next one, and its job is counted
        self._kind = ray.remote(num_cpus=cpus, num_gpus=gpus, max_restarts=0, max_task_retries=0)(Pipes)

    def _share(self) -> int:
        """Processors of a worker on this machine."""
        return max(1, (os.cpu_count() or 1) // self._workers)


class RayPipes:
    """`Pipes` on Ray, see `actor.Remote`."""

    def __init__(self, actor: Any):
        self._actor = actor

    async def start(self, settings: Mapping[str, Any]) -> int:
        """Start the process; its id."""
        return int(await _answer(self._actor.start.remote(dict(settings))))

    async def write(self, data: bytes) -> None:
        """Write to the process."""
        await _answer(self._actor.write.remote(data))

    async def read(self) -> tuple[bytes | None, bool]:
        """What the process wrote."""
        data, computed = await _answer(self._actor.read.remote())
        return data, computed

    async def end(self, verdict: str) -> str:
        """End the process."""
        return str(await _answer(self._actor.end.remote(verdict)))

    async def discard(self) -> None:
        """Kill the actor. Where there is no way to it, it ends by itself (`actor.ORPHANED`)."""
        try:
            await asyncio.to_thread(_ray().kill, self._actor)
        except Exception as error:  # noqa: BLE001 - see above; a worker must go on with the next actor
            log.info("An actor could not be ended: %s", error)


async def _answer(reference: Any) -> Any:
    """What a call gives. Who waits may be cancelled, the reference must not: Ray 2.60 would lose its connection."""

    async def waited() -> Any:
        return await reference

    answer = asyncio.ensure_future(waited())
    answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # who gave up waiting need not hear it
    return await asyncio.shield(answer)


def _threads() -> dict[str, str]:
    """As many threads as a process of this server has: their number decides how sums are rounded, pictures included."""
    return {name: value for name in [THREADS] if (value := os.environ.get(name))}


def _token_known() -> bool:
    """Whether there is a token of Ray's own authentication, where Ray looks for it."""
    named = any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    return named or (Path.home() / ".ray" / "auth_token").is_file()


def _ray() -> Any:
    """The library, told to keep to itself: no usage reports, and on this machine the loopback address alone."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")  # it takes SIGTERM for a crash
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    if _token_known():  # a client shows it only when it is told to, and waits for ever where it is asked for
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    path = os.environ.get("PYTHONPATH", "")
    if str(ROOT) not in path.split(os.pathsep):  # actors import this package, wherever it was started from
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), path]))
    import ray

    return ray
