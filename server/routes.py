"""The URL table, and nothing else. Every route is there twice, plain and below /api; those of ONCE are not."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web
from aiohttp.typedefs import Handler

from server.handlers import (
    api,
    assets,
    blueprints,
    events,
    extensions,
    features,
    field_jobs,
    health,
    history,
    internal,
    interrupt,
    jobs,
    model_files,
    models,
    node_replacements,
    nodes,
    object_info,
    outputs,
    packs,
    page,
    prompt,
    queue,
    queue_state,
    settings,
    system_stats,
    upload,
    userdata,
    users,
    view,
    workflows,
    ws,
)
from server.keys import ROUTES as ALL

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/ws", ws.connect),
    ("GET", "/prompt", prompt.remaining),
    ("POST", "/prompt", prompt.submit),
    ("GET", "/queue", queue.show),
    ("POST", "/queue", queue.change),
    ("POST", "/interrupt", interrupt.interrupt),
    ("POST", "/free", queue.free),
    ("GET", "/history", history.show),
    ("POST", "/history", history.change),
    ("GET", "/history/{id}", history.show_one),
    ("GET", "/jobs", field_jobs.list_jobs),
    ("POST", "/jobs/cancel", field_jobs.cancel_some),
    ("GET", "/jobs/{id}", field_jobs.show),
    ("POST", "/jobs/{id}/cancel", field_jobs.cancel),
    ("GET", "/object_info", object_info.show),
    ("GET", "/object_info/{name}", object_info.show_one),
    ("GET", "/view", view.show),
    ("GET", "/view_metadata/{folder}", models.metadata),
    ("POST", "/upload/image", upload.image),
    ("POST", "/upload/mask", upload.mask),
    ("GET", "/embeddings", models.embeddings),
    ("GET", "/models", models.kinds),
    ("GET", "/models/{folder}", models.names),
    ("GET", "/experiment/models", models.browse),
    ("GET", "/experiment/models/{folder}", models.browse_kind),
    ("GET", "/experiment/models/preview/{folder}/{index}/{filename:.*}", models.preview),
    ("GET", "/system_stats", system_stats.show),
    ("GET", "/features", features.show),
    ("GET", "/extensions", extensions.show),
    ("GET", "/i18n", extensions.translations),
    ("GET", "/workflow_templates", extensions.templates),
    ("GET", "/global_subgraphs", blueprints.show),
    ("GET", "/global_subgraphs/{id}", blueprints.show_one),
    ("GET", "/node_replacements", node_replacements.show),
    ("GET", "/users", users.show),
    ("POST", "/users", users.add),
    ("GET", "/settings", settings.show),
    ("POST", "/settings", settings.change),
    ("GET", "/settings/{id}", settings.show_one),
    ("POST", "/settings/{id}", settings.change_one),
    ("GET", "/userdata", userdata.list_files),
    ("GET", "/v2/userdata", userdata.list_tree),
    ("GET", "/userdata/{file}", userdata.read),
    ("POST", "/userdata/{file}", userdata.write),
    ("DELETE", "/userdata/{file}", userdata.delete),
    ("POST", "/userdata/{file}/move/{dest}", userdata.move),
    ("GET", "/health/live", health.live),
    ("GET", "/health/ready", health.ready),
    ("GET", "/metrics", health.metrics),
)
ONCE: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/api/v1/jobs", jobs.submit),
    ("GET", "/api/v1/jobs", jobs.list_jobs),
    ("GET", "/api/v1/jobs/{id}", jobs.show),
    ("GET", "/api/v1/queue", queue_state.show),
    ("POST", "/api/v1/queue/pause", queue_state.pause),
    ("POST", "/api/v1/queue/resume", queue_state.resume),
    ("POST", "/api/v1/jobs/{id}/cancel", jobs.cancel),
    ("POST", "/api/v1/jobs/{id}/retry", jobs.retry),
    ("POST", "/api/v1/jobs/{id}/reorder", jobs.reorder),
    ("POST", "/api/v1/jobs/{id}/pause", jobs.pause),
    ("POST", "/api/v1/jobs/{id}/resume", jobs.resume),
    ("GET", "/api/v1/jobs/{id}/events", events.of_job),
    ("GET", "/api/v1/events", events.stream),
    ("GET", "/api/v1/events/ws", events.socket),
    ("GET", "/api/v1/outputs", outputs.show),
    ("GET", "/api/v1/nodes", nodes.show),
    ("GET", "/api/v1/nodes/{name}", nodes.show_one),
    ("GET", "/api/v1/models", model_files.kinds),
    ("GET", "/api/v1/models/{kind}", model_files.names),
    ("GET", "/api/v1/models/{kind}/preview", model_files.preview),
    ("GET", "/api/v1/models/{kind}/metadata", model_files.metadata),
    ("GET", "/api/v1/packs", packs.show),
    ("GET", "/api/v1/openapi.json", api.description),
    ("GET", "/api/v1/docs", api.page),
    ("GET", "/api/v1/workflows", workflows.index),
    ("GET", "/api/v1/workflows/{source}/{name:.+}/picture", workflows.picture),
    ("GET", "/api/v1/workflows/{source}/{name:.+}", workflows.show),
    ("POST", "/api/v1/workflows/read", workflows.read),
    ("POST", "/api/v1/workflows/diff", workflows.diff),
    ("GET", "/internal/logs", internal.logs),
    ("GET", "/internal/logs/raw", internal.raw_logs),
    ("PATCH", "/internal/logs/subscribe", internal.subscribe),
    ("GET", "/internal/folder_paths", internal.folder_paths),
    ("GET", "/internal/files/{area}", internal.files),
    ("GET", "/api/workflow_templates/{pack}/{file:.+}", extensions.template),
    *((method, "/api/assets", assets.disabled) for method in assets.METHODS),
    *((method, "/api/assets/{file:.+}", assets.disabled) for method in assets.METHODS),
    ("GET", "/api/tags", assets.disabled),
    ("GET", "/extensions/{pack}/{file:.+}", extensions.read),
    ("GET", "/docs/{file}", page.document),
    ("GET", "/", page.index),
    ("GET", "/{file:.+}", page.read),
)
# What concerns everybody, so that users with tokens of their own may not do it unless they are administrators.
RESERVED: frozenset[Handler] = frozenset(
    {
        queue.free,
        queue_state.pause,
        queue_state.resume,
        users.add,
        health.metrics,
        internal.logs,
        internal.raw_logs,
        internal.subscribe,
        internal.folder_paths,
    }
)
STREAMS = (ws.connect, events.socket, events.stream)  # which have no HEAD


def table() -> Iterator[tuple[str, str, Handler]]:
    """(method, path, handler) of every route, in the order in which they are tried."""
    for method, path, handler in ROUTES:
        yield method, path, handler
        yield method, f"/api{path}", handler
    yield from ONCE


def add_routes(app: web.Application) -> None:
    """Have an application serve the table."""
    app[ALL] = list(table())
    for method, path, handler in table():
        app.router.add_route(method, path, handler)
        if method == "GET" and handler not in STREAMS:
            app.router.add_route("HEAD", path, handler)
    app.router.add_route("*", "/{rest:.*}", page.missing)
