"""The serving process: sockets open first, then jobs; gone in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
import sys

from aiohttp import web

from graphcore.errors import UserError
from server.app import make_app
from server.keys import QUEUE
from server.settings import ServerSettings

CLOSING = 1.0  # seconds that open connections get when the server stops


def run(settings: ServerSettings) -> None:
    """Serve until SIGINT or SIGTERM; a second one stops at once."""
    asyncio.run(_serve(settings))


async def _serve(settings: ServerSettings) -> None:
    context = tls_context(settings)
    patience = settings.body_seconds  # for who opens a connection, and then says nothing, or half a request
    runner = web.AppRunner(make_app(settings), access_log=None, shutdown_timeout=CLOSING, keepalive_timeout=patience)
    stop = asyncio.Event()
    _on_signals(stop)
    await runner.setup()
    try:
        for host in settings.listen:
            try:
                await web.TCPSite(runner, host, settings.port, ssl_context=context, reuse_address=True).start()
            except OSError as error:
                raise UserError(
                    f"Port {settings.port} of {host} cannot be used: {error.strerror}. Try --port."
                ) from None
        _announce(runner, settings)
        await stop.wait()
        if settings.drain:  # while clients are still answered, and can follow what goes on
            await runner.app[QUEUE].drain()
    finally:
        await runner.cleanup()


def tls_context(settings: ServerSettings) -> ssl.SSLContext | None:
    """What speaks https; None for http. UserError for files that hold no certificate with its key."""
    if not settings.tls_certfile:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certfile, settings.tls_keyfile or None, password=lambda: b"")
    except OSError as error:  # ssl.SSLError is one
        files = ", ".join(filter(None, (settings.tls_certfile, settings.tls_keyfile)))
        raise UserError(
            f"A certificate and its key cannot be read from {files}: {error.strerror or error}."
            " Check --tls-certfile and --tls-keyfile; the key must need no password."
        ) from None
    return context


def _announce(runner: web.AppRunner, settings: ServerSettings) -> None:
    """Say where the server is; one who cannot be told is served all the same."""
    scheme = "https" if settings.tls_certfile else "http"
    with contextlib.suppress(OSError):
        for address in runner.addresses:
            host, port = address[:2]
            print(f"Graphcore serves on {scheme}://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
        if settings.generate_token:
            file = settings.token_file or settings.state / "token"
            print(
                f"The token is in {file}; open {scheme}://HOST:PORT/?token=... once to sign a browser in.",
                file=sys.stderr,
            )


def _on_signals(stop: asyncio.Event) -> None:
    """Have the first signal ask for an end, and the next one mean it."""
    loop = asyncio.get_running_loop()

    def ask(number: signal.Signals) -> None:
        if stop.is_set():
            sys.exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # where the loop has no signals Ctrl-C raises
            loop.add_signal_handler(number, ask, number)
