"""What a request can carry besides its line and headers, as a person writes it: files, a login."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from perfconsole.texts import say

_TYPE = re.compile(r"^[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=[^\x00-\x1f\x7f]+)*$")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_LONGEST_HOST = 253
_HOST = re.compile(
    rf"^(?:(?:\*\.)?{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\])(?::(\d{{1,5}}))?$", re.IGNORECASE
)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _media_type(value: str) -> str:
    if not value.isascii() or not _TYPE.match(value):
        raise ValueError(say("a type is one such as image/png"))
    return value


class FileSpec(_Model):
    """``{file: photo.png, type: image/png, name: me.png}`` as a field of a multipart form."""

    file: Annotated[str, Field(min_length=1)]
    """Relative to the scenario's."""
    type: Annotated[str, AfterValidator(_media_type)] | None = None
    """Its media type; by the file's name when left out."""
    name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """File name told to the target; the file's own when left out."""


def _kind_of_part(value: Any) -> str:
    return "FileSpec" if isinstance(value, dict | FileSpec) else "Text"


Part = Annotated[
    Annotated[FileSpec, Tag("FileSpec")] | Annotated[str | int | float, Tag("Text")],
    Discriminator(_kind_of_part),
]


def _no_breaks(value: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise ValueError(say("it has characters that no login can have"))
    return value


def _pair(value: str) -> str:
    if ":" not in value and "${" not in value:
        raise ValueError(say('basic authentication is written "user:password"'))
    return _no_breaks(value)


def _token(value: str) -> str:
    if not value or any(not 32 < ord(c) < 127 for c in value):
        raise ValueError(say("a bearer token is one word of plain characters"))
    return value


NoBreaks = Annotated[str, AfterValidator(_no_breaks)]
BasicLogin = Annotated[str, AfterValidator(_pair)]


class AuthSpec(_Model):
    """``basic: "user:password"`` or ``bearer: TOKEN``."""

    basic: BasicLogin | None = None
    """User and password, which may be ``${env:NAME}`` or a variable of the scenario. Never kept
    with the run, never shown."""
    bearer: Annotated[str, AfterValidator(_token)] | None = None
    """The token alone. Never kept with the run, never shown."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.basic is None) == (self.bearer is None):
            raise ValueError(say('give either "basic" or "bearer"'))
        return self


def _kind_of_auth(value: Any) -> str:
    return "AuthSpec" if isinstance(value, dict | AuthSpec) else "Off"


Auth = Annotated[
    Annotated[AuthSpec, Tag("AuthSpec")] | Annotated[Literal["none"], Tag("Off")],
    Discriminator(_kind_of_auth),
]
"""A login, or ``none`` where the scenario's own shall not be sent."""


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    for host in value:
        match = _HOST.match(host)
        is_short = len(host.partition(":")[0]) <= _LONGEST_HOST
        port = match[1] if match is not None and is_short else "0"
        if port is not None and not 0 < int(port) < 65536:
            raise ValueError(
                say(
                    "{host!r} is no host; write static.example.com, *.example.com or 10.0.0.5:8443",
                    host=host[:80],
                )
            )
    return value


AllowedHosts = Annotated[tuple[str, ...], AfterValidator(_hosts)]
"""Hosts besides the target's own that redirects may lead to, with a port or for the usual ones."""


def _server_name(value: str) -> str:
    match = _HOST.match(value)
    is_name = match is not None and match[1] is None and len(value) <= _LONGEST_HOST
    if not is_name or value.startswith(("*", "[")):
        raise ValueError(say("a server name is a host's name alone, such as shop.example"))
    return value.rstrip(".").lower()


ServerName = Annotated[str, AfterValidator(_server_name)]
