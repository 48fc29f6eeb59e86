"""`/`: the page, and the files that belong to it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from server.handlers import pack_routes
from server.keys import SETTINGS
from server.security import COOKIE, SHOWN
from server.storage import BadName, inside

BUILT_IN = Path(__file__).parent.parent / "pages"
EDITOR = BUILT_IN / "editor"  # built from web/
DOCS = (BUILT_IN / "docs", Path(__file__).parent.parent.parent / "docs")  # in a wheel, and in a checkout
FRESH = {"Cache-Control": "no-cache", "Pragma": "no-cache", "Expires": "0"}
FOREVER = "public, max-age=31536000, immutable"  # the name of a built file holds a hash of its content
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; style-src 'self'"
    " 'unsafe-inline'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
TYPES = {".js": "application/javascript", ".mjs": "application/javascript", ".webp": "image/webp"}
PROTECTION = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def web_root(request: web.Request) -> Path:
    """The folder of the page: the one named, the editor's, or ours that says that the server runs."""
    named = request.app[SETTINGS].web_dir
    if named:
        return Path(named).absolute()
    return EDITOR if (EDITOR / "index.html").is_file() else BUILT_IN


async def index(request: web.Request) -> web.StreamResponse:
    """The page. A token in the address moves into a cookie, and out of the address."""
    if "token" in request.query:
        return _signed_in(request)
    page = web_root(request) / "index.html"
    if not page.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(page, headers={**FRESH, **PROTECTION})


def _signed_in(request: web.Request) -> web.Response:
    token = request.get(SHOWN)
    response = web.Response(status=303, headers={"Location": "/", "Referrer-Policy": "no-referrer"})
    if token:  # the one that the guard has let in
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=secure, max_age=30 * 86400)
    return response


async def missing(request: web.Request) -> web.StreamResponse:
    """What is no route of ours may be one of a pack's."""
    return await pack_routes.forward(request)


async def document(request: web.Request) -> web.StreamResponse:
    """A page of the documentation, as text."""
    found = [path for root in DOCS if (path := inside(root, request.match_info["file"])).is_file()]
    if not found:
        raise web.HTTPNotFound
    return web.FileResponse(found[0], headers={**PROTECTION, "Content-Type": "text/plain; charset=utf-8"})


async def read(request: web.Request) -> web.StreamResponse:
    """A file of the page."""
    try:
        path = inside(web_root(request), unquote(request.rel_url.raw_path).lstrip("/"))
    except BadName:
        raise web.HTTPNotFound from None
    if not path.is_file():
        return await pack_routes.forward(request)
    headers = dict(PROTECTION)
    if kind := TYPES.get(path.suffix.lower()):
        headers["Content-Type"] = kind
    if path.parent == EDITOR / "assets":
        headers["Cache-Control"] = FOREVER
    return web.FileResponse(path, headers=headers)
