"""What holds for every request, and the ways to the target, as a person writes them."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from perfconsole.model.scalars import Duration, Headers
from perfconsole.model.sent import AllowedHosts, AuthSpec, ServerName
from perfconsole.model.strict import Strict
from perfconsole.texts import say

HTTP_VERSIONS = ("1.1", "2")
NO_PROXY = "none"
PROXY_SCHEMES = ("http", "https", "socks5")


def parse_version(value: Any) -> str:
    """YAML takes 2 and 1.1 for numbers. Raises ValueError with what is right."""
    text = str(value).removesuffix(".0") if isinstance(value, int | float | str) else ""
    if isinstance(value, bool) or text not in HTTP_VERSIONS:
        raise ValueError(say("the HTTP version is 1.1 or 2"))
    return text


def _proxy(value: str) -> str:
    """Never repeats what was given: it may carry a password."""
    if value == NO_PROXY or value.startswith("${"):
        return value  # what a reference stands for is looked at where it is known
    right = say("a proxy is a URL such as http://host:3128, https://host:443, "
                "socks5://user:password@host:1080, or none")  # fmt: skip
    try:
        parts = urlsplit(value)
        is_well = parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        is_well = False
    if not is_well or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(right)
    if not value.isascii() or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError(right)
    return value


HttpVersion = Annotated[str, BeforeValidator(parse_version)]
ProxyUrl = Annotated[str, AfterValidator(_proxy)]


class GroupHttpSpec(Strict):
    """A group's own way to the target, over the scenario's."""

    version: HttpVersion | None = None
    """As in the scenario's ``http``."""
    proxy: ProxyUrl | None = None
    """As in the scenario's ``http``."""


class HttpSpec(Strict):
    """What holds for every request, and how connections to the target are made."""

    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """From the moment a VU wants a request to the last byte of its answer."""
    connect_timeout: Annotated[Duration, Field(gt=0)] = 10.0
    """Name lookup, connecting and TLS handshake together."""
    headers: Headers = {}
    """Sent with every request."""
    auth: AuthSpec | None = None
    """Sent with every request that does not say otherwise."""
    max_redirects: Annotated[int, Field(ge=0, le=100)] = 10
    """Followed in a row for one step."""
    allowed_hosts: AllowedHosts = ()
    """Where redirects may lead besides the target's own origin and its https."""
    resolve: Literal["run", "vu"] = "run"
    """The target's name is looked up once in a run (by each injector), or once by each VU."""
    ip: Literal[4, 6] | None = None
    """The only kind of address to use; both, as the resolver orders them, when left out."""
    server_name: ServerName | None = None
    """The name asked for in TLS (SNI) and to be in the certificate, instead of the target's."""
    resume_tls: bool = False
    """False: every connection makes a full TLS handshake, as a new user's does."""
    insecure: bool = False
    """True: the target's certificate is not verified."""
    ca: str | None = None
    """A file of CA certificates to trust instead of the system's, relative to the scenario's."""
    cert: str | None = None
    """The client certificate's file."""
    key: str | None = None
    """Its private key's file, when it is not in ``cert``."""
    version: HttpVersion = "1.1"
    """``1.1`` or ``2``; 2 goes through the second engine."""
    proxy: ProxyUrl = NO_PROXY
    """``http``, ``https`` or ``socks5``, with user and password where the proxy wants them."""

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if self.auth is not None and "authorization" in {name.lower() for name in self.headers}:
            raise ValueError(say('give either "auth" or a header Authorization'))
        return self


DEMO_TARGET = "demo"
"""As a scenario's target: perfconsole starts its own demo target with the run."""


def _target(value: str) -> str:
    if value == DEMO_TARGET:
        return value
    try:
        parts = urlsplit(value)
        port_ok = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        parts, port_ok = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
        raise ValueError(say("a target is a URL such as http://127.0.0.1:8080, or demo"))
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise ValueError(
            say("{hostname!r} cannot be a host's name", hostname=parts.hostname)
        ) from None
    if parts.username or parts.password:
        raise ValueError(
            say("no user or password in the target; send an Authorization header instead")
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(say("a target ends after host and port; paths belong in requests"))
    return f"{parts.scheme}://{parts.netloc}"


Target = Annotated[str, AfterValidator(_target)]


def _source_ips(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(address) for text in value for address in addresses_in(text))


MOST_SOURCE_IPS = 65_536


def addresses_in(text: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """``10.0.0.5``, ``10.0.0.10-10.0.0.20`` or ``10.0.0.0/28``. Raises ValueError."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    try:
        if dash:
            low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
            count = int(high) - int(low) + 1
            if low.version == high.version and 1 <= count <= MOST_SOURCE_IPS:
                return [low + n for n in range(count)]
        elif "/" in text:
            network = ipaddress.ip_network(first, strict=False)
            if network.num_addresses <= MOST_SOURCE_IPS:
                return list(network.hosts())
        else:
            return [ipaddress.ip_address(first)]
    except (ValueError, TypeError):
        pass
    raise ValueError(
        say(
            "{text!r} is no address; write 10.0.0.5, 10.0.0.10-10.0.0.20 or 10.0.0.0/28",
            text=text[:80],
        )
    )


SourceIps = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_source_ips)]
"""Addresses of this machine, spelled out."""
