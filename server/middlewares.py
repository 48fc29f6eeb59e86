"""What is done with every answer: failures become sentences, and caches are told what they may keep."""

from __future__ import annotations

import logging
import time

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from graphcore.errors import GraphcoreError, UserError
from server.answers import NotThere, error_answer
from server.handlers.asking import HEADER, REMEMBERED
from server.keys import METRICS, SETTINGS, USERS
from server.security import Handler
from server.sharing.store import StoreFailed
from server.users import UnknownUser
from server.workers.protocol import WorkerUnavailable

IMAGES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
KEPT = frozenset({200, 201, 202, 203, 204, 205, 206, 301, 308})
MOVED = frozenset({302, 303, 307})
DAY, HOUR = "public, max-age=86400", "public, max-age=3600"
RETRY = 2  # seconds
OWN_API = "/api/v1/"  # where failures are JSON, whatever they are
log = logging.getLogger(__name__)


@web.middleware
async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request; those that stay open are counted at their end, without their time."""
    began = time.perf_counter()
    response = await handler(request)
    seconds = 0.0 if response.prepared else time.perf_counter() - began
    request.app[METRICS].answered(request.method, response.status, seconds)
    return response


@web.middleware
async def explain_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn exceptions into answers. What is not ours is logged with its traceback, and told without it."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if request.path.startswith(OWN_API) and error.status >= 400:
            return error_answer(error.status, error.reason.lower().replace(" ", "_"), error.text or error.reason)
        headers = {name: value for name, value in error.headers.items() if not name.lower().startswith("content-")}
        return web.Response(status=error.status, text=error.text, headers=headers)
    except NotThere as error:
        return error_answer(404, "not_found", str(error))
    except UnknownUser as error:
        return error_answer(401, "unknown_user", str(error))
    except StoreFailed as error:
        log.error("%s", error)
        return error_answer(503, "files_failed", str(error), RETRY)
    except UserError as error:
        return error_answer(400, "invalid_request", str(error))
    except web.RequestPayloadError:
        return error_answer(
            400, "invalid_request", "The body is not what its headers say: Content-Encoding, or length."
        )
    except WorkerUnavailable as error:
        return error_answer(503, "no_worker", str(error), RETRY)
    except SQLAlchemyError as error:
        log.error("The job store cannot be used: %s", error)
        return error_answer(503, "store_failed", "The job store cannot be used now; the server's log says why.", RETRY)
    except GraphcoreError as error:
        return error_answer(500, "failed", str(error))
    except OSError as error:
        log.error("%s %s: %s", request.method, request.path, error)
        return error_answer(507, "file_error", f"A file could not be read or written: {error.strerror}.")
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return error_answer(500, "internal_error", "The server made a mistake; its log says more.")


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress JSON and text, if it is set so and the client takes that."""
    response = await handler(request)
    if request.app[SETTINGS].compress and isinstance(response, web.Response) and is_text(response.content_type):
        response.enable_compression()
    return response


@web.middleware
async def remember_user(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep who asks in a cookie, where a header says so: pages cannot send it for pictures and sockets."""
    response = await handler(request)
    name = request.headers.get(HEADER)
    if name and not response.prepared and request.cookies.get(REMEMBERED) != name:
        users = request.app[USERS]
        if users.several and name in users.names():
            response.set_cookie(REMEMBERED, name, httponly=True, samesite="Strict")
    return response


def is_text(kind: str) -> bool:
    """Whether a content type is JSON or text."""
    return kind == "application/json" or kind.startswith("text/")


@web.middleware
async def control_caches(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add `Cache-Control` where the handler has not."""
    response = await handler(request)
    if not response.prepared and "Cache-Control" not in response.headers:
        value = cache_control(request.path, response.status)
        if value is not None:
            response.headers["Cache-Control"] = value
    return response


def cache_control(path: str, status: int) -> str | None:
    """What caches may do with an answer, by the end of its path."""
    name = path.rpartition("/")[2].lower()
    if name.endswith((".js", ".css")) or (name.startswith("index") and name.endswith(".json")):
        return "no-cache"
    if not name.endswith(IMAGES):
        return None
    if status == 404:
        return HOUR
    return DAY if status in KEPT else "no-cache" if status in MOVED else None
