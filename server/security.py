"""Who may ask: tokens, roles, and the checks that keep other sites from using a visitor's browser as their hand."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from graphcore.errors import UserError
from server.accounts import OWNER, Account, Accounts, Role
from server.answers import empty, error_answer
from server.settings import ServerSettings, is_loopback
from server.visits import Visits

COOKIE = "graphcore_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_IN_QUERY = frozenset({"/", "/ws", "/api/ws"})  # where a browser or a script has no other way to show it
ACCOUNT = web.RequestKey("account", Account)  # what a request carries once the guard has let it in
SHOWN = web.RequestKey("shown", str)  # the token
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides about requests by their headers alone. Gives what to answer instead, or None to go on.

    `reserved`: the handlers that only administrators may call.
    """

    settings: ServerSettings
    accounts: Accounts
    reserved: frozenset[Handler] = frozenset()

    def judge(self, request: web.Request) -> web.Response | None:
        """Host first, then the token, then where the browser says that the request comes from, then the role.

        Notes in the request who asks, and the token that was shown.
        """
        if not self._is_our_host(request.headers.get("Host")):
            return error_answer(
                403, "untrusted_host", "This server does not go by that Host; add it with --trusted-host."
            )
        if request.method == "OPTIONS":
            return empty()
        account = self._account(request)
        if account is None:
            refusal = error_answer(401, "unauthorized", "Show the server's token: 'Authorization: Bearer TOKEN'.")
            refusal.headers["WWW-Authenticate"] = 'Bearer realm="graphcore"'
            return refusal
        request[ACCOUNT] = account
        if not self._is_our_site(request):
            return empty(403)
        return None if self._may(account.role, request) else error_answer(403, "forbidden", FORBIDDEN[account.role])

    def may_stay(self, request: web.Request) -> bool:
        """Whether whoever was let in with a request still would be."""
        try:
            return self._account(request) == request[ACCOUNT]
        except UserError:  # the tokens cannot be read: nobody is let in
            return False

    def _may(self, role: Role, request: web.Request) -> bool:
        if role is Role.VIEWER and request.method not in SAFE_METHODS:
            return False
        return role is Role.ADMIN or request.match_info.handler not in self.reserved

    def _is_our_host(self, host: str | None) -> bool:
        """Where no token is needed a foreign name means that somebody's DNS points here (rebinding)."""
        if host is None:
            return True
        name = _hostname(host)
        if is_loopback(name) or name in (trusted.lower() for trusted in self.settings.trusted_hosts):
            return True
        return not self.settings.is_local and (not self.settings.trusted_hosts or _is_address(name))

    def _account(self, request: web.Request) -> Account | None:
        """Who asks. Where nothing but this machine can, and there is no token, its owner; elsewhere the last token that
        is revoked opens nothing.
        """
        token = self.settings.token
        if not token and self.settings.is_local and not self.accounts.all():
            return OWNER
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        candidates = [shown.strip() if kind.lower() == "bearer" else "", request.cookies.get(COOKIE, "")]
        if request.path in TOKEN_IN_QUERY:
            candidates.append(request.query.get("token", ""))
        for shown in filter(None, candidates):
            # headers may hold bytes that are no text
            is_ours = bool(token) and hmac.compare_digest(_bytes(shown), _bytes(token))
            account = OWNER if is_ours else self.accounts.holder(shown)
            if account is not None:
                request[SHOWN] = shown
                return account
        return None

    def _is_our_site(self, request: web.Request) -> bool:
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "")
        if origin is not None and self._is_trusted(origin):
            return True
        if site == "cross-site":
            return _is_visit(request)
        if origin is None:
            return site != "same-site" or request.method in SAFE_METHODS
        if origin == "null":  # a file or a sandboxed frame; it cannot read answers, so it may only ask for them
            return request.method in SAFE_METHODS and "Upgrade" not in request.headers
        return same_site(request.headers.get("Host", ""), origin)

    def _is_trusted(self, origin: str) -> bool:
        allowed = self.settings.cors_origin
        return origin in self.settings.trusted_origins or (bool(allowed) and allowed in ("*", origin))


def _is_visit(request: web.Request) -> bool:
    """Whether somebody followed a link: a page of its own, which the other site cannot look into."""
    headers = request.headers
    navigates = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return navigates and request.method in ("GET", "HEAD")


def same_site(host: str, origin: str) -> bool:
    """Whether an Origin is the Host. A port that one of them leaves out is not compared, as in the field."""
    ours, theirs = _place(f"//{host}"), _place(origin)
    if ours is None or theirs is None:
        return False
    return ours[0] == theirs[0] and (ours[1] is None or theirs[1] is None or ours[1] == theirs[1])


@lru_cache(256)
def _place(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url.lower())
        return (parts.hostname, parts.port) if parts.hostname else None
    except ValueError:
        return None


def _hostname(host: str) -> str:
    """The name of a Host header, without its port."""
    place = _place(f"//{host}")
    return place[0] if place is not None else ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_address(name: str) -> bool:
    """Whether a host is an address and no name, so that nobody's DNS can have changed what it means."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


ALWAYS = {"X-Content-Type-Options": "nosniff", "Server": "graphcore"}
CORS = {
    "Access-Control-Allow-Methods": "POST, GET, DELETE, PUT, OPTIONS, PATCH",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
    "Access-Control-Allow-Credentials": "true",
}


FORBIDDEN = {
    Role.USER: "Only an administrator may do this; ask whoever runs the server.",
    Role.VIEWER: "This token only lets you look; ask whoever runs the server for one of a user.",
}


def guarding(guard: Guard, visits: Visits) -> Middleware:
    """The middleware that asks the guard, and tells browsers which other site may read answers."""
    origin = guard.settings.cors_origin

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        response: web.StreamResponse | None = guard.judge(request)
        if response is None:
            with visits.during(request):
                response = await handler(request)
        if not response.prepared:
            response.headers.update(ALWAYS)
            if origin:
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers.update(CORS)
        return response

    return guarded
