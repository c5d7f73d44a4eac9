"""The door before the API where it listens on TCP: nobody comes in without a token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from perfconsole.controller.api.api_problem import problem
from perfconsole.controller.api.tokens import Tokens
from perfconsole.texts import say

WITH_VIEWERS_TOKEN = "perfconsole.viewer"
"""Key of a request's scope: it came with the viewer's token."""


class Door:
    """Asks for a token before anything is read or told; then `app` answers.

    On a `loopback` address the ``Host`` must be this machine's too: a web page whose name was
    pointed here is not let in, even by a browser that knows the token.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens, *, loopback: bool) -> None:
        self._app = app
        self._tokens = tokens
        self._loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        headers = Headers(scope=scope)
        operator, viewer = self._known(headers)
        if not (operator or viewer):
            refused = problem(
                401,
                say('a token is needed: "Authorization: Bearer TOKEN"'),
                {"WWW-Authenticate": "Bearer"},
            )
            await refused(scope, receive, send)
        elif why := self._foreign(headers):
            await problem(403, why)(scope, receive, send)
        else:
            await self._app({**scope, WITH_VIEWERS_TOKEN: not operator}, receive, send)

    def _known(self, headers: Headers) -> tuple[bool, bool]:
        """Whether the token is the operator's, and the viewer's; both are compared in any case."""
        given = headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        sent = token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
        operator = hmac.compare_digest(sent, self._tokens.operator.encode())
        viewer = hmac.compare_digest(sent, self._tokens.viewer.encode())
        return operator, viewer

    def _foreign(self, headers: Headers) -> str | None:
        """Why a request comes from somewhere that has no business here, if so."""
        host = headers.get("host", "")
        if self._loopback and not names_this_machine(host):
            return say("Host {host!r} is not this machine", host=host[:100])
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return say("Origin {origin!r} has no business here", origin=origin[:100])
        return None


def names_this_machine(host: str) -> bool:
    """Whether a ``Host`` header names the loopback address, whatever its port (as ``ssh -L``)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
