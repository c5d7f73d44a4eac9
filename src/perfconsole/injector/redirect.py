"""Following redirects: where to, as which request, and which headers may go along."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from perfconsole.injector.failure import Failure, led_elsewhere, one_line
from perfconsole.injector.request import Origin, Request, built, default_port
from perfconsole.injector.upload import Upload
from perfconsole.model.plan import TargetPlan
from perfconsole.texts import say

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_OF_THE_BODY = frozenset({"content-type", "content-encoding", "content-language"})
_OF_THE_ORIGIN = frozenset({"authorization", "proxy-authorization", "cookie", "host"})
"""Meant for the origin that the step names, and for nobody else."""
_HOST_CHARS = 100


@dataclass(frozen=True, slots=True)
class _Rule:
    """One of the allowed hosts."""

    host: str
    """Lower case; with a dot in front it is for all hosts below it."""
    port: int | None
    """None for the usual ones, 80 for http and 443 for https."""

    @classmethod
    def of(cls, text: str) -> _Rule:
        parts = urlsplit(f"//{text.lower()}")
        return cls((parts.hostname or "").removeprefix("*"), parts.port)

    def fits(self, origin: Origin) -> bool:
        if origin.port != (self.port or default_port(origin.scheme)):
            return False
        below = self.host.startswith(".") and origin.host.endswith(self.host)
        return below or origin.host == self.host


@dataclass(frozen=True, slots=True)
class Reach:
    """Where redirects may lead.

    That is the target's own origin, its https on the usual ports (the step up that most sites
    ask for), and the hosts that the scenario allows. Another port of the target's host, or from
    https down to http, is another origin like any.
    """

    home: Origin
    rules: tuple[_Rule, ...]

    @classmethod
    def of(cls, target: TargetPlan) -> Reach:
        return cls(Origin.of(target), tuple(_Rule.of(host) for host in target.allowed_hosts))

    def allows(self, there: Origin) -> bool:
        if there.scheme not in ("http", "https"):
            return False
        stepped_up = Origin("https", self.home.host, 443)
        return (
            there == self.home
            or (there == stepped_up and self.home.port == default_port(self.home.scheme))
            or any(rule.fits(there) for rule in self.rules)
        )


def redirected(request: Request, status: int, location: bytes, reach: Reach) -> Request | Failure:
    """The request that follows a redirect; a Failure when it leads out of reach."""
    here = request.origin
    base = f"{here.scheme}://{here.netloc}{request.path.decode('latin-1')}"
    try:
        parts = urlsplit(urljoin(base, location.decode("utf-8", "replace").strip()))
        port = parts.port or default_port(parts.scheme)
        there = Origin(parts.scheme, (parts.hostname or "").lower(), port)
    except ValueError:
        return Failure(say("redirect to no URL"), location.decode("latin-1"))
    if not reach.allows(there):
        return _not_followed(there, reach.home)
    path = quote(parts.path or "/", safe="/%:=&;!$'()*+,@~")
    query = "?" + quote(parts.query, safe="/?%:=&;!$'()*+,@~") if parts.query else ""
    method, headers = request.method, request.headers
    body: bytes | Upload = request.upload or request.body
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", b""
        headers = tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_BODY)
    if there != here:
        headers = tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_ORIGIN)
    return built(
        request.name, request.number, method, (path + query).encode("ascii"), headers, body,
        request.timeout_s, request.follow, request.expectation, request.extraction, there,
    )  # fmt: skip


def _not_followed(there: Origin, home: Origin) -> Failure:
    name = there.host if there.host != home.host else f"{there.scheme}://{there.netloc}"
    where = one_line(name, _HOST_CHARS)
    if there.scheme not in ("http", "https"):
        return led_elsewhere(where)
    entry = one_line(there.netloc, _HOST_CHARS)
    hint = say('to allow it: allowed_hosts: ["{host}"] in http', host=entry)
    return led_elsewhere(f"{where}; {hint}")
