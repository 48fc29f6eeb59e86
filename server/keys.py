"""What handlers find in the application, and what the guard has found out about a request."""

from __future__ import annotations

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from server.jobs.queue import JobQueue
from server.logs import LogRing
from server.metrics import Metrics
from server.settings import ServerSettings
from server.sockets import Sockets
from server.storage import Storage
from server.users import Users

SETTINGS = web.AppKey("settings", ServerSettings)
QUEUE = web.AppKey("queue", JobQueue)
STORAGE = web.AppKey("storage", Storage)
SOCKETS = web.AppKey("sockets", Sockets)
USERS = web.AppKey("users", Users)
FORWARD = web.AppKey("forward", aiohttp.ClientSession)  # to handlers of packs
METRICS = web.AppKey("metrics", Metrics)
LOGS = web.AppKey("logs", LogRing)
ROUTES = web.AppKey("routes", list[tuple[str, str, Handler]])
