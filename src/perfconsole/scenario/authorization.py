"""A login → the Authorization header that carries it."""

from __future__ import annotations

import base64
from typing import Literal

from perfconsole.model.http_spec import HttpSpec
from perfconsole.model.sent import AuthSpec
from perfconsole.scenario.interpolation import pieces

HEADER = "Authorization"


def common_headers(http: HttpSpec, login: AuthSpec | Literal["none"] | None) -> dict[str, str]:
    """The scenario's headers, its own login among them, for a step that has `login`.

    The step's login comes instead of the scenario's; ``none`` is for no login at all.
    """
    chosen = http.auth if login is None else login
    if chosen is None:
        return http.headers
    kept = {name: value for name, value in http.headers.items() if name.lower() != HEADER.lower()}
    return kept if isinstance(chosen, str) else kept | {HEADER: credentials(chosen)}


def credentials(login: AuthSpec) -> str:
    """The header's value (RFC 7617 in UTF-8, RFC 6750); only a token may be a reference."""
    if login.basic is not None:
        plain = "".join(piece for piece in pieces(login.basic) if isinstance(piece, str))
        return "Basic " + base64.b64encode(plain.encode()).decode()
    return f"Bearer {login.bearer}"
