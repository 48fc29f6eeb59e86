"""What servers over one PostgreSQL tell each other: events as rows, with NOTIFY to say that there are some.

Each server writes its events in their order, over one connection. So a reader that remembers, for every other server,
the last row it has read misses none, though the transactions of different servers end in any order. The rows of the
last minutes stay: a server that starts, or comes back to the database, reads what it has missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import queue
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from server.events import PASSING, RING, Event
from server.workers.frames import dump

if TYPE_CHECKING:
    import psycopg

    Session = Callable[[psycopg.Connection[Any], asyncio.AbstractEventLoop], None]

CHANNEL = "graphcore"
BATCH = 500  # events a transaction
WAITING = 100_000  # events that may wait for a database that is away; what only shows progress is left out beyond
KEPT = "10 minutes"
SEEN = "15 seconds"  # what only shows progress
LOOK = 5.0  # seconds between sweeps of a server that has nothing to tell
PAUSE = 0.5  # seconds before a lost connection is tried again
COLUMNS = "number, job, owner, client, type, data, image, everybody"
INSERT = f"INSERT INTO events (server, told_at, {COLUMNS}) VALUES (%s, now(), {', '.join(['%s'] * 8)})"
NEWS = f"SELECT seq, {COLUMNS} FROM events WHERE server = %s AND seq > %s ORDER BY seq"
RECENT = f"SELECT {COLUMNS} FROM events WHERE type <> ALL(%s) ORDER BY number DESC LIMIT {RING}"
NOTIFY = "SELECT pg_notify(%s, %s)"
PRUNE = f"""DELETE FROM events WHERE told_at < now() - interval '{KEPT}'
    OR (type = ANY(%s) AND told_at < now() - interval '{SEEN}')"""
log = logging.getLogger(__name__)
Hear = Callable[[Sequence[Event]], None]


class Exchange:
    """One server's place among others. `hear` is given what others told, in the event loop's thread."""

    def __init__(self, url: URL, hear: Hear):
        self.server = uuid.uuid4().hex
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._hear = hear
        self._told: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._batch: list[Event] = []  # of what is being written
        self._read: dict[str, int] = {}  # server -> the last of its rows that was read
        self._closing = False
        self._threads: list[threading.Thread] = []

    async def open(self) -> list[Event]:
        """Begin to listen; gives the events of the last minutes, oldest first."""
        loop = asyncio.get_running_loop()
        recent = await loop.run_in_executor(None, self._begin)
        for session in (self._speak, self._listen):
            thread = threading.Thread(target=self._keep, args=(session, loop), name="graphcore-exchange", daemon=True)
            thread.start()
            self._threads.append(thread)
        return recent

    def tell(self, event: Event) -> None:
        """Have other servers hear of an event."""
        if event.type not in PASSING or self._told.qsize() < WAITING:
            self._told.put(event)

    def close(self) -> None:
        """Tell what waits to be told, and end; a database that is away is not waited for. Blocks."""
        self._closing = True
        self._told.put(None)
        for thread in self._threads:
            thread.join(LOOK)

    def _begin(self) -> list[Event]:
        with self._connect() as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")  # the rows and their ends, as of one moment
            self._read = dict(connection.execute("SELECT server, max(seq) FROM events GROUP BY server").fetchall())
            rows = connection.execute(RECENT, (list(PASSING),)).fetchall()
            connection.execute("COMMIT")
        return [_event(*row) for row in reversed(rows)]

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg

        return psycopg.connect(self._dsn, autocommit=True, connect_timeout=10)

    def _keep(self, session: Session, loop: asyncio.AbstractEventLoop) -> None:
        """Hold a session until this server goes, with a new connection whenever one is lost."""
        import psycopg

        while not self._closing:
            try:
                with self._connect() as connection:
                    session(connection, loop)
            except psycopg.Error as error:
                log.error("Other servers cannot be reached over the database, which is tried again: %s", error)
                threading.Event().wait(PAUSE)

    # -- telling -----------------------------------------------------------------------------------------------------

    def _speak(self, connection: psycopg.Connection[Any], _: asyncio.AbstractEventLoop) -> None:
        """Write events, each batch again until it is written; sweep when there is time."""
        connection.execute("SET synchronous_commit = off")  # what must last is stored with its job
        while True:
            while self._gather():
                self._write(connection)
            connection.execute(PRUNE, (list(PASSING),))
            if self._closing:
                connection.execute(NOTIFY, (CHANNEL, self.server))  # ends the listening too
                return

    def _gather(self) -> bool:
        """Wait for events, and take all there are; False if there was none for a while, or will be none."""
        patience = 0.0 if self._closing else LOOK
        with contextlib.suppress(queue.Empty):
            while len(self._batch) < BATCH:
                event = self._told.get_nowait() if self._batch else self._told.get(timeout=patience)
                if event is None:
                    break
                self._batch.append(event)
        return bool(self._batch)

    def _write(self, connection: psycopg.Connection[Any]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(INSERT, [(self.server, *_row(event)) for event in self._batch])
            cursor.execute(NOTIFY, (CHANNEL, self.server))
        self._batch.clear()

    # -- hearing -----------------------------------------------------------------------------------------------------

    def _listen(self, connection: psycopg.Connection[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Read what others wrote whenever they say so; first of all what was missed."""
        connection.execute(f"LISTEN {CHANNEL}")
        told = {row[0] for row in connection.execute("SELECT DISTINCT server FROM events").fetchall()}
        while not self._closing:
            for server in told - {self.server}:
                self._news(connection, server, loop)
            told = {notice.payload for notice in connection.notifies(stop_after=1)}

    def _news(self, connection: psycopg.Connection[Any], server: str, loop: asyncio.AbstractEventLoop) -> None:
        rows = connection.execute(NEWS, (server, self._read.get(server, 0))).fetchall()
        if rows:
            self._read[server] = rows[-1][0]
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(self._hear, [_event(*row[1:]) for row in rows])


def _row(event: Event) -> tuple[Any, ...]:
    client = None if event.client is None else _text(event.client)
    return (
        *(event.number, event.job, event.owner, client, _text(event.type)),
        *(dump(event.data), event.image, event.everybody),
    )


def _text(text: str) -> str:
    """What packs say, as a database takes it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _event(number: int, job: Any, owner: str, client: Any, type: str, data: str, image: Any, everybody: bool) -> Event:
    picture = None if image is None else bytes(image)
    return Event(number, job, owner, client, type, json.loads(data), picture, everybody)
