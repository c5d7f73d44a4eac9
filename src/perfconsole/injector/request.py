"""A request made ready once: its bytes wait, and only a Cookie line is ever put in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from perfconsole.injector.checks import Expectation
from perfconsole.injector.extract import Extraction
from perfconsole.injector.failure import Failure, one_line
from perfconsole.model.plan import RequestStep, TargetPlan
from perfconsole.texts import say

Headers = Iterable[tuple[str, str]]
"""May be gone through many times."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be sent again on a fresh connection (RFC 9110, 9.2.2)."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_OF_THE_BODY = frozenset({"content-type", "content-encoding", "content-language"})
_HOST_CHARS = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """Where all requests of a run go."""

    scheme: str
    host: str
    """Lower case, without brackets."""
    port: int

    @classmethod
    def of(cls, target: TargetPlan) -> Origin:
        return cls(target.scheme, target.host.lower(), target.port)

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


@dataclass(slots=True)  # not frozen: one is made for each sending of a template, at a third
class Request:
    """Never changed once it is made."""

    name: str
    method: str
    path: bytes
    """Path and query."""
    headers: Headers
    body: bytes
    timeout_s: float
    follow: bool
    expectation: Expectation
    extraction: Extraction | None
    origin: Origin
    plain: bytes
    """As sent when there are no cookies."""
    before_cookie: bytes
    own_cookie: bytes
    """The step's own Cookie header, to which the jar's are added."""
    after_cookie: bytes
    idempotent: bool
    is_head: bool

    def with_cookies(self, cookies: bytes) -> bytes:
        """As sent with `cookies` from the jar."""
        own = self.own_cookie + b"; " if self.own_cookie else b""
        return b"".join((self.before_cookie, b"Cookie: ", own, cookies, b"\r\n", self.after_cookie))


def prepare(step: RequestStep, origin: Origin) -> Request:
    """The request that a step of a flow sends to `origin`."""
    extraction = Extraction.of(step.extracts)
    keeps_body = extraction is not None and extraction.looks_at_body
    return _build(
        step.name, step.method, step.path.encode("latin-1", "replace"), step.headers, step.body,
        step.timeout_s, step.follow_redirects, Expectation.of(step.check, keeps_body=keeps_body),
        extraction, origin,
    )  # fmt: skip


def _build(
    name: str,
    method: str,
    path: bytes,
    headers: Headers,
    body: bytes,
    timeout_s: float,
    follow: bool,
    expectation: Expectation,
    extraction: Extraction | None,
    origin: Origin,
) -> Request:
    given = {key.lower() for key, _ in headers}
    lines = [] if "host" in given else [("Host", origin.netloc)]
    lines += [pair for pair in headers if pair[0].lower() not in ("cookie", "content-length")]
    if body or method in _WITH_LENGTH:
        lines.append(("Content-Length", str(len(body))))
    text = "".join(f"{key}: {value}\r\n" for key, value in lines)
    before = method.encode() + b" " + path + b" HTTP/1.1\r\n" + text.encode("latin-1", "replace")
    own = "; ".join(value for key, value in headers if key.lower() == "cookie").encode("latin-1")
    own_line = b"Cookie: " + own + b"\r\n" if own else b""
    after = b"\r\n" + body
    return Request(
        name, method, path, headers, body, timeout_s, follow, expectation, extraction, origin,
        before + own_line + after, before, own, after, method in IDEMPOTENT, method == "HEAD",
    )  # fmt: skip


def redirected(request: Request, status: int, location: bytes) -> Request | Failure:
    """The request that follows a redirect; a Failure when it leads to another origin."""
    origin = request.origin
    base = f"{origin.scheme}://{origin.netloc}{request.path.decode('latin-1')}"
    try:
        parts = urlsplit(urljoin(base, location.decode("utf-8", "replace").strip()))
        port = parts.port or _default_port(parts.scheme)
        there = Origin(parts.scheme, (parts.hostname or "").lower(), port)
    except ValueError:
        return Failure(say("redirect to no URL"), location.decode("latin-1"))
    if there != origin:
        name = there.host if there.host != origin.host else f"{there.scheme}://{there.netloc}"
        return Failure(
            say("redirect to another host: {name} not followed", name=one_line(name, _HOST_CHARS))
        )
    path = quote(parts.path or "/", safe="/%:=&;!$'()*+,@~")
    query = "?" + quote(parts.query, safe="/?%:=&;!$'()*+,@~") if parts.query else ""
    method, headers, body = request.method, request.headers, request.body
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", b""
        headers = tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_BODY)
    return _build(
        request.name, method, (path + query).encode("ascii"), headers, body,
        request.timeout_s, request.follow, request.expectation, request.extraction, origin,
    )  # fmt: skip
