"""`/system_stats`: versions, memory, devices."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from server.answers import json_answer
from server.keys import QUEUE
from server.workers.protocol import WorkerUnavailable

COMPATIBLE = "0.3.64"  # the version of the field's server whose API this one has; clients compare it
FRONTEND, TEMPLATES = "1.27.10", "0.1.94"
PATIENCE = 30.0  # seconds for a worker to say what it runs on; the first time it loads libraries


async def show(request: web.Request) -> web.Response:
    """What clients ask first, to see whether anybody is there."""
    try:
        about = await asyncio.wait_for(request.app[QUEUE].about(), PATIENCE)
    except (WorkerUnavailable, TimeoutError):
        about = {}
    total, free = memory()
    return json_answer({"system": _system(about, total, free), "devices": about.get("devices") or [_cpu(total, free)]})


def _system(about: Mapping[str, Any], total: int, free: int) -> dict[str, Any]:
    return {
        "os": os.name,
        "ram_total": total,
        "ram_free": free,
        "comfyui_version": COMPATIBLE,
        "required_frontend_version": FRONTEND,
        "installed_templates_version": TEMPLATES,
        "required_templates_version": TEMPLATES,
        "python_version": about.get("python_version") or platform.python_version(),
        "pytorch_version": about.get("pytorch_version") or "",
        "embedded_python": False,
        "argv": ["graphcore", "serve"],  # not the real ones, which may hold a token
    }


def _cpu(total: int, free: int) -> dict[str, Any]:
    vram = {"vram_total": total, "vram_free": free, "torch_vram_total": total, "torch_vram_free": free}
    return {"name": "cpu", "type": "cpu", "index": None, **vram}


def memory() -> tuple[int, int]:
    """Bytes of main memory: all, and free; zeros where the system does not say."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0, 0
