"""Who may ask: only the browser that was opened with the token, from the app's own pages, on this machine."""

from __future__ import annotations

import hmac
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-cereblon-token"
"""By which a script gives the token; a page of another site cannot know it."""
_CLOSED = "This page belongs to a running `cereblon app`. Open it by the address that the command printed.\n"
_NO_ORIGIN = f"what changes something needs the app's own Origin, or the token in the header {TOKEN_HEADER}\n"
_READING = ("GET", "HEAD")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",  # Vega makes functions of its expressions
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)


class Guard:
    """Let requests through that carry the token and come from the app itself.

    A page of another site can send a request to this machine, but it has no cookie of ours (it is not sent across
    sites), states another origin, and a name that was pointed at this machine is another host. What does more than
    read has to state our origin, as every browser does; a script gives the token in a header instead.

    Parameters
    ----------
    app
        What is guarded.
    token
        Secret of this start.
    hosts
        Names under which the app is reached, with the port.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: tuple[str, ...]) -> None:
        self.app, self.token, self.hosts = app, token, hosts
        # A browser sends a cookie to every port of a host: two apps would share one name.
        self.cookie = f"cereblon-token-{hosts[0].rpartition(':')[2]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope, Headers(scope=scope))
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                ours = {
                    b"content-security-policy": _POLICY.encode(),
                    b"x-content-type-options": b"nosniff",
                    b"referrer-policy": b"same-origin",
                    b"cache-control": b"no-store",
                }
                message["headers"] += [(name, value) for name, value in ours.items() if name not in names]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        if headers.get("host", "") not in self.hosts:
            return PlainTextResponse("unknown host\n", 400)
        origin = headers.get("origin")
        if origin is not None and _host_of(origin) not in self.hosts:
            return PlainTextResponse("another site may not ask\n", 403)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("another site may not ask\n", 403)
        if self._is_token(headers.get(TOKEN_HEADER, "")):
            return None
        if origin is None and scope["method"] not in _READING:
            return PlainTextResponse(_NO_ORIGIN, 403)
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if self._is_token(dict(asked).get("token", "")):
            rest = urlencode([(name, value) for name, value in asked if name != "token"])
            answer = RedirectResponse(f"{scope['path'] or '/'}{'?' if rest else ''}{rest}", 303)
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict")
            return answer
        cookies: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
        held = cookies[self.cookie].value if self.cookie in cookies else ""
        return None if self._is_token(held) else PlainTextResponse(_CLOSED, 403)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets that hold no address
        return ""
