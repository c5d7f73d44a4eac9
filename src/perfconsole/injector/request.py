"""A request made ready once: its bytes wait, and only a Cookie line is ever put in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from perfconsole.injector.checks import Expectation
from perfconsole.injector.extract import Extraction
from perfconsole.injector.upload import Upload, opened
from perfconsole.model.plan import RequestStep, TargetPlan

Headers = Iterable[tuple[str, str]]
"""May be gone through many times."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be sent again on a fresh connection (RFC 9110, 9.2.2)."""

_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go; those of a flow's steps all to the target's."""

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
        return host if self.port == default_port(self.scheme) else f"{host}:{self.port}"


def default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


@dataclass(slots=True)  # not frozen: one is made for each sending of a template, at a third
class Request:
    """Never changed once it is made."""

    name: str
    number: int
    """Under which it is recorded."""
    method: str
    path: bytes
    """Path and query."""
    headers: Headers
    body: bytes
    """Empty when there is an `upload`."""
    upload: Upload | None
    """The body, to be sent after the prepared bytes."""
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


def prepare(step: RequestStep, origin: Origin, number: int) -> Request:
    """The request that a step of a flow sends to `origin`, recorded under `number`.

    Raises Unusable for its files.
    """
    extraction = Extraction.of(step.extracts)
    keeps_body = extraction is not None and extraction.looks_at_body
    return built(
        step.name, number, step.method, step.path.encode("latin-1", "replace"), step.headers,
        opened(step.pieces) if step.pieces else step.body,
        step.timeout_s, step.follow_redirects, Expectation.of(step.check, keeps_body=keeps_body),
        extraction, origin,
    )  # fmt: skip


def built(
    name: str,
    number: int,
    method: str,
    path: bytes,
    headers: Headers,
    body: bytes | Upload,
    timeout_s: float,
    follow: bool,
    expectation: Expectation,
    extraction: Extraction | None,
    origin: Origin,
) -> Request:
    """The request with its head, and a body that is no upload, as bytes."""
    upload = body if isinstance(body, Upload) else None
    small = body if isinstance(body, bytes) else b""
    given = {key.lower() for key, _ in headers}
    lines = [] if "host" in given else [("Host", origin.netloc)]
    lines += [pair for pair in headers if pair[0].lower() not in ("cookie", "content-length")]
    length = upload.length if upload is not None else len(small)
    if length or method in _WITH_LENGTH:
        lines.append(("Content-Length", str(length)))
    text = "".join(f"{key}: {value}\r\n" for key, value in lines)
    before = method.encode() + b" " + path + b" HTTP/1.1\r\n" + text.encode("latin-1", "replace")
    own = "; ".join(value for key, value in headers if key.lower() == "cookie").encode("latin-1")
    own_line = b"Cookie: " + own + b"\r\n" if own else b""
    after = b"\r\n" + small
    return Request(
        name, number, method, path, headers, small, upload, timeout_s, follow, expectation,
        extraction, origin,
        before + own_line + after, before, own, after, method in IDEMPOTENT, method == "HEAD",
    )  # fmt: skip
