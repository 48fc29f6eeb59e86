"""`/api/v1/openapi.json` and `/api/v1/docs`: the API, described for programs and for people."""

from __future__ import annotations

import asyncio
import html
import importlib.metadata
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from server.answers import json_answer
from server.handlers.page import PROTECTION
from server.keys import ROUTES, SETTINGS
from server.openapi import document, operation


@operation(answer=dict)
async def description(request: web.Request) -> web.Response:
    """The API in OpenAPI 3.1."""
    return json_answer(await _described(request))


@operation(media="text/html")
async def page(request: web.Request) -> web.Response:
    """The same as a page to read."""
    text = "".join(_page(await _described(request)))
    return web.Response(text=text, content_type="text/html", headers=PROTECTION)


async def _described(request: web.Request) -> dict[str, Any]:
    routes, token = request.app[ROUTES], bool(request.app[SETTINGS].token)
    return await asyncio.to_thread(document, routes, importlib.metadata.version("graphcore"), token=token)


def _page(api: dict[str, Any]) -> Iterator[str]:
    title = f"{api['info']['title']} API"
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    yield f"<h1>{title}</h1>"
    yield '<p>For programs: <a href="/api/v1/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>'
    for path, methods in api["paths"].items():
        for method, facts in methods.items():
            yield from _operation(path, method, facts)
    yield "<h2>Documents</h2>"
    for name, schema in sorted(api["components"]["schemas"].items()):
        yield f'<h3 id="{name}">{name}</h3><p>{_text(schema.get("description", ""))}</p><ul>'
        for field, kind in schema.get("properties", {}).items():
            mark = "" if field in schema.get("required", ()) else " (optional)"
            yield f"<li><code>{_text(field)}</code>{mark}: {_kind(kind)}</li>"
        yield "</ul>"


def _operation(path: str, method: str, facts: dict[str, Any]) -> Iterator[str]:
    yield f"<h2><b>{method.upper()}</b> <code>{_text(path)}</code></h2><p>{_text(facts['summary'])}</p>"
    if "description" in facts:
        yield f"<p>{_text(facts['description'])}</p>"
    if "requestBody" in facts:
        (content,) = facts["requestBody"]["content"].values()
        yield f"<p>Takes {_kind(content['schema'])}.</p>"
    for parameter in facts["parameters"]:
        if parameter["in"] != "path":
            yield f"<p><code>{_text(parameter['name'])}</code>: {_text(parameter['description'])}</p>"
    status, answer = next(iter(facts["responses"].items()))
    ((media, content),) = answer["content"].items()
    shown = _kind(content["schema"]) if media == "application/json" else _text(media)
    yield f"<p>Answers {status} with {shown}; else {', '.join(list(facts['responses'])[1:])}.</p>"


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return _text(str(schema.get("type", "anything")))


def _text(text: str) -> str:
    return html.escape(" ".join(text.split()))


STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#e6e8ec;"
    "background:#17181c}a{color:#5b9dff}h2{margin-top:2rem;font-size:1rem}h3{font-size:.95rem}b{color:#9aa0aa}"
    "code{background:#2a2d34;padding:.1em .3em;border-radius:3px}p,ul{margin:.3rem 0}"
)
