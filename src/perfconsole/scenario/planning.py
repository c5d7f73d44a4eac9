"""A scenario → the plain plan an injector plays: bodies encoded, headers merged, checks folded."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from perfconsole import __version__
from perfconsole.model import plan
from perfconsole.model.data import Extracts
from perfconsole.model.dataset import Table
from perfconsole.model.holes import Encoding
from perfconsole.model.scenario import (
    CheckSpec,
    CheckStepSpec,
    ExtractStepSpec,
    Flow,
    HttpSpec,
    RendezvousSpec,
    RequestSpec,
    Scenario,
    StepSpec,
    ThinkSpec,
)
from perfconsole.scenario.authorization import common_headers
from perfconsole.scenario.inventory import flows_run, points_of, request_name
from perfconsole.scenario.marking import Marker
from perfconsole.scenario.uploads import pieces_of

DEFAULT_HEADERS = {"User-Agent": f"perfconsole/{__version__}", "Accept": "*/*"}

T = TypeVar("T")

# RFC 3986: what a path and query may carry as it is; "%" so that written escapes stay.
_SAFE = "!$%&'()*+,-./:;=?@_~"
_HEX = frozenset(string.hexdigits)


def plan_for(
    scenario: Scenario,
    target_url: str,
    *,
    injector: int,
    started_at: float,
    seed: int,
    lease_s: float,
    tables: Mapping[str, Table] | None = None,
    injectors: int = 1,
) -> plan.InjectorPlan:
    """The plan of injector number `injector`; `target_url` stands for the scenario's target.

    `started_at` is Unix time of the run's second 0, `lease_s` seconds. `tables` are the rows of
    the scenario's data sets, to be shared by `injectors`.
    """
    points = points_of(scenario)
    flows = {name: _steps(flow, scenario.http) for name, flow in flows_run(scenario).items()}
    taken = {name.partition(".")[0] for flow in flows.values() for name in _names(flow)}
    return plan.InjectorPlan(
        injector=injector,
        started_at=started_at,
        target=target_plan(scenario, target_url),
        groups=tuple(
            plan.GroupPlan(
                name,
                scenario.flow_of(name),
                group.iterations,
                scenario.http_version_of(name),
                scenario.proxy_of(name),
                group.arrivals if group.open else None,
            )
            for name, group in scenario.groups.items()
        ),
        flows=flows,
        rendezvous=tuple(points),
        rendezvous_off=tuple(name for name, point in points.items() if not point.on),
        seed=seed,
        lease_s=lease_s,
        variables={name: str(value) for name, value in scenario.variables.items()},
        data={
            name: plan.DataPlan(table.share(injector, injectors), scenario.data[name].order)
            for name, table in (tables or {}).items()
            if name in taken
        },
    )


def _names(steps: Iterable[plan.Step]) -> Iterator[str]:
    """What the values are called that the steps send."""
    for step in steps:
        match step:
            case plan.RequestStep():
                yield from (hole.name for hole in step.holes)
            case plan.TransactionStep():
                yield from _names(step.steps)


def encoded_path(path: str) -> str:
    """`path` as sent: written escapes kept, everything else that needs one escaped, no fragment."""
    path = path.split("#", 1)[0]
    pieces = path.split("%")
    kept = [pieces[0]]
    for piece in pieces[1:]:
        is_escape = len(piece) >= 2 and set(piece[:2]) <= _HEX
        kept.append(("%" if is_escape else "%25") + piece)
    return quote("".join(kept), safe=_SAFE)


def ascii_host(host: str) -> str:
    """A host name as DNS knows it. Raises ValueError when it can be none."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def merged_headers(*layers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Later layers win, whatever the case of their names; each header once."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            merged[name.lower()] = (name, value.strip())
    return tuple(merged.values())


def target_plan(scenario: Scenario, url: str) -> plan.TargetPlan:
    """Where connections go and what they must prove; `url` ends after host and port."""
    parts, http = urlsplit(url), scenario.http
    return plan.TargetPlan(
        scheme=parts.scheme,
        host=ascii_host(parts.hostname or ""),
        port=parts.port or (443 if parts.scheme == "https" else 80),
        connect_timeout_s=http.connect_timeout,
        verify=not http.insecure,
        ca_file=http.ca,
        cert_file=http.cert,
        key_file=http.key,
        max_redirects=http.max_redirects,
        allowed_hosts=tuple(host.lower() for host in http.allowed_hosts),
        resolve_per_vu=http.resolve == "vu",
        family=http.ip or 0,
        server_name=http.server_name,
        resume_tls=http.resume_tls,
    )


def _steps(steps: Iterable[StepSpec] | Flow, http: HttpSpec) -> tuple[plan.Step, ...]:
    planned: list[plan.Step] = []
    for step in steps:
        match step:
            case RequestSpec():
                planned.append(_request(step, http))
            case CheckStepSpec():
                planned.append(_checked(_last_request(planned), step.check))
            case ExtractStepSpec():
                planned.append(_extracting(_last_request(planned), step.extract))
            case ThinkSpec():
                planned.append(plan.ThinkStep(*step.bounds_s))
            case RendezvousSpec():
                planned.append(plan.RendezvousStep(step.rendezvous))
            case _:
                inner = _steps(step.steps, http)
                planned.append(plan.TransactionStep(step.transaction, inner))
    return tuple(planned)


def _last_request(planned: list[plan.Step]) -> plan.RequestStep:
    before = planned.pop()
    if not isinstance(before, plan.RequestStep):
        raise ValueError("a check or extract step stands right after a request")
    return before


def _request(step: RequestSpec, http: HttpSpec) -> plan.RequestStep:
    marker = Marker()
    content_type = _content_type(step)
    natural = {"Content-Type": content_type} if content_type else {}
    pieces, piece_type = pieces_of(step, marker)
    upload_type = {"Content-Type": piece_type} if piece_type else {}
    headers = merged_headers(
        DEFAULT_HEADERS, natural, common_headers(http, step.auth), upload_type, step.headers
    )
    path = step.path.split("#", 1)[0]
    request = plan.RequestStep(
        name=request_name(step),
        method=step.method,
        path=marker.text(path, "path", encoded_path),
        headers=tuple((name, marker.text(value, "header")) for name, value in headers),
        body=_body(step, headers, marker).encode(),
        check=plan.Check(),
        timeout_s=step.timeout if step.timeout is not None else http.timeout,
        follow_redirects=step.follow_redirects,
        pieces=pieces,
        holes=marker.holes,
    )
    if step.check:
        request = _checked(request, step.check)
    return _extracting(request, step.extract) if step.extract else request


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


def _checked(request: plan.RequestStep, check: CheckSpec) -> plan.RequestStep:
    """`request` with `check` besides what is already asked of its answer."""
    old, marker = request.check, Marker(request.holes)
    limits = [limit for limit in (old.max_s, check.max_time) if limit is not None]
    texts = (marker.text(text, "text") for text in _as_tuple(check.body_contains))
    both = plan.Check(
        statuses=_common(old.statuses, _as_tuple(check.status)),
        body_contains=(*old.body_contains, *texts),
        max_s=min(limits, default=None),
    )
    return msgspec.structs.replace(request, check=both, holes=marker.holes)


def _extracting(request: plan.RequestStep, extracts: Extracts) -> plan.RequestStep:
    """`request` with values to be taken out of its answer."""
    more = (plan.Extract(name, *spec.place, spec.nth) for name, spec in extracts.items())
    return msgspec.structs.replace(request, extracts=(*request.extracts, *more))


def _as_tuple(value: T | tuple[T, ...] | None) -> tuple[T, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _common(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """Status codes that both allow; empty means that any will do."""
    if not first or not second:
        return first or second
    return tuple(status for status in first if status in second) or (0,)
