"""Requests → their plans: bodies encoded, headers merged, checks and extractions folded in."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import quote, quote_plus

import msgspec

from perfconsole import __version__
from perfconsole.model import plan
from perfconsole.model.checking import CheckSpec, parse_sizes
from perfconsole.model.extracting import Extracts, ExtractSpec
from perfconsole.model.holes import Encoding
from perfconsole.model.http_spec import HttpSpec
from perfconsole.model.steps import RequestSpec
from perfconsole.scenario.authorization import common_headers
from perfconsole.scenario.inventory import request_name
from perfconsole.scenario.marking import Marker
from perfconsole.scenario.uploads import pieces_of

DEFAULT_HEADERS = {"User-Agent": f"perfconsole/{__version__}", "Accept": "*/*"}

T = TypeVar("T")

# RFC 3986: what a path and query may carry as it is; "%" so that written escapes stay.
_SAFE = "!$%&'()*+,-./:;=?@_~"
_HEX = frozenset(string.hexdigits)


def encoded_path(path: str) -> str:
    """`path` as sent: written escapes kept, everything else that needs one escaped, no fragment."""
    path = path.split("#", 1)[0]
    pieces = path.split("%")
    kept = [pieces[0]]
    for piece in pieces[1:]:
        is_escape = len(piece) >= 2 and set(piece[:2]) <= _HEX
        kept.append(("%" if is_escape else "%25") + piece)
    return quote("".join(kept), safe=_SAFE)


def merged_headers(*layers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Later layers win, whatever the case of their names; each header once."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            merged[name.lower()] = (name, value.strip())
    return tuple(merged.values())


def request_plan(
    step: RequestSpec,
    http: HttpSpec,
    own_headers: dict[str, str],
    values: Mapping[str, str] | None = None,
) -> plan.RequestStep:
    """A request of a group with headers of its own, its own checks and extractions folded in.

    `values` of the scenario's variables go into a basic login, which is encoded here.
    """
    marker = Marker()
    content_type = _content_type(step)
    natural = {"Content-Type": content_type} if content_type else {}
    pieces, piece_type = pieces_of(step, marker)
    upload_type = {"Content-Type": piece_type} if piece_type else {}
    headers = merged_headers(
        DEFAULT_HEADERS, natural, common_headers(http, step.auth, values or {}),
        own_headers,
        upload_type, step.headers,
    )  # fmt: skip
    request = plan.RequestStep(
        name=request_name(step),
        method=step.method,
        path=_path(step, marker),
        headers=tuple((name, marker.text(value, "header")) for name, value in headers),
        body=_body(step, headers, marker).encode(),
        check=plan.Check(),
        timeout_s=step.timeout if step.timeout is not None else http.timeout,
        follow_redirects=step.follow_redirects,
        pieces=pieces,
        holes=marker.holes,
    )
    if step.check:
        request = checked(request, step.check)
    return extracting(request, step.extract) if step.extract else request


def _path(step: RequestSpec, marker: Marker) -> str:
    """Path and query as sent."""
    path = marker.text(step.path.split("#", 1)[0], "path", encoded_path)
    pairs = [
        f"{quote_plus(name)}={marker.text(str(value), 'form', quote_plus)}"
        for name, given in step.query.items()
        for value in _as_tuple(given)
    ]
    if not pairs:
        return path
    if path.endswith(("?", "&")):
        return path + "&".join(pairs)
    return path + ("&" if "?" in path else "?") + "&".join(pairs)


def _content_type(step: RequestSpec) -> str | None:
    """What the body is unless a header says otherwise."""
    if "json_body" in step.model_fields_set:
        return "application/json"
    if step.form is not None:
        return "application/x-www-form-urlencoded"
    return "text/plain; charset=utf-8" if step.body is not None else None


def _body(step: RequestSpec, headers: Iterable[tuple[str, str]], marker: Marker) -> str:
    if "json_body" in step.model_fields_set:
        return marker.json(step.json_body)
    if step.form is not None:
        return marker.form(step.form)
    return marker.text(step.body or "", _raw_encoding(headers))


def _raw_encoding(headers: Iterable[tuple[str, str]]) -> Encoding:
    """How values go into a body written by hand: as its content type needs it."""
    given = next((value.lower() for name, value in headers if name.lower() == "content-type"), "")
    media = given.split(";", 1)[0].strip()
    if media == "application/x-www-form-urlencoded":
        return "form"
    return "json" if media == "application/json" or media.endswith("+json") else "text"


def checked(request: plan.RequestStep, check: CheckSpec) -> plan.RequestStep:
    """`request` with `check` besides what is already asked of its answer."""
    old, marker = request.check, Marker(request.holes)
    limits = [limit for limit in (old.max_s, check.max_time) if limit is not None]
    least, most = (None, None) if check.size is None else parse_sizes(check.size)
    both = plan.Check(
        statuses=_common(old.statuses, _as_tuple(check.status)),
        body_contains=(*old.body_contains, *_texts(check.body_contains, marker)),
        max_s=min(limits, default=None),
        headers=(
            *old.headers,
            *((name.lower(), marker.text(text, "text")) for name, text in check.header.items()),
        ),
        body_lacks=(*old.body_lacks, *_texts(check.body_lacks, marker)),
        body_matches=(*old.body_matches, *_as_tuple(check.body_matches)),
        json_values=(
            *old.json_values,
            *(
                (path, marker.text(value, "text") if isinstance(value, str) else value)
                for path, value in check.json_values.items()
            ),
        ),
        least_bytes=max((n for n in (old.least_bytes, least) if n is not None), default=None),
        most_bytes=min((n for n in (old.most_bytes, most) if n is not None), default=None),
    )
    return msgspec.structs.replace(request, check=both, holes=marker.holes)


def _texts(given: str | tuple[str, ...] | None, marker: Marker) -> tuple[str, ...]:
    return tuple(marker.text(text, "text") for text in _as_tuple(given))


def extracting(request: plan.RequestStep, extracts: Extracts) -> plan.RequestStep:
    """`request` with values to be taken out of its answer."""
    more = (_extract(name, spec) for name, spec in extracts.items())
    return msgspec.structs.replace(request, extracts=(*request.extracts, *more))


def _extract(name: str, spec: ExtractSpec) -> plan.Extract:
    default = None if spec.default is None else str(spec.default)
    return plan.Extract(name, *spec.place, spec.pick, spec.attribute, spec.join, default)


def _as_tuple(value: T | tuple[T, ...] | None) -> tuple[T, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _common(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """Status codes that both allow; empty means that any will do."""
    if not first or not second:
        return first or second
    return tuple(status for status in first if status in second) or (0,)
