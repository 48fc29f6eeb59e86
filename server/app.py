"""The application: what it holds while it lives, and in what order that comes and goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout, web

from graphcore.scratch import Scratch
from server.accounts import Accounts
from server.jobs.policy import Policy
from server.jobs.queue import JobQueue
from server.jobs.store import JobStore
from server.keys import FORWARD, LOGS, METRICS, QUEUE, SETTINGS, SOCKETS, STORAGE, USERS
from server.logs import Entry, LogRing, log_event
from server.metrics import Metrics
from server.middlewares import compress, control_caches, count, explain_failures, remember_user
from server.routes import RESERVED, add_routes
from server.security import Guard, guarding
from server.settings import ServerSettings
from server.sharing.storage import SharedStorage
from server.sharing.store import FileStore
from server.sockets import Sockets
from server.storage import Storage
from server.users import Users
from server.visits import Visits
from server.workers.catalogues import CatalogueFile
from server.workers.cluster import Cluster
from server.workers.devices import devices_of
from server.workers.local import LocalWorker
from server.workers.protocol import Worker
from server.workers.sharing import mirror_of

OVERHEAD = 2**20  # bytes that a form takes beside its file


def make_app(settings: ServerSettings, workers: Sequence[Worker] | None = None) -> web.Application:
    """The whole server as an application. Raises UserError for settings that must not be served.

    `workers`: what runs jobs; without them, those that the settings name: by default a process of this machine for
    each device.
    """
    settings = settings.checked()
    guard = Guard(settings, Accounts(settings.accounts_file), RESERVED)
    visits = Visits(guard.may_stay)
    app = web.Application(
        middlewares=[count, guarding(guard, visits), remember_user, compress, control_caches, explain_failures],
        client_max_size=settings.max_upload + OVERHEAD,
    )
    app[SETTINGS] = settings
    app[STORAGE] = make_storage(settings)
    folders = app[STORAGE].folders
    app[SOCKETS] = Sockets(rough_for_all=settings.preview_method != "")
    app[USERS] = Users(folders.user, several=settings.multi_user)
    app[LOGS] = LogRing()
    app[METRICS] = Metrics()
    cluster = Cluster(settings.workers, settings.max_workers) if settings.workers else None
    app[QUEUE] = make_queue(settings, make_workers(settings, cluster) if workers is None else workers)
    add_routes(app)
    app.cleanup_ctx.extend([log_lines, uploads, jobs, forwarding, visits.watched])
    if cluster is not None:
        app.on_cleanup.append(lambda _: asyncio.to_thread(cluster.close))  # when all workers have ended
    app.on_shutdown.append(close_sockets)
    return app


def make_storage(settings: ServerSettings) -> Storage:
    """Where files are: in folders, or in a store of which this process has copies. UserError for what is no store."""
    if not settings.files:
        return Storage(settings.folders())
    store = FileStore(settings.worker().files)
    copies = Scratch("files")
    folders = settings.worker().with_areas_below(Path(copies.name)).folders()
    return SharedStorage(folders, mirror_of(store, folders), copies=copies)


def make_workers(settings: ServerSettings, cluster: Cluster | None) -> list[Worker]:
    """Workers that are not begun: of a cluster, else one for each device. UserError for a device that there is not."""
    kept = CatalogueFile(settings.state / "catalogues")
    if cluster is not None:
        return [
            LocalWorker(settings.worker(), id=f"ray-{index}", catalogues=kept, spawn=cluster.spawn)
            for index in range(settings.max_workers)
        ]
    told = settings.worker()
    return [
        LocalWorker(
            replace(told, environment={**told.environment, **device.environment}),
            id=f"local-{index}",
            device=device.name,
            catalogues=kept,
        )
        for index, device in enumerate(devices_of(settings.devices))
    ]


def make_queue(settings: ServerSettings, workers: Sequence[Worker]) -> JobQueue:
    """The queue and its store."""
    settings.state.mkdir(parents=True, exist_ok=True)
    policy = Policy(capacity=settings.max_queue, history=settings.max_history)
    return JobQueue(JobStore(settings.database_url), workers, policy, settings.min_workers)


async def log_lines(app: web.Application) -> AsyncIterator[None]:
    """Keep log lines, and send them to the sockets that ask for them."""
    loop, ring, sockets = asyncio.get_running_loop(), app[LOGS], app[SOCKETS]

    def tell(entry: Entry) -> None:
        loop.call_soon_threadsafe(sockets.tell_log, entry)

    ring.listener = tell
    logging.getLogger().addHandler(ring)
    yield
    logging.getLogger().removeHandler(ring)


async def uploads(app: web.Application) -> AsyncIterator[None]:
    """See that files can be kept, and sweep up what interrupted uploads left."""
    await asyncio.to_thread(app[STORAGE].open)
    yield
    await asyncio.to_thread(app[STORAGE].close)


async def jobs(app: web.Application) -> AsyncIterator[None]:
    """Run jobs, and tell sockets of them."""
    queue, settings = app[QUEUE], app[SETTINGS]
    await queue.start()
    unsubscribe = [queue.subscribe(listener) for listener in (app[SOCKETS].tell, app[METRICS].tell, log_event)]
    yield
    await queue.stop(grace=settings.grace)
    for end in unsubscribe:
        end()


async def forwarding(app: web.Application) -> AsyncIterator[None]:
    """A client for the handlers of packs, which decide themselves how long they take."""
    async with ClientSession(timeout=ClientTimeout(total=None), auto_decompress=False) as session:
        app[FORWARD] = session
        yield


async def close_sockets(app: web.Application) -> None:
    """Tell clients that the server goes."""
    await app[SOCKETS].close()
