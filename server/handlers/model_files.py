"""`/api/v1/models`: model files by kind, with their pictures and what their headers say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote, urlencode

from aiohttp import web

from graphcore.errors import ModelError
from graphcore.folders import Folders
from server import models, pictures
from server.answers import NotThere, json_answer
from server.documents import ModelFile, ModelFiles, ModelKinds, ModelMetadata
from server.keys import SETTINGS, STORAGE
from server.openapi import operation, text

T = TypeVar("T")
NAME = text("name", "The name of the file, as nodes take it.")


@operation(answer=ModelKinds)
async def kinds(request: web.Request) -> web.Response:
    """The kinds of model files."""
    folders = request.app[STORAGE].folders
    found = [{"kind": kind, "folders": [str(root) for root in folders.roots(kind)]} for kind in models.kinds(folders)]
    return json_answer({"kinds": found})


@operation(answer=ModelFiles, refusals=(404,))
async def names(request: web.Request) -> web.Response:
    """The files of a kind."""
    kind = request.match_info["kind"]
    return json_answer({"models": await _known(kind, lambda: _files(request.app[STORAGE].folders, kind))})


@operation(answer=ModelMetadata, parameters=(NAME,), refusals=(400, 404))
async def metadata(request: web.Request) -> web.Response:
    """What the header of a model file says of itself."""
    folders, kind, name = request.app[STORAGE].folders, request.match_info["kind"], request.query.get("name", "")
    found = await _known(kind, lambda: models.header_texts(folders.find(kind, name)))
    return json_answer({"metadata": found or {}})


@operation(parameters=(NAME,), refusals=(400, 404), media="image/webp")
async def preview(request: web.Request) -> web.Response:
    """The picture of a model: one that lies beside it, or one that its header carries."""
    folders, kind, name = request.app[STORAGE].folders, request.match_info["kind"], request.query.get("name", "")
    found = await _known(kind, lambda: models.picture_of(folders, kind, name))
    if found is None:
        raise NotThere(f"There is no picture of '{name}'.")
    body = await asyncio.to_thread(pictures.cover, found, request.app[SETTINGS].max_pixels)
    return web.Response(body=body, content_type="image/webp", headers={"Cache-Control": "no-cache"})


async def _known(kind: str, work: Callable[[], T]) -> T:
    """What `work` finds, beside the event loop. NotThere for an unknown kind or file."""
    if kind in models.HIDDEN_KINDS:
        raise NotThere(f"There is no kind of models called '{kind}'.")
    try:
        return await asyncio.to_thread(work)
    except KeyError:
        raise NotThere(f"There is no kind of models called '{kind}'.") from None
    except ModelError as error:
        raise NotThere(str(error)) from None


def _files(folders: Folders, kind: str) -> list[ModelFile]:
    found: dict[str, ModelFile] = {}
    for entry in models.details(folders, kind):
        name = entry["name"]
        if name not in found:  # the first folder that has it wins, as for nodes
            has_picture = models.sidecar(folders.roots(kind)[entry["pathIndex"]] / name) is not None
            url = f"/api/v1/models/{quote(kind, safe='')}/preview?{urlencode({'name': name})}"
            found[name] = ModelFile(
                name=name, size=entry["size"], modified=entry["modified"], preview=url if has_picture else None
            )
    return [found[name] for name in sorted(found)]
