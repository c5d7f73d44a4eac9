"""A login → the Authorization header that carries it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Literal

from perfconsole.model.http_spec import HttpSpec
from perfconsole.model.sent import AuthSpec
from perfconsole.scenario.interpolation import put_in

HEADER = "Authorization"


def common_headers(
    http: HttpSpec, login: AuthSpec | Literal["none"] | None, values: Mapping[str, str]
) -> dict[str, str]:
    """The scenario's headers, its own login among them, for a step that has `login`.

    The step's login comes instead of the scenario's; ``none`` is for no login at all. `values` are
    those of the scenario's variables.
    """
    chosen = http.auth if login is None else login
    if chosen is None:
        return http.headers
    kept = {name: value for name, value in http.headers.items() if name.lower() != HEADER.lower()}
    return kept if isinstance(chosen, str) else kept | {HEADER: credentials(chosen, values)}


def credentials(login: AuthSpec, values: Mapping[str, str]) -> str:
    """The header's value (RFC 7617 in UTF-8, RFC 6750); a token is still as it was written."""
    if login.basic is not None:
        plain = put_in(login.basic, values)
        return "Basic " + base64.b64encode(plain.encode()).decode()
    return f"Bearer {login.bearer}"
